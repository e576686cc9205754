import type { CommandWords, PlanStep } from '../domain/plans/model.ts'
import { isShort as fellShort, type WaitRound } from '../domain/plans/wait-test.ts'
import { parseRole } from '../domain/replies/role.ts'
import { readInteger } from '../domain/replies/wire-number.ts'
import { describeFailure } from '../domain/failure.ts'
import type { RunContext, Trouble } from './context.ts'
import type { Guide } from './guide.ts'
import { firstError, textOf } from './lines.ts'
import { ACTION_NAME_PREFIX, type ActionReply } from './ports.ts'
import { infoNow } from './read-now.ts'

/** WAIT counts what is in flight when it is given up: its answer may come a little after its own time-out. */
const GRACE_MS = 2000

/** What WAIT itself and keep-alives put on the stream is no lag. */
const NOISE_BYTES = 4096

/** Times writes with WAIT on one connection that is never replaced: on a fresh one WAIT proves nothing. */
export const waitTestGuide: Guide = {
  measure,
  // A test that fell short, or ended early, has been carried out all the same.
  verify: (context) => {
    const rounds = Number(context.memory.get('rounds answered') ?? 0)
    return Promise.resolve([
      {
        what: 'rounds were answered',
        isSo: rounds > 0,
        evidence: `${rounds} of ${context.plan.particulars['count'] ?? '?'}`,
      },
    ])
  },
}

async function measure(step: PlanStep, context: RunContext): Promise<Trouble | undefined> {
  const { particulars } = context.plan
  const [asked, timeoutMs, count, batch] = ['replicas', 'timeout', 'count', 'batch'].map((name) =>
    Number(particulars[name]),
  ) as [number, number, number, number]
  const opened = await context.deps.dialler.open(step.node, 'server', `${ACTION_NAME_PREFIX}probe`)
  if (!opened.ok) return { kind: 'not-sent', detail: describeFailure(opened.failure) }
  const line = opened.value
  const askedLocal = Number(particulars['local'] ?? 0)
  const rounds: WaitRound[] = []
  let ended: string | undefined
  try {
    const role = await line.send([['ROLE']], context.deps.timeoutMs)
    const reply = role.state === 'answered' ? role.replies[0] : undefined
    const parsed = reply !== undefined && 'value' in reply ? parseRole(reply.value) : undefined
    if (parsed?.ok !== true || parsed.value.role !== 'master')
      return { kind: 'wrong-role', detail: `${step.node} does not say that it is master` }
    const [write, wait] = step.commands
    if (write === undefined || wait === undefined) return { kind: 'refused', detail: 'no commands' }
    const commands: readonly CommandWords[] = [...Array.from({ length: batch }, () => write), wait]
    while (rounds.length < count && !context.deps.signal.aborted) {
      const sent = await line.send(commands, timeoutMs + GRACE_MS)
      if (sent.state !== 'answered') {
        ended = `the connection was lost after ${rounds.length} rounds: ${describeFailure(sent.failure)}`
        break
      }
      const error = firstError(commands, sent.replies)
      if (error !== undefined) {
        ended = `${step.node} answers ${error.error.slice(0, 200)}`
        break
      }
      rounds.push({ ...ackedBy(sent.replies.at(-1)), elapsedMs: sent.receivedAt - sent.sentAt, batch })
    }
    context.memory.set('rounds answered', String(rounds.length))
    const someShort = rounds.some((round) => fellShort(round, asked, askedLocal))
    const reason = [ended, someShort ? await whyShort(context, step.node, asked) : undefined].filter(
      (one) => one !== undefined,
    )
    context.measured({
      master: step.node,
      asked,
      askedLocal,
      timeoutMs,
      rounds,
      reason: reason.length === 0 ? undefined : reason.join('; '),
    })
    return rounds.length === 0 ? { kind: 'refused', detail: ended ?? 'no round was begun' } : undefined
  } finally {
    line.close()
  }
}

/** WAIT answers with a number, WAITAOF with its own and the replicas'. */
function ackedBy(reply: ActionReply | undefined): {
  readonly acked: number | undefined
  readonly local?: number | undefined
} {
  if (reply !== undefined && 'value' in reply && Array.isArray(reply.value)) {
    const [local, replicas] = reply.value as readonly unknown[]
    const read = (value: unknown): number | undefined => (typeof value === 'string' ? readInteger(value) : undefined)
    return { acked: read(replicas), local: read(local) }
  }
  return { acked: readInteger(textOf(reply) ?? '') }
}

/** Which replicas do not keep up, as the master sees them. */
async function whyShort(context: RunContext, master: string, asked: number): Promise<string> {
  const info = await infoNow(context, master)
  const replication = info?.replication
  if (replication === undefined) return 'fewer replicas than asked confirmed; the master could not be asked which lag'
  const online = replication.replicas.filter((one) => one.state === 'online')
  const others = replication.replicas.filter((one) => one.state !== 'online')
  const lag = online
    .filter((one) => (one.lagSeconds ?? 0) > 1 || (replication.offset ?? 0) - (one.ackOffset ?? 0) > NOISE_BYTES)
    .map(
      (one) =>
        `${one.host}:${one.port ?? '?'} lacks ${Math.max(0, (replication.offset ?? 0) - (one.ackOffset ?? 0))} bytes, last acknowledged ${one.lagSeconds ?? '?'} s ago`,
    )
  return (
    [
      ...(online.length < asked ? [`${online.length} replicas are online, ${asked} were asked for`] : []),
      ...lag,
      ...others.map((one) => `${one.host}:${one.port ?? '?'} is in state ${one.state ?? 'unknown'}`),
    ].join('; ') || 'every replica had caught up again when the master was asked'
  )
}
