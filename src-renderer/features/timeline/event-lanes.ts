import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import type { Lane, LaneMark, LaneShape, LaneTone } from '../../ui/time-axis/lanes.ts'

export type LaneId = 'sentinel' | 'roles' | 'links' | 'findings' | 'actions' | 'faults'

/** Six of them and two charts leave room for a list in a small window. */
const LANE_PX = 23

interface LaneEntry {
  readonly id: LaneId
  readonly label: string
  /** What is in it, for the filter's button and the empty state. */
  readonly hint: string
}

export const LANES: readonly LaneEntry[] = [
  { id: 'sentinel', label: 'Sentinel', hint: 'what Sentinels publish, once however many tell it' },
  { id: 'roles', label: 'Roles', hint: 'master and replica, history (replid), restarts, members that come and go' },
  { id: 'links', label: 'Links', hint: 'replication links and whether a node is reached' },
  { id: 'findings', label: 'Findings', hint: 'raised, cleared, acknowledged' },
  { id: 'actions', label: 'Actions', hint: 'our own, each step' },
  { id: 'faults', label: 'Faults', hint: 'what was broken in a lab on purpose' },
]

const LANE_OF: Readonly<Record<ContractEvent['kind'], LaneId | null>> = {
  sentinel: 'sentinel',
  role: 'roles',
  replid: 'roles',
  'run-id': 'roles',
  member: 'roles',
  link: 'links',
  reachability: 'links',
  finding: 'findings',
  action: 'actions',
  fault: 'faults',
  watch: null,
}

/** The lane of an event; null for those that are drawn through all lanes. */
export function laneOf(event: Pick<ContractEvent, 'kind'>): LaneId | null {
  return LANE_OF[event.kind]
}

/** `Sentinel`, `Roles`, ...; `Watch` for what concerns our own looking on. */
export function laneLabel(event: Pick<ContractEvent, 'kind'>): string {
  return LANES.find((lane) => lane.id === laneOf(event))?.label ?? 'Watch'
}

/** Events as rows of marks: every lane, or those without events left out but for the ones that a deployment always has. */
export function toLanes(
  events: readonly ContractEvent[],
  withFaults: boolean,
  titleOf: (event: ContractEvent) => string,
): Lane[] {
  const marks = new Map<LaneId, LaneMark[]>(LANES.map((lane) => [lane.id, []]))
  for (const event of events) {
    const lane = laneOf(event)
    if (lane === null) continue
    marks.get(lane)?.push({ id: event.id, at: Date.parse(event.at), ...markOf(event), title: titleOf(event) })
  }
  return LANES.filter(({ id }) => id !== 'faults' || withFaults || (marks.get(id)?.length ?? 0) > 0).map((lane) => ({
    id: lane.id,
    label: lane.label,
    marks: marks.get(lane.id) ?? [],
    height: LANE_PX,
  }))
}

/** Colour by what it is or how grave; shape by what it does: up begins or is raised, down ends, a diamond is a new master. */
export function markOf(event: ContractEvent): { readonly tone: LaneTone; readonly shape: LaneShape } {
  return { tone: toneOf(event), shape: shapeOf(event) }
}

const BY_SEVERITY = { critical: 'crit', warning: 'warn', info: 'info' } as const

function toneOf({ kind, what, severity }: ContractEvent): LaneTone {
  if (what === '+switch-master' || (kind === 'role' && /-> master$|:\d+ -> /.test(what))) return 'master'
  if (isOver(what)) return 'ok'
  if (kind === 'sentinel' && severity === 'info') return 'sentinel'
  if (kind === 'member' || kind === 'replid') return 'muted'
  return BY_SEVERITY[severity]
}

function shapeOf({ kind, what }: ContractEvent): LaneShape {
  if (what === '+switch-master' || kind === 'role') return 'diamond'
  if (kind === 'run-id') return 'square'
  if (kind === 'replid' || /^acknowledge/.test(what)) return 'ring'
  if (kind === 'action') return /^step|^taken back|^contingency/.test(what) ? 'dot' : 'square'
  if (isOver(what) || /^-|^removed$/.test(what)) return 'down'
  if (kind === 'finding' || kind === 'fault' || /^\+[so]down$|^\+tilt$|-> (down|unreachable|hung)$|^added$/.test(what))
    return 'up'
  return 'dot'
}

/** The end of something bad. */
function isOver(what: string): boolean {
  return /^(cleared|ended|succeeded|resolved|-[so]down|-tilt)$|-> (up|online)$/.test(what)
}
