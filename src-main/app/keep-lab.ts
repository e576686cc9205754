import { controlOfLab } from '../lab/keeper/control-of-lab.ts'
import { noteKeeper } from '../lab/keeper/kept-labs.ts'
import { serveLab } from '../lab/keeper/serve-lab.ts'
import type { LabReport } from '../contract/lab.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import type { Lab } from '../lab/lab.ts'
import { hasRecord } from '../lab/record.ts'
import { labNow } from '../lab/keeper/lab-now.ts'
import { toLabReport } from './local-labs.ts'
import { startPracticeLab, type LabStarting, type PracticeLab } from './start-lab.ts'

export { practiceLab } from './start-lab.ts'

const LOOK_AFTER_MS = 1000

export interface LabKeeping extends LabStarting {
  /** The lab stands; it is kept only when the answer is true. */
  readonly onReady: (report: LabReport) => Promise<boolean>
}

/**
 * Starts a lab and keeps it until it is ended over its socket, or by the signal. Resolves when nothing of it is left.
 */
export async function keepLab(request: PracticeLab, keeping: LabKeeping): Promise<Result<void>> {
  const started = await startPracticeLab(request, keeping)
  if (!started.ok) return started
  try {
    return await keep(started.value, keeping)
  } finally {
    await started.value.down()
  }
}

async function keep(lab: Lab, { signal, onReady }: LabKeeping): Promise<Result<void>> {
  noteKeeper(lab.dir)
  const ending = new AbortController()
  const control = controlOfLab(lab, async () => {
    await lab.down()
    ending.abort()
  })
  const served = await serveLab(control, lab.dir)
  if (!served.ok) return served
  const report = toLabReport({
    now: await labNow(lab),
    purpose: 'practice',
    keeper: 'answers',
    faults: lab.faults(),
  })
  if (signal.aborted || !(await onReady(report))) return fail({ kind: 'cancelled' })
  // Whoever removes the folder has ended the lab: nothing finds it any more.
  const watching = setInterval(() => {
    if (!hasRecord(lab.dir)) ending.abort()
  }, LOOK_AFTER_MS)
  await whenAborted(AbortSignal.any([signal, ending.signal]))
  clearInterval(watching)
  served.value.dispose()
  return ok(undefined)
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
