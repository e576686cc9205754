import { hostAndPort, type NodeId } from '../../../address.ts'
import { describeBytes } from '../../../units.ts'
import { sameReplid } from '../../../lag/byte-lag.ts'
import type { NodeSnapshot, SentinelView } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { groupSubject, isAnswering } from '../../rule-facts.ts'
import { samplesOf, risen, takesWrites } from '../../past-facts.ts'
import { listed, setConfig } from '../../rule-words.ts'

/** Two masters in one group, by their own word or by the Sentinels'. Offsets are no witness: hellos move them. */
export const splitBrain: Rule = {
  code: 'split-brain',
  section: 'topology',
  severities: ['critical', 'warning'],
  fires:
    'Two nodes of one group say role:master for more than 15 s (critical when client writes rise on both, else warning), or reachable Sentinels name different masters for more than 15 s (critical).',
  matters: 'When the split heals, one side becomes a replica of the other, and every write that it took alone is gone.',
  advice:
    'Stop the writes on the side that will lose, save a copy of it, then make it a replica. min-replicas-to-write bounds the loss next time.',
  holdForMs: 15_000,
  judge: (context) => {
    const holdForMs = context.thresholds.splitBrainGraceSeconds * 1000
    const masters = context.snapshot.masters
      .map((id) => context.snapshot.nodes.get(id))
      .filter(isAnswering)
      .filter((node) => node.info?.replication.role === 'master')
    if (masters.length > 1) return [{ ...twoMasters(context, masters), holdForMs }]
    const named = opinions(context)
    return named.size > 1 ? [{ ...disagreeing(context, named), holdForMs }] : []
  },
}

type Fires = Extract<Verdict, { kind: 'fires' }>

function opinions(context: RuleContext): ReadonlyMap<NodeId, readonly SentinelView[]> {
  const named = new Map<NodeId, readonly SentinelView[]>()
  for (const view of context.snapshot.views)
    if (view.isReachable && view.master !== undefined) named.set(view.master, [...(named.get(view.master) ?? []), view])
  return named
}

function twoMasters(context: RuleContext, masters: readonly NodeSnapshot[]): Fires {
  const writers = masters.filter((node) => takesWrites(context, node.id) === true)
  const isDisagreement = opinions(context).size > 1
  const names = listed(masters.map((node) => node.id))
  const writing =
    writers.length > 1
      ? `client writes rise on ${listed(writers.map((node) => node.id))}`
      : writers.length === 1
        ? `only ${writers[0]?.id} takes client writes`
        : 'no client writes were seen yet'
  const since = reportedSince(context, masters)
  return {
    kind: 'fires',
    subject: groupSubject(context),
    severity: writers.length > 1 || isDisagreement ? 'critical' : 'warning',
    title: `${names} ${masters.length === 2 ? 'both' : 'all'} say that they are the master of ${context.snapshot.name}; ${writing}`,
    evidence: [...masters.flatMap((node) => witness(context, node)), ...views(context)],
    why: `The losing side is resynchronised when the split heals, and its writes vanish. ${divergence(context, masters)}`.trim(),
    remedy: remedy(context, masters),
    ...(since === undefined ? {} : { knownSince: since }),
  }
}

function witness(context: RuleContext, node: NodeSnapshot) {
  const info = node.info
  const changes = risen(samplesOf(context, node.id, 60), (sample) => sample.changesSinceSave)
  return [
    evidence(context, node.id, 'role', 'master'),
    evidence(context, node.id, 'connected_clients', info?.clients.connected),
    evidence(context, node.id, 'connected_slaves', info?.replication.connectedReplicas),
    evidence(context, node.id, 'master_repl_offset', info?.replication.offset),
    ...(changes === undefined
      ? []
      : [evidence(context, node.id, 'rdb_changes_since_last_save (rise within 60 s)', changes)]),
  ]
}

function views(context: RuleContext) {
  return context.snapshot.views
    .filter((view) => view.isReachable && view.master !== undefined)
    .map((view) => ({ node: view.sentinel, field: 'SENTINEL MASTERS ip:port', value: view.master, at: view.at }))
}

/** A Sentinel that has the other master configured as a replica tells for how long it has been reporting otherwise. */
function reportedSince(context: RuleContext, masters: readonly NodeSnapshot[]): number | undefined {
  const found = context.snapshot.views.flatMap((view) =>
    (view.replicas ?? []).flatMap((entry) => {
      const isOne = view.isReachable && masters.some((node) => node.id === entry.node)
      if (!isOne || entry.roleReported !== 'master') return []
      return entry.roleReportedMs === undefined || view.at === undefined ? [] : [view.at - entry.roleReportedMs]
    }),
  )
  return found.length === 0 ? undefined : Math.min(...found)
}

/** What a former master wrote alone: its offset beyond the point where the promoted node left its history. */
function divergence(context: RuleContext, masters: readonly NodeSnapshot[]): string {
  for (const kept of masters)
    for (const old of masters) {
      const K = kept.info?.replication
      const O = old.info?.replication
      if (kept === old || K?.secondOffset === undefined || O?.offset === undefined) continue
      if (!sameReplid(K.replid2, O.replid)) continue
      const bytes = O.offset + 1 - K.secondOffset
      if (bytes > 0) return `${old.id} is ${describeBytes(bytes)} of stream beyond the point where ${kept.id} left it.`
    }
  return ''
}

function remedy(context: RuleContext, masters: readonly NodeSnapshot[]): readonly string[] {
  const { master } = context.snapshot
  const kept = masters.find((node) => node.id === master) ?? masters[0]
  const losing = masters.filter((node) => node !== kept)
  if (kept === undefined) return []
  return [
    `decide which side to keep; the commands below keep ${kept.id}`,
    ...losing.flatMap((node) => [
      `${cli(node.id, 'CLIENT LIST TYPE normal')}   # who writes there`,
      `${setConfig(node.id, 'min-replicas-to-write', 999)}   # refuse writes there at once (needs min-replicas-max-lag above 0; restore it later)`,
      `${cli(node.id, 'BGSAVE')}   # then copy its dump file away: the only copy of its own writes`,
      cli(node.id, `REPLICAOF ${hostAndPort(kept.id)}`),
    ]),
    'for the next time, on every node: CONFIG SET min-replicas-to-write 1 and min-replicas-max-lag 10 bound the loss',
  ]
}

function disagreeing(context: RuleContext, named: ReadonlyMap<NodeId, readonly SentinelView[]>): Fires {
  const camps = [...named].map(([node, camp]) => `${node} (${listed(camp.map((view) => view.sentinel))})`)
  const first = context.snapshot.views.find((view) => view.isReachable)?.sentinel
  return {
    kind: 'fires',
    subject: groupSubject(context),
    severity: 'critical',
    title: `Sentinels of ${context.snapshot.name} name different masters: ${listed(camps)}`,
    evidence: [
      ...views(context),
      ...[...named.values()].flat().map((view) => ({
        node: view.sentinel,
        field: 'SENTINEL MASTERS config-epoch',
        value: view.facts?.configEpoch,
        at: view.at,
      })),
    ],
    why: 'Clients that ask different Sentinels write to different nodes. The highest config-epoch is the future truth; writes to the other side vanish.',
    remedy: [
      'see whether the Sentinels reach each other and the data nodes (the view with the lower config-epoch is stale)',
      ...(first === undefined ? [] : [cli(first, `SENTINEL CKQUORUM ${context.snapshot.name}`)]),
    ],
  }
}
