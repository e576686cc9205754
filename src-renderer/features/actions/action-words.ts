import type {
  ActionField,
  ActionIntent,
  ActionKind,
  ActionProgress,
  NodeStanding,
  PlanReport,
} from '../../../src-main/contract/actions.ts'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'

/** What an action is started from. A link's id is its replica's. */
export interface ActionSubject {
  readonly kind: 'node' | 'link' | 'group'
  readonly id: string
  readonly group: string
}

/** Values of an action's form by field. */
export type FieldValues = Readonly<Record<string, string>>

/** What the subject is to its group; undefined for a node whose role is not known. */
export function roleOf(subject: ActionSubject, slice: GroupSlice | null): ActionKind['about'][number] | undefined {
  if (subject.kind === 'group') return 'group'
  if (subject.kind === 'link') return 'replica'
  const role = slice?.nodes.find((node) => node.id === subject.id)?.role
  return role === 'unknown' ? undefined : role
}

/** The actions that can be started from it, tests first and the gravest last; the list's own order otherwise. */
export function kindsFor(
  kinds: readonly ActionKind[],
  subject: ActionSubject,
  slice: GroupSlice | null,
): readonly ActionKind[] {
  const role = roleOf(subject, slice)
  if (role === undefined) return []
  const rank = { test: 0, gentle: 1, grave: 2 } as const
  return kinds.filter((kind) => kind.about.includes(role)).toSorted((a, b) => rank[a.weight] - rank[b.weight])
}

/** What the form begins with, for this subject. */
export function initialValues(kind: ActionKind, subject: ActionSubject, slice: GroupSlice | null): FieldValues {
  const isReplica = roleOf(subject, slice) === 'replica'
  return Object.fromEntries(
    kind.fields.map((field) => [
      field.key,
      // A switchover started from a replica is about promoting it.
      field.kind === 'replica' && isReplica ? subject.id : initialOf(field, slice),
    ]),
  )
}

function initialOf(field: ActionField, slice: GroupSlice | null): string {
  if (field.key === 'replicas' && field.kind === 'number') return String(Math.max(1, confirming(slice)))
  return field.initial
}

/** Replicas that can confirm a write of the master: those that it feeds itself; one in a chain never does. */
function confirming(slice: GroupSlice | null): number {
  return slice?.links.filter((link) => link.upstream === slice.group.master && link.state === 'online').length ?? 0
}

/** What is missing or cannot be read, one line a field; empty when the plan can be asked for. */
export function formProblems(kind: ActionKind, values: FieldValues): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {}
  for (const field of kind.fields) {
    const value = (values[field.key] ?? '').trim()
    if (value === '') {
      if (field.required) problems[field.key] = 'is needed'
    } else if (field.kind === 'number' && !/^\d+$/.test(value)) problems[field.key] = 'a whole number'
    else if (field.kind === 'settings') {
      const bad = settingLines(value).find((line) => !/^[a-z0-9-]+\s*=/i.test(line))
      if (bad !== undefined) problems[field.key] = `“${bad}” is not NAME=VALUE`
    }
  }
  return problems
}

/** The form as an intent; it has no problems. */
export function intentFrom(kind: ActionKind, subject: ActionSubject, values: FieldValues): ActionIntent {
  const settings: Record<string, string> = {}
  let to: string | null = null
  for (const field of kind.fields) {
    const value = (values[field.key] ?? '').trim()
    if (value === '') continue
    if (field.key === 'to') to = value
    else if (field.kind === 'settings')
      for (const line of settingLines(value)) {
        const at = line.indexOf('=')
        settings[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim()
      }
    else settings[field.key] = value
  }
  const node = kind.namesNode && subject.kind !== 'group' ? subject.id : null
  return { action: kind.action, group: subject.group, node, to, settings }
}

function settingLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export type StepState = 'ahead' | 'sending' | 'waiting' | 'done' | 'failed' | 'unknown'

/** One step of a run as it is shown. */
export interface LiveStep {
  readonly n: number
  readonly title: string
  readonly node: string
  readonly commands: readonly (readonly string[])[]
  readonly irreversible: boolean
  readonly state: StepState
  /** Since the action began; null while it is ahead. */
  readonly startedMs: number | null
  /** Null while it goes on. */
  readonly tookMs: number | null
  readonly detail: string
}

const STATE_OF: Readonly<Partial<Record<ActionProgress['phase'], StepState>>> = {
  sending: 'sending',
  waiting: 'waiting',
  done: 'done',
  failed: 'failed',
  unknown: 'unknown',
}

/** Every step of the plan, with what its run has told so far. */
export function liveSteps(plan: PlanReport, progress: readonly ActionProgress[]): readonly LiveStep[] {
  const numbers = [...new Set(plan.steps.map((one) => one.step))]
  return numbers.map((n) => {
    const entries = plan.steps.filter((one) => one.step === n)
    const lines = progress.filter((line) => line.n === n && STATE_OF[line.phase] !== undefined)
    const first = lines[0]
    const last = lines.at(-1)
    const state = last === undefined ? 'ahead' : (STATE_OF[last.phase] ?? 'ahead')
    const isOver = state === 'done' || state === 'failed' || state === 'unknown'
    const startedMs = first === undefined ? null : first === last ? startOf(progress, first) : first.elapsedMs
    return {
      n,
      title: entries[0]?.title ?? '',
      node: entries[0]?.node ?? '',
      commands: entries.map((one) => one.command).filter((command) => command.length > 0),
      irreversible: entries.some((one) => one.irreversible),
      state,
      startedMs,
      tookMs: isOver && last !== undefined && startedMs !== null ? last.elapsedMs - startedMs : null,
      // While it goes on, what was noted last says what it waits for.
      detail: isOver ? (last?.detail ?? '') : (progress.findLast((line) => line.n === n)?.detail ?? ''),
    }
  })
}

/** A step that only waits tells its end alone: it began where the line before ended. */
function startOf(progress: readonly ActionProgress[], line: ActionProgress): number {
  return progress.findLast((one) => one.i < line.i)?.elapsedMs ?? 0
}

/** What was told beside the steps: checks, undos, contingencies, notes, the verification. */
export function otherLines(progress: readonly ActionProgress[]): readonly ActionProgress[] {
  return progress.filter((line) => line.n === 0 || STATE_OF[line.phase] === undefined)
}

/** One node before and now. */
export interface StandingChange {
  readonly id: string
  readonly before: string
  readonly now: string
  readonly isChanged: boolean
}

/** Who the data nodes were and are; nodes that came or went are told as such. */
export function standingChanges(before: readonly NodeStanding[], slice: GroupSlice | null): readonly StandingChange[] {
  const now = new Map<string, string>()
  for (const node of slice?.nodes ?? [])
    if (node.kind === 'server') {
      const upstream = slice?.links.find((link) => link.replica === node.id)?.upstream ?? null
      now.set(node.id, standingText(node.role === 'sentinel' ? 'unknown' : node.role, upstream))
    }
  const was = new Map(before.map((one) => [one.id, standingText(one.role, one.upstream)]))
  return [...new Set([...was.keys(), ...now.keys()])].map((id) => {
    const [then, present] = [was.get(id) ?? 'not there', now.get(id) ?? 'gone']
    return { id, before: then, now: present, isChanged: then !== present }
  })
}

export function standingText(role: NodeStanding['role'], upstream: string | null): string {
  if (role === 'replica') return `replica of ${upstream ?? '–'}`
  return role === 'unknown' ? 'role –' : role
}

/** Milliseconds since the action began: `0.42 s`, `12.3 s`. */
export function secondsText(ms: number | null): string {
  if (ms === null) return ''
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

/** `4:07`. */
export function clockText(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

const WAITS: Readonly<Record<string, string>> = {
  level: 'waits until all have what the master has',
  promoted: 'waits until one is master',
  demoted: 'waits until it follows',
  'sentinel-sees-priority': 'waits until Sentinel has read the priority',
  'sentinels-agree': 'waits until every Sentinel agrees',
  'config-reads': 'reads it back',
  'save-done': 'waits for the save',
  'rewrite-done': 'waits for the rewrite',
  'link-up': 'waits until the link is up',
  follows: 'waits until it follows, linked',
  restarted: 'waits until somebody starts it again',
  noted: 'reads what each node has',
  'ready-to-restart': 'waits until it can resync partially afterwards',
  'caught-up': 'waits until it has what its master has',
  'keys-gone': 'waits until no key is left',
  'sentinel-relearnt': 'waits until Sentinel knows them again',
  'sentinel-reads': 'reads it back',
  quorum: 'waits for the quorum',
  replied: 'waits for the answer',
}

/** What a step without a command waits for. */
export function waitText(kind: string | null): string {
  return kind === null ? 'reads only' : (WAITS[kind] ?? `waits: ${kind}`)
}

/** As a person would type it. */
export function commandText(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"']+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}
