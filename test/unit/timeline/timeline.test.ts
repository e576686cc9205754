import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src-main/domain/findings/model.ts'
import { parseSentinelEvent } from '../../../src-main/domain/replies/sentinel-event.ts'
import { formatAddress } from '../../../src-main/domain/address.ts'
import { actionNote } from '../../../src-main/domain/timeline/action-notes.ts'
import { addToTimeline, TIMELINE_MAX } from '../../../src-main/domain/timeline/add-to-timeline.ts'
import { diffFaults } from '../../../src-main/domain/timeline/fault-notes.ts'
import { diffFindings, standingFindings } from '../../../src-main/domain/timeline/finding-notes.ts'
import { gradeOf } from '../../../src-main/domain/timeline/grade.ts'
import { EMPTY_TIMELINE, type Timeline, type TimelineNote } from '../../../src-main/domain/timeline/model.ts'
import { sentinelNote } from '../../../src-main/domain/timeline/sentinel-note.ts'
import { gapNote } from '../../../src-main/domain/timeline/watch-notes.ts'

const MASTER = '10.0.0.5:6379'
const SENTINELS = ['10.0.0.5:26379', '10.0.0.6:26379', '10.0.0.7:26379'] as const

function heard(channel: string, payload: string, by: string, at: number): TimelineNote {
  return sentinelNote(parseSentinelEvent(channel, payload), by, at, formatAddress)
}

function timelineOf(notes: readonly TimelineNote[]): Timeline {
  return notes.reduce((timeline, note) => addToTimeline(timeline, [note]).timeline, EMPTY_TIMELINE)
}

const role = (at: number, what = 'replica -> master'): TimelineNote => ({
  at,
  kind: 'role',
  node: MASTER,
  what,
  detail: '',
})

describe('what Sentinels tell', () => {
  const SWITCH = 'orders 10.0.0.5 6379 10.0.0.6 6379'

  it('is one event, whoever tells it again, with everybody who told it', () => {
    const { events, total } = timelineOf(SENTINELS.map((by, i) => heard('+switch-master', SWITCH, by, 1000 + i * 40)))
    expect(events).toMatchObject([{ at: 1000, what: '+switch-master', node: '10.0.0.6:6379', by: [...SENTINELS] }])
    expect(total).toBe(1)
  })

  it('is one event although a busy Sentinel learns of the new master late', () => {
    const [a, b, c] = SENTINELS
    const told = (by: string, at: number) => heard('+switch-master', SWITCH, by, at)
    expect(timelineOf([told(a, 0), told(b, 200), told(c, 20_000)]).events).toMatchObject([{ at: 0, by: [a, b, c] }])
    expect(timelineOf([told(a, 0), told(b, 40_000)]).events).toHaveLength(2)
  })

  it('is told anew under the id it had when another Sentinel joins in', () => {
    const first = addToTimeline(EMPTY_TIMELINE, [heard('+switch-master', SWITCH, SENTINELS[0], 1000)])
    const second = addToTimeline(first.timeline, [heard('+switch-master', SWITCH, SENTINELS[1], 1040)])
    expect(second.fresh.map((event) => event.id)).toEqual(first.fresh.map((event) => event.id))
    expect(second.fresh[0]?.by).toEqual([SENTINELS[0], SENTINELS[1]])
  })

  it('is one event although each counts its votes differently', () => {
    const { events } = timelineOf([
      heard('+odown', 'master orders 10.0.0.5 6379 #quorum 2/2', SENTINELS[0], 1000),
      heard('+odown', 'master orders 10.0.0.5 6379 #quorum 3/2', SENTINELS[1], 1300),
    ])
    expect(events).toMatchObject([{ node: MASTER, severity: 'critical', by: [SENTINELS[0], SENTINELS[1]] }])
  })

  it('is two events when the same Sentinel says it twice, and when it comes much later', () => {
    const down = (by: string, at: number) =>
      heard('+sdown', 'slave 10.0.0.6:6379 10.0.0.6 6379 @ orders 10.0.0.5 6379', by, at)
    expect(timelineOf([down(SENTINELS[0], 0), down(SENTINELS[0], 900)]).events).toHaveLength(2)
    expect(timelineOf([down(SENTINELS[0], 0), down(SENTINELS[1], 60_000)]).events).toHaveLength(2)
  })

  it('keeps apart what is about different processes, or is another event', () => {
    const slave = (port: number) => `slave 10.0.0.6:${port} 10.0.0.6 ${port} @ orders 10.0.0.5 6379`
    const { events } = timelineOf([
      heard('+sdown', slave(6379), SENTINELS[0], 0),
      heard('+sdown', slave(6380), SENTINELS[1], 10),
      heard('-sdown', slave(6379), SENTINELS[1], 20),
    ])
    expect(events.map((event) => [event.what, event.node])).toEqual([
      ['+sdown', '10.0.0.6:6379'],
      ['+sdown', '10.0.0.6:6380'],
      ['-sdown', '10.0.0.6:6379'],
    ])
  })

  it('is about nobody when the event names no process', () => {
    expect(heard('+tilt', '#tilt mode entered', SENTINELS[0], 0).node).toBeUndefined()
    expect(heard('+new-epoch', '7', SENTINELS[0], 0).node).toBeUndefined()
  })
})

describe('a timeline', () => {
  it('lies in order of time, and keeps the order of telling within a moment', () => {
    const { events } = timelineOf([role(20, 'b'), role(10, 'a'), role(20, 'c'), role(15, 'd')])
    expect(events.map((event) => event.what)).toEqual(['a', 'd', 'b', 'c'])
  })

  it('never grows beyond its bound, however long it goes on', () => {
    let timeline = EMPTY_TIMELINE
    for (let i = 0; i < TIMELINE_MAX * 3; i++) timeline = addToTimeline(timeline, [role(i)]).timeline
    expect(timeline.events).toHaveLength(TIMELINE_MAX)
    expect(timeline.events.at(-1)?.at).toBe(TIMELINE_MAX * 3 - 1)
    expect(new Set(timeline.events.map((event) => event.id)).size).toBe(TIMELINE_MAX)
    expect(timeline.total).toBe(TIMELINE_MAX * 3)
  })

  it('is the very same while nothing happens', () => {
    const timeline = timelineOf([role(1)])
    expect(addToTimeline(timeline, [])).toEqual({ timeline, fresh: [] })
    expect(addToTimeline(timeline, []).timeline).toBe(timeline)
  })
})

describe('findings', () => {
  const finding = (part: Partial<Finding> = {}): Finding => ({
    code: 'replica-link-down',
    severity: 'warning',
    subject: { kind: 'link', id: '10.0.0.6:6379' },
    title: 'The link is down',
    evidence: [],
    why: '',
    remedy: [],
    since: 9_000,
    held: true,
    ...part,
  })
  const told = (before: readonly Finding[], after: readonly Finding[]) =>
    diffFindings(before, after, 10_000).map((note) => [note.what, note.severity, note.node])

  it('are raised when they come and cleared when they go', () => {
    expect(told([], [finding()])).toEqual([['raised', 'warning', '10.0.0.6:6379']])
    expect(told([finding()], [])).toEqual([['cleared', 'warning', '10.0.0.6:6379']])
    expect(told([finding()], [finding()])).toEqual([])
  })

  it('that have to last are raised when they have lasted, and pass in silence when they have not', () => {
    const waiting = finding({ held: false })
    expect(told([], [waiting])).toEqual([])
    expect(told([waiting], [])).toEqual([])
    expect(told([waiting], [finding()])).toEqual([['raised', 'warning', '10.0.0.6:6379']])
  })

  it('say how long it has been so, where that is longer than a moment', () => {
    expect(diffFindings([], [finding({ since: -20_000 })], 10_000)[0]?.detail).toBe(
      'replica-link-down: The link is down (for 30 s)',
    )
    expect(diffFindings([], [finding()], 10_000)[0]?.detail).toBe('replica-link-down: The link is down')
  })

  it('about a node that does not answer stand until it answers again, or is gone', () => {
    const nodes = (reachability: 'up' | 'hung') => new Map([['10.0.0.6:6379', { reachability }]])
    const other = finding({ subject: { kind: 'group', id: 'orders' } })
    expect(standingFindings([finding(), other], [], nodes('hung'))).toEqual([finding()])
    expect(standingFindings([finding()], [finding()], nodes('hung'))).toEqual([finding()])
    expect(standingFindings([finding()], [other], nodes('up'))).toEqual([other])
    expect(standingFindings([finding()], [], new Map())).toEqual([])
    expect(standingFindings([finding({ held: false })], [], nodes('hung'))).toEqual([])
  })

  it('that become graver or milder are told as that, not as another finding', () => {
    expect(told([finding()], [finding({ severity: 'critical' })])).toEqual([
      ['warning -> critical', 'critical', '10.0.0.6:6379'],
    ])
  })

  it('lead to themselves, and are about a node only where their subject is one', () => {
    const group = finding({ subject: { kind: 'group', id: 'orders' } })
    const [note] = diffFindings([], [group], 10_000)
    expect(note).toMatchObject({
      node: undefined,
      about: { kind: 'finding', code: 'replica-link-down', subject: group.subject },
    })
  })

  it('of one code about several subjects are several', () => {
    const other = finding({ subject: { kind: 'link', id: '10.0.0.7:6379' } })
    expect(told([finding()], [other])).toEqual([
      ['raised', 'warning', '10.0.0.7:6379'],
      ['cleared', 'warning', '10.0.0.6:6379'],
    ])
  })
})

describe('our own actions', () => {
  const row = (kind: string, body: unknown, at = 100) => actionNote({ action: 'a1', kind, at, body })
  const notes = (rows: readonly (TimelineNote | undefined)[]) => rows.filter((note) => note !== undefined)

  it('are a start, a line a step and an end; a step is completed by its answer, where it was sent', () => {
    const { events } = timelineOf(
      notes([
        row('action-started', { plan: { action: 'switchover', target: 'orders', group: 'orders' } }),
        row('facts-read', { isFirst: true, changes: [] }, 110),
        row('step-sending', { n: 1, title: 'pause writes', node: MASTER }, 120),
        row('step-answered', { n: 1, title: 'pause writes', state: 'done', elapsedMs: 12.4, detail: '' }, 140),
        row('action-ended', { action: 'switchover', state: 'succeeded', elapsedMs: 300 }, 400),
      ]),
    )
    expect(events.map(({ at, what, detail, node }) => [at, what, detail, node])).toEqual([
      [100, 'started', 'switchover on orders', undefined],
      [120, 'step 1 done', 'pause writes (12 ms)', MASTER],
      [400, 'succeeded', 'switchover (300 ms)', undefined],
    ])
    expect(events.every((event) => event.about?.kind === 'action' && event.about.id === 'a1')).toBe(true)
  })

  it('that fail are as grave as they are, with the reason', () => {
    expect(row('action-ended', { action: 'flushall', state: 'failed', reason: 'no answer' })).toMatchObject({
      severity: 'critical',
      detail: 'flushall: no answer',
    })
    expect(row('step-answered', { n: 2, title: 't', state: 'unknown', elapsedMs: 1 })).toMatchObject({
      severity: 'warning',
      what: 'step 2 unknown',
    })
  })

  it('tell what was taken back, and that it could not be', () => {
    const back = { title: 'writes again', node: MASTER, commands: [] }
    const sent = row('undo-sending', back)
    expect(timelineOf(notes([sent, row('undo-answered', { ...back, trouble: null }, 130)])).events).toMatchObject([
      { what: 'taken back', detail: 'writes again' },
    ])
    const trouble = { kind: 'unknown', detail: 'no answer' }
    expect(timelineOf(notes([sent, row('undo-answered', { ...back, trouble }, 130)])).events).toMatchObject([
      { what: 'not taken back', detail: 'writes again: no answer', severity: 'critical' },
    ])
  })

  it('of a row that cannot be read are told all the same', () => {
    expect(row('action-started', 'cut…')).toMatchObject({ what: 'started', detail: 'action' })
    expect(row('of-a-later-version', {})).toBeUndefined()
  })
})

describe('faults of a lab', () => {
  it('begin and end', () => {
    const fault = { id: 'f1', kind: 'freeze' as const, node: MASTER, at: 5000, what: `${MASTER} is frozen` }
    expect(diffFaults([], [fault], 5100)).toMatchObject([
      { at: 5000, what: 'begun', kind: 'fault', severity: 'warning' },
    ])
    expect(diffFaults([fault], [], 9000)).toMatchObject([{ at: 9000, what: 'ended', node: MASTER, severity: 'info' }])
    expect(diffFaults([fault], [fault], 9000)).toEqual([])
  })
})

describe('time in which nobody looked', () => {
  it('is told when it is longer than any server makes us wait, and than three intervals', () => {
    expect(gapNote(undefined, 100_000, 1000)).toBeUndefined()
    expect(gapNote(95_000, 100_000, 1000)).toBeUndefined()
    expect(gapNote(40_000, 100_000, 1000)).toMatchObject({ since: 40_000, at: 100_000, kind: 'watch' })
    expect(gapNote(40_000, 100_000, 60_000)).toBeUndefined()
  })
})

describe('how grave an event is', () => {
  it.each([
    ['sentinel', '+odown', 'critical'],
    ['sentinel', '+sdown', 'warning'],
    ['sentinel', '-sdown', 'info'],
    ['sentinel', '-failover-abort-no-good-slave', 'critical'],
    ['sentinel', '+slave', 'info'],
    ['reachability', 'up -> unreachable', 'warning'],
    ['reachability', 'unreachable -> up', 'info'],
    ['link', 'online -> down', 'warning'],
    ['link', 'down -> online', 'info'],
    ['role', '10.0.0.5:6379 -> 10.0.0.6:6379', 'warning'],
    ['role', 'master -> replica', 'info'],
    ['member', 'removed', 'warning'],
    ['run-id', 'aaaaaaaa -> bbbbbbbb', 'warning'],
  ] as const)('%s %s is %s', (kind, what, severity) => {
    expect(gradeOf({ kind, what, node: MASTER })).toBe(severity)
  })
})
