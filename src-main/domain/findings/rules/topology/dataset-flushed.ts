import { describeSeconds } from '../../../units.ts'
import { flushCallsOf } from '../../../topology/past.ts'
import type { NodeSnapshot, PastSample } from '../../../topology/model.ts'
import { savePoints } from '../../../replies/config-get.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { isCollapse, keysOf } from '../../past-facts.ts'
import { holders } from './rescue.ts'
import { removeFromSentinels, setConfig } from '../../rule-words.ts'

/** Somebody flushed the dataset: same process, same history, hardly any keys. */
export const datasetFlushed: Rule = {
  code: 'dataset-flushed',
  section: 'topology',
  severities: ['critical'],
  fires: 'Keys collapsed with the same run id and replid, and FLUSHALL or FLUSHDB was called since.',
  matters: 'The flush is replicated within milliseconds. What can be recovered shrinks with every minute.',
  advice:
    'Stop AOF rewrites and saves, keep the AOF and the dump file, hold back replicas that were not attached at the time.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master' || master.info?.persistence.loading === true) return []
    const keys = keysOf(master)
    if (keys === undefined) return []
    const before = fullBefore(context, master, keys)
    if (before === undefined) return []
    const calls = flushCallsOf(master.info)
    const callsBefore = leastCalls(context, master, before)
    if (calls === undefined || callsBefore === undefined) return hidden(context, master, before, keys)
    if (calls <= callsBefore) return []
    return [flushed(context, master, { ...before, flushCalls: callsBefore }, keys, calls)]
  },
}

/** The newest sample of this process and history that held ten times as many keys. */
function fullBefore(context: RuleContext, master: NodeSnapshot, keys: number): PastSample | undefined {
  return (context.past.samples.get(master.id) ?? []).findLast(
    (one) =>
      one.runId === master.runId &&
      one.replid === master.info?.replication.replid &&
      isCollapse(context, one.keys, keys),
  )
}

/** Keys and calls are read at different times: the calls may be known before the keys are counted again. */
const READ_APART_MS = 120_000

/** The fewest calls known around the time when the keys were still there. */
function leastCalls(context: RuleContext, master: NodeSnapshot, before: PastSample): number | undefined {
  const calls = (context.past.samples.get(master.id) ?? [])
    .filter((one) => one.runId === master.runId && one.at <= before.at && before.at - one.at <= READ_APART_MS)
    .flatMap((one) => one.flushCalls ?? [])
  return calls.length === 0 ? undefined : Math.min(...calls)
}

/** Without commandstats a flush looks like a mass deletion; expiry and eviction explain themselves. */
function hidden(context: RuleContext, master: NodeSnapshot, before: PastSample, keys: number): readonly Verdict[] {
  const { expiredKeys, evictedKeys } = master.info?.stats ?? {}
  const explained = (expiredKeys ?? 0) - (before.expiredKeys ?? 0) + ((evictedKeys ?? 0) - (before.evictedKeys ?? 0))
  const gone = (before.keys ?? 0) - keys
  if (explained >= gone * (1 - context.thresholds.keysCollapseRatio)) return []
  const reason = `${master.id} lost ${gone} keys, but whether it was flushed cannot be seen: commandstats were not read`
  return [{ kind: 'not-judged', subject: nodeSubject(master.id), reason }]
}

function flushed(context: RuleContext, master: NodeSnapshot, before: PastSample, keys: number, calls: number): Verdict {
  const ago = Math.max(0, (context.snapshot.takenAt - before.at) / 1000)
  return {
    kind: 'fires',
    subject: nodeSubject(master.id),
    severity: 'critical',
    title: `${master.id} was flushed within the last ${describeSeconds(ago)}: ${before.keys} keys became ${keys}`,
    evidence: [
      { node: master.id, field: 'keyspace keys', value: before.keys, at: before.at },
      evidence(context, master.id, 'keyspace keys', keys),
      { node: master.id, field: 'cmdstat_flushall + cmdstat_flushdb calls', value: before.flushCalls, at: before.at },
      evidence(context, master.id, 'cmdstat_flushall + cmdstat_flushdb calls', calls),
      evidence(context, master.id, 'run_id', master.runId),
    ],
    why: 'Every attached replica has applied the flush as well; lag and offsets look perfect. Stopped or lagging replicas are no copy: the flush is in their sockets already. The clock is running.',
    remedy: recovery(context, master),
    knownSince: before.at,
  }
}

/** In order of speed; what this configuration rules out is left out. */
function recovery(context: RuleContext, master: NodeSnapshot): readonly string[] {
  const { info, config } = master
  const isAof = info?.persistence.aofEnabled
  const saves = config === undefined ? undefined : savePoints(config)
  const wasFlushdb = info?.commands !== undefined && (info.commands.get('flushall')?.calls ?? 0) === 0
  const away = holders(context).filter((one) => {
    const link = context.snapshot.links.find((entry) => entry.replica === one.node)
    return link?.state !== 'online' && (one.keys ?? 0) > 0
  })
  const aof =
    isAof === true
      ? [
          `${setConfig(master.id, 'auto-aof-rewrite-percentage', 0)}   # at once: a rewrite destroys this way back`,
          `${cli(master.id, 'INFO persistence')}   # aof_rewrite_in_progress must be 0`,
          ...removeFromSentinels(context),
          `${cli(master.id, 'SHUTDOWN NOSAVE')}   # its replicas too, or detach them first; copy the AOF, remove the trailing FLUSH from the last incremental file, start`,
        ]
      : []
  const isRdbKept = wasFlushdb || (saves !== undefined && saves.length === 0)
  const rdb = isRdbKept
    ? [
        `copy the dump file of ${master.id} away now: it still holds the last save; stop with SHUTDOWN NOSAVE, start from it with AOF off`,
      ]
    : saves !== undefined && saves.length > 0
      ? [
          'with save points FLUSHALL has written an empty dump file already; FLUSHDB has not: copy the dump file away before the next save',
        ]
      : []
  const replicas = away.map(
    (one) =>
      `${cli(one.node, 'REPLICAOF NO ONE')}   # not attached at the time, ${one.keys} keys: before its link returns`,
  )
  return [...replicas, ...aof, ...rdb, 'otherwise: a backup']
}
