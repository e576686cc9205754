import { onScopeDispose, shallowRef } from 'vue'
import type { ContractFailure, LabStatus, Recent, TestStep } from '../../../src-main/contract/calls.ts'
import { useClient } from '../../stores/client.ts'
import { toTargetInput, type ConnectForm } from './connect-form.ts'

let tests = 0

/** Everything the connect screen asks of the host; each answer ends as a ref to show. */
export function useConnect(opened: (session: string) => void) {
  const client = useClient()
  const recents = shallowRef<readonly Recent[]>([])
  const labs = shallowRef<readonly LabStatus[]>([])
  /** Null: a lab can be started; undefined: not known yet. */
  const labUnavailable = shallowRef<string | null | undefined>(undefined)
  const failure = shallowRef<ContractFailure | null>(null)
  const labFailure = shallowRef<ContractFailure | null>(null)
  const busy = shallowRef<'idle' | 'opening' | 'testing' | 'lab'>('idle')
  const steps = shallowRef<readonly TestStep[]>([])
  const labProgress = shallowRef<{ readonly text: string; readonly ratio: number | null } | null>(null)
  let running: { readonly id: string; readonly abort: AbortController } | undefined

  const stoppers = [
    client.on('connection/step', ({ test, step }) => {
      if (test === running?.id) steps.value = placeStep(steps.value, step)
    }),
    client.on('lab/progress', (progress) => {
      if (busy.value === 'lab') labProgress.value = progress
    }),
  ]
  onScopeDispose(() => {
    for (const stop of stoppers) stop()
    running?.abort.abort()
  })

  async function load(): Promise<void> {
    const [info, list, running_] = await Promise.all([
      client.call('app/info', {}),
      client.call('recents/list', {}),
      client.call('lab/list', {}),
    ])
    if (info.ok) labUnavailable.value = info.value.labUnavailable
    if (list.ok) recents.value = list.value.recents
    if (running_.ok) labs.value = running_.value.labs
  }

  async function open(form: ConnectForm): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'opening'
    failure.value = null
    const answer = await client.call('deployment/open', { target: toTargetInput(form) })
    busy.value = 'idle'
    if (answer.ok) opened(answer.value.session)
    else failure.value = answer.failure
  }

  async function test(form: ConnectForm): Promise<void> {
    running?.abort.abort()
    const mine = { id: `test-${Date.now()}-${++tests}`, abort: new AbortController() }
    running = mine
    busy.value = 'testing'
    failure.value = null
    steps.value = []
    const answer = await client.call(
      'connection/test',
      { test: mine.id, target: toTargetInput(form) },
      { signal: mine.abort.signal },
    )
    if (running !== mine) return
    running = undefined
    busy.value = 'idle'
    if (answer.ok) steps.value = answer.value.steps
    else if (answer.failure.code !== 'cancelled') failure.value = answer.failure
  }

  function cancelTest(): void {
    running?.abort.abort()
    running = undefined
    busy.value = 'idle'
  }

  async function removeRecent(id: string): Promise<void> {
    const answer = await client.call('recents/remove', { id })
    if (answer.ok) recents.value = recents.value.filter((recent) => recent.id !== id)
  }

  async function startLab(): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'lab'
    labFailure.value = null
    labProgress.value = { text: 'Starting servers on this machine…', ratio: null }
    const answer = await client.call('lab/start', {})
    busy.value = 'idle'
    labProgress.value = null
    if (answer.ok) opened(answer.value.session)
    else labFailure.value = answer.failure
  }

  async function stopLab(name: string): Promise<void> {
    const answer = await client.call('lab/stop', { name })
    if (answer.ok) labs.value = labs.value.filter((lab) => lab.name !== name)
    else labFailure.value = answer.failure
  }

  return {
    recents,
    labs,
    labUnavailable,
    failure,
    labFailure,
    busy,
    steps,
    labProgress,
    load,
    open,
    test,
    cancelTest,
    removeRecent,
    startLab,
    stopLab,
  }
}

/** A step told again replaces itself; a new one is put at the end. */
export function placeStep(steps: readonly TestStep[], step: TestStep): readonly TestStep[] {
  const at = steps.findIndex((one) => one.address === step.address && one.step === step.step)
  return at < 0 ? [...steps, step] : steps.with(at, step)
}
