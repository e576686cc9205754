import { z } from 'zod'
import { describeFailure, type Result } from '../domain/failure.ts'
import { startLab, type Lab } from '../lab/lab.ts'
import { findServer, type ServerBinary } from '../lab/servers.ts'

/** What is asked of a practice lab; what is left out keeps its default. */
export const practiceLab = z.object({
  name: z.string().optional(),
  replicas: z.number().optional(),
  chained: z.number().optional(),
  sentinels: z.number().optional(),
  /** Path of the server program. */
  server: z.string().optional(),
  persistence: z.enum(['none', 'rdb', 'aof']).optional(),
  /** Configuration lines for every data node. */
  set: z.record(z.string(), z.string()).optional(),
  downAfterMs: z.number().optional(),
  superviseMs: z.number().optional(),
  /** The ports that its processes may take. */
  ports: z.object({ from: z.number(), to: z.number() }).optional(),
})

export type PracticeLab = z.infer<typeof practiceLab>

/** Whether there is such a server on this machine; the message says what to do when there is none. */
export async function checkServer(
  given: string | undefined,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }> {
  const found = await findServer({ given })
  return found.ok ? { ok: true } : { ok: false, message: describeFailure(found.failure) }
}

/** A hand-over may pause writes for half of it, which has to be enough on a busy machine; a failover is still watched live. */
const DOWN_AFTER_MS = 3000

export interface LabStarting {
  readonly onProgress: (what: string) => void
  readonly signal: AbortSignal
}

/** Starts a lab whose links can be broken, under a name of its own. Fails in one line, and then nothing of it is left. */
export async function startPracticeLab(request: PracticeLab, starting: LabStarting): Promise<Result<Lab>> {
  const server = await findServer({ given: request.server })
  if (!server.ok) return server
  return startLab({ ...toOptions(request, server.value), ...starting })
}

function toOptions(request: PracticeLab, server: ServerBinary) {
  const { name, replicas, chained, sentinels, persistence, set, downAfterMs, superviseMs, ports } = request
  return {
    ...(name === undefined ? { uniqueName: 'count-on' as const } : { name, uniqueName: 'refuse' as const }),
    purpose: 'practice' as const,
    server,
    relay: true,
    ...(replicas === undefined ? {} : { replicas }),
    ...(chained === undefined ? {} : { chained }),
    ...(sentinels === undefined ? {} : { sentinels }),
    ...(persistence === undefined ? {} : { persistence }),
    ...(set === undefined ? {} : { set }),
    downAfterMs: downAfterMs ?? DOWN_AFTER_MS,
    ...(ports === undefined ? {} : { ports }),
    ...(superviseMs === undefined ? {} : { supervise: { delayMs: superviseMs } }),
  }
}
