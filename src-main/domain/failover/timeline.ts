import type { GroupSnapshot } from '../topology/model.ts'
import type { TimelinePhase } from './model.ts'

/** How long each phase takes after the detection, at worst; measured on loopback, network round trips not counted. */
const PHASES: readonly (readonly [TimelinePhase['phase'], number])[] = [
  // every Sentinel waits a random part of a second, so that they do not all stand for election at once
  ['start-delay', 1000],
  ['election', 100],
  ['selection', 100],
  // the INFO that confirms the new role is read once a second
  ['promotion', 1000],
  // the leader tells its clients one INFO round later than the other Sentinels do
  ['announcement', 1000],
]
const DETECTION_SLACK_MS = 100

/** The course of a failover that meets no trouble. Empty when no Sentinel tells down-after-milliseconds. */
export function timeline(group: GroupSnapshot): readonly TimelinePhase[] {
  const known = group.views.flatMap((view) => view.facts?.downAfterMs ?? [])
  if (known.length === 0) return []
  const detected = Math.max(...known) + DETECTION_SLACK_MS
  const phases: TimelinePhase[] = [{ phase: 'detection', fromMs: 0, toMs: detected }]
  let at = detected
  for (const [phase, ms] of PHASES) {
    phases.push({ phase, fromMs: at, toMs: at + ms })
    at += ms
  }
  return phases
}
