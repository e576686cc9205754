import type { NodeId } from '../address.ts'
import type { NodeSnapshot, PastSample } from '../topology/model.ts'
import type { RuleContext } from './rule.ts'

/** What a rule picks from a remembered sample; undefined where it was not known then. */
type Field = (sample: PastSample) => number | undefined

/** A trend needs samples at least this far apart: below it one slow answer decides. */
const MIN_TREND_MS = 10_000

/** A node's remembered samples of its present process, oldest first; empty when it was just seen or restarted. */
export function samplesOf(context: RuleContext, id: NodeId, withinSeconds: number): readonly PastSample[] {
  const all = context.past.samples.get(id) ?? []
  const runId = context.snapshot.nodes.get(id)?.runId
  const oldest = context.snapshot.takenAt - withinSeconds * 1000
  return all.slice(all.findLastIndex((sample) => sample.runId !== runId || sample.at < oldest) + 1)
}

/** How far a counter rose in total; a fall is a reset and counts nothing. Undefined with fewer than two known values. */
export function risen(samples: readonly PastSample[], pick: Field): number | undefined {
  const values = samples.flatMap((sample) => pick(sample) ?? [])
  if (values.length < 2) return undefined
  return values.reduce((sum, value, i) => sum + Math.max(0, value - (values[i - 1] ?? value)), 0)
}

/** Change a second between the oldest and the newest known value; undefined unless they lie at least 10 s apart. */
export function trend(samples: readonly PastSample[], pick: Field): number | undefined {
  const known = samples.filter((sample) => pick(sample) !== undefined)
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined || last.at - first.at < MIN_TREND_MS) return undefined
  const from = pick(first)
  const to = pick(last)
  return from === undefined || to === undefined ? undefined : ((to - from) * 1000) / (last.at - first.at)
}

/** Epoch ms since when, without a gap up to the newest sample, `test` was true; undefined when it is not true there. */
export function holdsSince(
  samples: readonly PastSample[],
  test: (sample: PastSample) => boolean | undefined,
): number | undefined {
  const from = samples.findLastIndex((sample) => test(sample) !== true) + 1
  return samples[from]?.at
}

/** Keys of all databases; undefined when the keyspace section was not read. */
export function keysOf(node: NodeSnapshot | undefined): number | undefined {
  return node?.info?.keyspace?.reduce<number | undefined>(
    (sum, db) => (sum === undefined || db.keys === undefined ? undefined : sum + db.keys),
    0,
  )
}

/** The most keys that a node is known to have held in the recent past or now; undefined when never counted. */
export function mostKeys(context: RuleContext, id: NodeId): number | undefined {
  let most = keysOf(context.snapshot.nodes.get(id))
  for (const { keys } of context.past.samples.get(id) ?? [])
    if (keys !== undefined && (most === undefined || keys > most)) most = keys
  return most
}

/** So few keys are left of so many that the dataset is gone. */
export function isCollapse(context: RuleContext, before: number | undefined, now: number | undefined): boolean {
  if (before === undefined || now === undefined || before === 0) return false
  return now <= before * context.thresholds.keysCollapseRatio
}

/** Client writes were seen within the last minute: its changes counter rose by more than its replicas' full syncs add. */
export function takesWrites(context: RuleContext, id: NodeId): boolean | undefined {
  const samples = samplesOf(context, id, 60).filter((sample) => sample.role === 'master')
  const changes = risen(samples, (sample) => sample.changesSinceSave)
  if (changes === undefined) return undefined
  // a diskless full sync counts as one change
  return changes > (risen(samples, (sample) => sample.syncFull) ?? 0)
}

/**
 * Roles are changing hands: a failover is under way or was within the grace of `splitBrainGraceSeconds`. What looks wrong
 * then is usually over in a moment.
 */
function isSwapping(context: RuleContext): boolean {
  const { snapshot, past, thresholds } = context
  const from = snapshot.takenAt - thresholds.splitBrainGraceSeconds * 1000
  return (
    snapshot.views.some((view) => view.isReachable && view.facts?.flags.has('failover_in_progress') === true) ||
    past.events.some((event) => event.at >= from && (event.kind === 'role' || event.what === '+switch-master'))
  )
}

/** For a verdict that a role change mimics: waits out the grace while roles swap, fires at once otherwise. */
export function swapHoldMs(context: RuleContext): number {
  return isSwapping(context) ? context.thresholds.splitBrainGraceSeconds * 1000 : 0
}
