import type { CommandWords, PlanStep } from '../domain/plans/model.ts'
import { isShort as fellShort, type WaitRound } from '../domain/plans/wait-test.ts'
import { parseRole } from '../domain/replies/role.ts'
import { readInteger } from '../domain/replies/wire-number.ts'
import { describeFailure } from '../domain/failure.ts'
import type { RunContext, Trouble } from './context.ts'
import type { Guide } from './guide.ts'
import { firstError, textOf } from './lines.ts'
import { ACTION_NAME_PREFIX, type ActionReply } from './ports.ts'
import { configNow, infoNow } from './read-now.ts'

/** WAIT counts what is in flight when it is given up: its answer may come a little after its own time-out. */
const GRACE_MS = 2000

/** With `appendfsync everysec` a sync is begun once a second, and a replica tells of it once a second. */
const SYNCED_WITHIN_MS = 2000

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
  let short: string | undefined
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
      const round = { ...ackedBy(sent.replies.at(-1)), elapsedMs: sent.receivedAt - sent.sentAt, batch }
      rounds.push(round)
      // At once, while who lags still does.
      if (short === undefined && fellShort(round, asked, askedLocal))
        short = await (wait[0] === 'WAITAOF' ? whyNotInFiles : whyShort)(context, step.node, asked, round)
    }
    context.memory.set('rounds answered', String(rounds.length))
    const reason = [ended, short].filter((one) => one !== undefined)
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

/** Which replicas did not confirm, as the master sees them right after a round that fell short: those furthest behind. */
async function whyShort(context: RunContext, master: string, asked: number, { acked }: WaitRound): Promise<string> {
  const replication = (await infoNow(context, master))?.replication
  if (replication === undefined) return 'fewer replicas than asked confirmed; the master could not be asked which lag'
  const { offset = 0, replicas } = replication
  const online = replicas.filter((one) => one.state === 'online')
  const behind = online
    .toSorted((a, b) => (a.ackOffset ?? 0) - (b.ackOffset ?? 0))
    .slice(0, Math.max(0, online.length - (acked ?? 0)))
  return (
    [
      ...(online.length < asked ? [`${online.length} replicas are online, ${asked} were asked for`] : []),
      ...behind.map(
        (one) =>
          `${nameOf(one)} lacks ${Math.max(0, offset - (one.ackOffset ?? 0))} bytes, last acknowledged ${one.lagSeconds ?? '?'} s ago`,
      ),
      ...replicas
        .filter((one) => one.state !== 'online')
        .map((one) => `${nameOf(one)} is in state ${one.state ?? 'unknown'}`),
    ].join('; ') || 'every replica had caught up again when the master was asked'
  )
}

/** Whose append-only file does not have it: no offset tells, but each node tells of its own file. */
async function whyNotInFiles(context: RunContext, master: string, asked: number, round: WaitRound): Promise<string> {
  const { servers } = context.deps.scope
  const [infos, policies] = await Promise.all([
    Promise.all(servers.map((node) => infoNow(context, node))),
    Promise.all(servers.map((node) => configNow(context, node, 'appendfsync'))),
  ])
  const words = servers.flatMap((node, i) => {
    const { aofEnabled, aofLastWriteStatus } = infos[i]?.persistence ?? {}
    if (infos[i] === undefined) return [`${node} does not answer`]
    if (aofEnabled === false) return [`${node} has no append-only file and never confirms`]
    if (aofLastWriteStatus === 'err') return [`${node} cannot write its append-only file`]
    const isRushed = Number(context.plan.particulars['timeout']) < SYNCED_WITHIN_MS
    if (policies[i] === 'everysec' && isRushed)
      return [
        `${node} syncs its append-only file once a second (appendfsync everysec): the time-out may be too short for that`,
      ]
    return policies[i] === 'no' ? [`${node} leaves syncing to its system (appendfsync no)`] : []
  })
  if ((round.acked ?? 0) < asked) words.push(await whyShort(context, master, asked, round))
  return words.join('; ')
}

function nameOf({ host, port }: { readonly host: string; readonly port?: number | undefined }): string {
  return `${host}:${port ?? '?'}`
}
