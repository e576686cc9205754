import type { InfoReply } from '../domain/replies/info-reply.ts'
import { parseInfo } from '../domain/replies/info.ts'
import type { RunContext, WaitResult } from './context.ts'
import { textOf } from './lines.ts'

/** What a node showed right before the step that cannot be undone. Undefined: not shown. */
export interface Noted {
  readonly runId: string | undefined
  readonly lastSaveAt: number | undefined
  readonly rdbSaves: number | undefined
  readonly aofBaseBytes: number | undefined
  readonly syncFull: number | undefined
  readonly syncPartialOk: number | undefined
  readonly keys: number | undefined
  /** FLUSHALL and FLUSHDB carried out since its start. */
  readonly flushes: number | undefined
}

/** Reads the nodes and keeps what they show in the run's memory, for comparing afterwards. */
export async function noteNodes(nodes: readonly string[], context: RunContext): Promise<WaitResult> {
  const seen = await Promise.all(nodes.map(async (node) => ({ node, noted: await noteOf(node, context) })))
  for (const { node, noted } of seen) context.memory.set(`noted ${node}`, JSON.stringify(noted ?? {}))
  const silent = seen.filter((one) => one.noted === undefined).map((one) => one.node)
  return silent.length === 0
    ? { ok: true, detail: seen.map(({ node, noted }) => `${node}: ${noted?.keys ?? 'unknown'} keys`).join(', ') }
    : { ok: false, detail: `${silent.join(', ')} does not answer any more` }
}

/** What was noted of a node; every field undefined when nothing was. */
export function notedOf(node: string, context: RunContext): Partial<Noted> {
  return JSON.parse(context.memory.get(`noted ${node}`) ?? '{}') as Partial<Noted>
}

/** The same, read now; undefined when it does not answer. */
export async function noteOf(node: string, context: RunContext): Promise<Noted | undefined> {
  const sent = await context.lines.read(node, 'server', [['INFO'], ['INFO', 'commandstats']], context.deps.timeoutMs)
  if (sent.state !== 'answered') return undefined
  const [info, stats] = sent.replies.map((reply) => {
    const text = textOf(reply)
    return text === undefined ? undefined : parseInfo(text)
  })
  return info === undefined ? undefined : toNoted(info, stats)
}

function toNoted(info: InfoReply, stats: InfoReply | undefined): Noted {
  const { persistence, stats: counters } = info
  const calls = ['flushall', 'flushdb'].map((name) => stats?.commands?.get(name)?.calls ?? 0)
  return {
    runId: info.server.runId,
    lastSaveAt: persistence.lastSaveAt,
    rdbSaves: persistence.rdbSaves,
    aofBaseBytes: persistence.aofBaseBytes,
    syncFull: counters.syncFull,
    syncPartialOk: counters.syncPartialOk,
    keys: info.keyspace?.reduce((sum, entry) => sum + (entry.keys ?? 0), 0),
    flushes: stats === undefined ? undefined : calls.reduce((sum, one) => sum + one, 0),
  }
}
