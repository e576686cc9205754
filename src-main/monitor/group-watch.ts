import type { NodeId } from '../domain/address.ts'
import type { Finding } from '../domain/findings/model.ts'
import { type Intervals, judgeEveryMs, staleAfterMs } from '../domain/schedule.ts'
import { addToTimeline } from '../domain/timeline/add-to-timeline.ts'
import { diffFindings, standingFindings } from '../domain/timeline/finding-notes.ts'
import { EMPTY_TIMELINE, type TimelineEvent, type TimelineNote } from '../domain/timeline/model.ts'
import { gapNote } from '../domain/timeline/watch-notes.ts'
import { buildGroup } from '../domain/topology/build-group.ts'
import { diffGroup } from '../domain/topology/diff.ts'
import type { GroupEvent, GroupPast, GroupSnapshot } from '../domain/topology/model.ts'
import { addToPast } from '../domain/topology/past.ts'
import type { RosterGroup } from '../domain/topology/roster.ts'
import { type FactSources, gatherFacts } from './group-facts.ts'
import { GroupTicker } from './group-ticker.ts'
import type { Clock } from './ports.ts'
import type { ServerTrack, Tier } from './server-track.ts'
import type { GroupState, Judge } from './session.ts'

/** An answer outside a tick is published this long after it came, with whatever else came meanwhile. */
const PUBLISH_MS = 5
/** What turns up this soon after a group was first seen was there before: nothing of it has just happened. */
const SETTLE_MS = 3_000

/** What a group's watch needs of its session. */
export interface GroupHost extends FactSources {
  readonly clock: Clock
  readonly intervals: Intervals
  readonly judge: Judge
  readonly isOneShot: boolean
  readonly isFocused: (group: string) => boolean
  /** The session still looks for who is there. */
  readonly isConnecting: () => boolean
  readonly nextRevision: () => number
  readonly onPublished: (group: string, events: readonly TimelineEvent[]) => void
  /** A tick began late. */
  readonly onLate: () => void
}

/** One group under watch: samples it, joins what its processes said, and publishes the picture with its conclusions. */
export class GroupWatch {
  readonly ticker: GroupTicker
  state: GroupState | undefined
  private readonly host: GroupHost
  private members: RosterGroup
  private past: GroupPast
  private pendingEvents: GroupEvent[] = []
  /** Something was told since the last judgement. */
  private isNews = true
  private judgedAt = -Infinity
  private standing: readonly Finding[] = []
  private pendingNotes: TimelineNote[] = []
  private cancelPublish: (() => void) | undefined
  private isDisposed = false

  constructor(group: RosterGroup, host: GroupHost) {
    const now = host.clock.now()
    this.host = host
    this.members = group
    this.past = { samples: new Map(), events: [], since: now, isOneShot: host.isOneShot }
    this.ticker = new GroupTicker({
      clock: host.clock,
      members: () => this.tracks(),
      snapshot: () => this.state?.snapshot,
      intervalMs: () => this.intervalMs,
      tierOf: (track) => this.tierOf(track),
      askSlow: (track) => {
        const due = (track.settingsAskedAt ?? -Infinity) + host.intervals.slowMs
        if (track.failure === undefined && host.clock.now() >= due) void track.ask('settings')
      },
      onTick: (_startedAt, _tookMs, lateMs) => {
        if (lateMs > host.intervals.fastMs / 2) host.onLate()
        this.publish()
      },
    })
  }

  get group(): RosterGroup {
    return this.members
  }

  /** Takes another set of members and Sentinels; publishes when it differs. */
  follow(group: RosterGroup): void {
    const before = this.members
    if (before.members.join() === group.members.join() && before.sentinels.join() === group.sentinels.join()) return
    this.members = group
    this.newsSoon()
  }

  /** Remembers what a Sentinel told for the next picture: for the rules, and for people. */
  heard(event: GroupEvent, note: TimelineNote): void {
    this.pendingEvents.push(event)
    this.pendingNotes.push(note)
  }

  /** Tells with the next picture, soon, what was done or seen elsewhere. */
  note(notes: readonly TimelineNote[]): void {
    this.pendingNotes.push(...notes)
    this.publishSoon()
  }

  /** Samples every node now, whatever is due, and judges the picture. */
  refresh(): Promise<void> {
    this.isNews = true
    return this.ticker.tick('vitals')
  }

  /** As `publishSoon`, and the picture is judged. */
  newsSoon(): void {
    this.isNews = true
    this.publishSoon()
  }

  publishSoon(): void {
    if (this.cancelPublish !== undefined || this.isDisposed) return
    this.cancelPublish = this.host.clock.after(PUBLISH_MS, () => {
      this.publish()
    })
  }

  publish(): void {
    if (this.isDisposed) return
    this.cancelPublish?.()
    this.cancelPublish = undefined
    const before = this.state?.snapshot
    const snapshot = buildGroup(
      gatherFacts(this.members, this.host, {
        now: this.host.clock.now(),
        staleAfterMs: staleAfterMs(this.intervalMs),
        previousMaster: before?.master,
      }),
    )
    const changes = diffGroup(before, snapshot)
    this.past = addToPast(this.past, snapshot, [...this.pendingEvents, ...changes])
    this.pendingEvents = []
    const judgement = this.conclude(snapshot, changes)
    const { timeline, fresh } = addToTimeline(
      this.state?.timeline ?? EMPTY_TIMELINE,
      this.notesOf(snapshot, changes, judgement.findings),
    )
    this.pendingNotes = []
    this.state = { revision: this.host.nextRevision(), snapshot, past: this.past, timeline, ...judgement }
    this.host.onPublished(this.members.name, fresh)
  }

  /** Judges the picture; where many nodes are watched, conclusions of a moment ago stand while nothing happens. */
  private conclude(snapshot: GroupSnapshot, changes: readonly GroupEvent[]): ReturnType<Judge> {
    const { state, host } = this
    const nodes = host.directory.servers.size
    const standsForMs = judgeEveryMs(host.intervals, { nodes, isFocused: host.isFocused(this.members.name) })
    const isNews = this.isNews || changes.length > 0 || host.isConnecting()
    if (state !== undefined && !isNews && snapshot.takenAt - this.judgedAt < standsForMs) {
      const { exposure, headline, electable, findings, notJudged } = state
      return { exposure, headline, electable, findings, notJudged }
    }
    this.isNews = false
    this.judgedAt = snapshot.takenAt
    return host.judge(snapshot, this.past, state)
  }

  private notesOf(
    { takenAt, nodes }: GroupSnapshot,
    changes: readonly GroupEvent[],
    findings: readonly Finding[],
  ): readonly TimelineNote[] {
    const before = this.standing
    this.standing = standingFindings(before, findings, nodes)
    const gap = gapNote(this.state?.snapshot.takenAt, takenAt, this.intervalMs)
    const known = gap === undefined ? this.pendingNotes : [gap, ...this.pendingNotes]
    if (this.host.isConnecting() || takenAt - this.past.since < SETTLE_MS) return known
    return [...known, ...changes, ...diffFindings(before, this.standing, takenAt)]
  }

  dispose(): void {
    this.isDisposed = true
    this.ticker.dispose()
    this.cancelPublish?.()
    this.cancelPublish = undefined
  }

  private get intervalMs(): number {
    const { intervals, isFocused } = this.host
    return isFocused(this.members.name) ? intervals.focusedMs : intervals.fastMs
  }

  private tracks(): readonly ServerTrack[] {
    const { directory } = this.host
    return this.members.members.flatMap((id: NodeId) => directory.servers.get(directory.canonical(id)) ?? [])
  }

  private tierOf(track: ServerTrack): Tier {
    const { clock, intervals } = this.host
    const link = this.state?.snapshot.links.find((one) => one.replica === track.id)
    const isSyncing = link?.state === 'full-sync' || link?.state === 'loading'
    const due = (track.vitalsAt ?? -Infinity) + intervals.mediumMs - intervals.fastMs / 2
    return isSyncing || clock.now() >= due ? 'vitals' : 'replication'
  }
}
