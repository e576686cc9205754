import type { ContractEvent, SeriesPoint } from '../../../src-main/contract/calls.ts'
import type { GroupSlice, InspectFinding, InspectNode } from '../../../src-main/contract/inspect.ts'
import { ago, eventsOf, linkOf, MASTER, nodeOf, NOW, pastOf, troubledSlice, viewOf } from './views-samples.ts'

const hex = (text: string): string =>
  Array.from(text)
    .map((c) => c.charCodeAt(0).toString(16))
    .join('')
    .padEnd(40, '0')
    .slice(0, 40)

export function sentinelNode(id: string, part: Partial<InspectNode> = {}): InspectNode {
  return {
    ...nodeOf(id),
    kind: 'sentinel',
    role: 'sentinel',
    runId: hex(id),
    replication: null,
    persistence: null,
    memory: null,
    keys: null,
    ...part,
  }
}

function withRunIds(nodes: readonly InspectNode[]): InspectNode[] {
  return nodes.map((node) => ({ ...node, runId: node.observedThrough === 'direct' ? hex(node.id) : null }))
}

const SENTINELS = ['10.0.0.5:26379', '10.0.0.6:26379', '10.0.0.7:26379']

/** The deployment of the sketch: a master, four replicas and a chained one in several kinds of trouble, three Sentinels. */
export function sketchSlice(): GroupSlice {
  const slice = troubledSlice()
  return {
    ...slice,
    nodes: withRunIds([
      ...slice.nodes.filter((node) => node.kind === 'server'),
      ...slice.group.sentinels.map((id) => slice.nodes.find((node) => node.id === id) ?? sentinelNode(id)),
    ]),
  }
}

/** A group in which all is well. `base` is the first three parts of its addresses. */
export function wellSlice(name = 'orders', base = '10.0.0', replicas = 3): GroupSlice {
  const master = `${base}.5:6379`
  const ids = Array.from({ length: replicas }, (_, i) => `${base}.${6 + i}:6379`)
  const sentinels = SENTINELS.map((id) => id.replace('10.0.0', base))
  const sketch = troubledSlice()
  return {
    ...sketch,
    group: {
      ...sketch.group,
      name,
      master,
      masters: [master],
      replicas: ids,
      sentinels,
      agreed: true,
      knownSentinels: 3,
      quorum: 2,
      electable: ids,
      sentinelViews: sentinels.map((id) =>
        viewOf(id, { master, replicas: ids, peers: sentinels.filter((peer) => peer !== id) }),
      ),
      exposure: sketch.group.exposure && {
        ...sketch.group.exposure,
        masterCrash: {
          lossBytes: { low: 0, high: 28 },
          lossSeconds: 0,
          promotes: ids[0] ?? null,
          reason: 'the freshest electable replica',
        },
      },
    },
    nodes: withRunIds([
      nodeOf(master, { role: 'master' }),
      ...ids.map((id) => nodeOf(id)),
      ...sentinels.map((id) => sentinelNode(id)),
    ]),
    links: ids.map((id, i) =>
      linkOf(id, {
        upstream: master,
        master,
        byteLag: { low: 14 + i, high: 28 + i },
        upstreamByteLag: { low: 14 + i, high: 28 + i },
      }),
    ),
    findings: [],
    notJudged: [],
  }
}

/** The same group after its master died and `next` was promoted; the old one is still unreachable. */
export function failedOver(slice: GroupSlice, next: string): GroupSlice {
  const old = slice.group.master ?? ''
  return {
    ...slice,
    revision: slice.revision + 1,
    group: {
      ...slice.group,
      master: next,
      masters: [next],
      replicas: [...slice.group.replicas.filter((id) => id !== next), old],
      sentinelViews: slice.group.sentinelViews.map((view) => ({
        ...view,
        master: next,
        configEpoch: (view.configEpoch ?? 0) + 1,
      })),
      exposure: slice.group.exposure && {
        ...slice.group.exposure,
        masterCrash: {
          ...slice.group.exposure.masterCrash,
          promotes: slice.group.replicas.find((id) => id !== next) ?? null,
        },
      },
    },
    nodes: slice.nodes.map((node) =>
      node.id === next
        ? { ...node, role: 'master' as const }
        : node.id === old
          ? {
              ...node,
              role: 'replica' as const,
              reachability: 'unreachable' as const,
              observedThrough: 'sentinel-cache' as const,
              error: {
                code: 'unreachable.refused',
                message: `${old}: nothing listens on that port (connection refused)`,
              },
            }
          : node,
    ),
    links: [
      ...slice.links
        .filter((link) => link.replica !== next)
        .map((link) => ({ ...link, upstream: link.upstream === old ? next : link.upstream, master: next })),
      linkOf(old, {
        upstream: next,
        master: next,
        state: 'down',
        byteLag: null,
        upstreamByteLag: null,
        byteLagReason: 'stale',
        ackAgeSeconds: null,
        staleSeconds: 3,
      }),
    ],
  }
}

/** Two masters, and a Sentinel that believes the other one. */
export function splitSlice(): GroupSlice {
  const slice = wellSlice()
  const other = '10.0.0.7:6379'
  return {
    ...slice,
    group: {
      ...slice.group,
      masters: [MASTER, other],
      agreed: false,
      sentinelViews: slice.group.sentinelViews.map((view, i) =>
        i === 2 ? { ...view, master: other, configEpoch: 13 } : view,
      ),
    },
    nodes: slice.nodes.map((node) => (node.id === other ? { ...node, role: 'master' as const } : node)),
    links: slice.links.filter((link) => link.replica !== other),
    findings: [finding('split-brain', 'critical', 'group', slice.group.name, 'Two nodes accept writes')],
  }
}

export function finding(
  code: string,
  severity: InspectFinding['severity'],
  kind: InspectFinding['subject']['kind'],
  id: string,
  title: string,
): InspectFinding {
  return {
    code,
    severity,
    subject: { kind, id },
    title,
    evidence: [{ node: MASTER, field: 'role', value: 'master', at: ago(1) }],
    why: 'Writes on the loser are discarded when the two meet again.',
    remedy: ['redis-cli -h 10.0.0.7 -p 6379 REPLICAOF 10.0.0.5 6379'],
    since: ago(20),
    held: true,
  }
}

/** `total` groups of one master and `replicas` replicas each; every 17th is in trouble. */
export function manyGroups(total: number, replicas = 9): readonly GroupSlice[] {
  return Array.from({ length: total }, (_, i) => {
    const slice = wellSlice(`shard-${i}`, `10.${1 + Math.floor(i / 200)}.${i % 200}`, replicas)
    return i % 17 === 3
      ? { ...slice, findings: [finding('lag', 'warning', 'link', slice.group.replicas[1] ?? '', 'Falls behind')] }
      : slice
  })
}

/** The same value with every ISO moment in it moved, so that samples made for `NOW` look fresh. */
export function movedTo<T>(value: T, now: number): T {
  const by = now - NOW
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(one)
        ? new Date(Date.parse(one) + by).toISOString()
        : one,
    ),
  ) as T
}

export function pastFor(
  slice: GroupSlice,
  now: number,
): { since: string; series: Record<string, SeriesPoint[]>; events: ContractEvent[] } {
  const series: Record<string, SeriesPoint[]> = {}
  for (const [node, points] of pastOf(slice))
    series[node] = points.map((point) => ({ ...point, at: point.at + now - NOW }))
  const since = new Date(now - 3_600_000).toISOString()
  return { since, series, events: movedTo(eventsOf(), now).map((event) => ({ ...event, group: slice.group.name })) }
}
