import type { CallResult, EventPayload } from '../contract/calls.ts'
import type { TimelineEvent } from '../domain/timeline/model.ts'
import type { PastSample } from '../domain/topology/model.ts'
import type { GroupState } from '../monitor/session.ts'

type Past = CallResult<'deployment/past'>
type Point = Past['series'][string][number]
type Happening = EventPayload<'deployment/event'>['events'][number]

/** Samples further apart than this have a gap between them: nothing is known of the time in between. */
const GAP_MS = 20_000

/** What a group remembers, for charts: points by node id, oldest first, and its events. */
export function toPast({ past, timeline }: GroupState, group: string): Past {
  const series: Past['series'] = {}
  for (const [node, samples] of past.samples)
    series[node] = samples.map((sample, index) => toPoint(sample, samples[index - 1]))
  return {
    since: new Date(past.since).toISOString(),
    series,
    events: timeline.events.map((event) => toHappening(event, group)),
  }
}

/** One event as it travels. */
export function toHappening(event: TimelineEvent, group: string): Happening {
  return {
    id: event.id,
    at: new Date(event.at).toISOString(),
    since: event.since === undefined ? null : new Date(event.since).toISOString(),
    group,
    kind: event.kind,
    node: event.node ?? null,
    what: event.what,
    detail: event.detail,
    severity: event.severity,
    by: [...event.by],
    about: event.about ?? null,
  }
}

function toPoint(sample: PastSample, before: PastSample | undefined): Point {
  return {
    at: Math.round(sample.at),
    writeBytesPerSecond: before === undefined ? null : writeRate(before, sample),
    byteLagLow: sample.byteLagLow ?? null,
    byteLagHigh: sample.byteLagHigh ?? null,
    marginBytes: sample.marginBytes ?? null,
  }
}

/** The mean between two samples of a master on one history of one process; null across a restart, a failover or a gap. */
function writeRate(before: PastSample, now: PastSample): number | null {
  const isOneStream =
    now.role === 'master' && before.role === 'master' && now.replid === before.replid && now.runId === before.runId
  const elapsedMs = now.at - before.at
  if (!isOneStream || before.offset === undefined || now.offset === undefined) return null
  if (elapsedMs <= 0 || elapsedMs > GAP_MS || now.offset < before.offset) return null
  return ((now.offset - before.offset) / elapsedMs) * 1000
}
