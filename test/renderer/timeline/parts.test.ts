import { describe, expect, test } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import {
  countLanes,
  filterEvents,
  isFiltering,
  nodesOf,
  NO_FILTER,
} from '../../../src-renderer/features/timeline/event-filter.ts'
import { LANES, laneOf, markOf, toLanes } from '../../../src-renderer/features/timeline/event-lanes.ts'
import {
  eventLine,
  eventsMarkdown,
  eventsText,
  eventText,
  formatMoment,
  tellersText,
} from '../../../src-renderer/features/timeline/event-words.ts'
import { mastersWithin } from '../../../src-renderer/features/timeline/former-masters.ts'
import { gapsOf } from '../../../src-renderer/features/timeline/gaps.ts'
import { toEvents, untoldActions } from '../../../src-renderer/features/timeline/journal-events.ts'
import { useAxis } from '../../../src-renderer/features/timeline/use-axis.ts'
import { joinEvents } from '../../../src-renderer/stores/timeline.ts'
import { manyEvents } from '../support/timeline-samples.ts'
import { ago, eventOf, MASTER, NOW } from '../support/views-samples.ts'

const S = ['10.0.0.5:26379', '10.0.0.6:26379']
const down = eventOf(30, { what: '+sdown', node: '10.0.0.8:6379', severity: 'warning', by: S, detail: 'slave x' })
const role = eventOf(20, { kind: 'role', what: 'replica -> master', node: MASTER, severity: 'warning' })
const raised = eventOf(10, {
  kind: 'finding',
  what: 'raised',
  severity: 'critical',
  detail: 'no-master: Nobody writes',
})
const gap = eventOf(5, { kind: 'watch', what: 'not watched', since: ago(25), severity: 'warning', detail: 'asleep' })
const all = [down, role, raised, gap]

describe('masters within a stretch of time', () => {
  test('are those whose role changed in it, each once', () => {
    const left = eventOf(15, { kind: 'role', what: 'master -> replica', node: '10.0.0.8:6379' })
    const history = eventOf(14, { kind: 'role', what: '8b61a656 -> 7b2b3fc2', node: '10.0.0.9:6379' })
    const other = eventOf(14, { kind: 'role', what: 'replica -> unknown', node: '10.0.0.9:6379' })
    const events = [down, role, left, history, other, { ...role, id: 'again' }]
    const seconds = (ago: number) => NOW - ago * 1000
    expect(mastersWithin(events, { from: seconds(60), to: NOW })).toEqual([MASTER, '10.0.0.8:6379'])
    expect(mastersWithin(events, { from: seconds(17), to: NOW })).toEqual(['10.0.0.8:6379'])
  })
})

describe('the filter', () => {
  test('lets everything through at first, the very same list', () => {
    expect(filterEvents(all, NO_FILTER)).toBe(all)
    expect(isFiltering(NO_FILTER)).toBe(false)
    expect(isFiltering({ ...NO_FILTER, text: '  ' })).toBe(false)
  })

  test.each([
    ['a kind', { hidden: new Set(['sentinel', 'findings'] as const) }, [role, gap]],
    ['a node, as subject or teller', { node: S[1]! }, [down, gap]],
    ['the least severity', { least: 'critical' as const }, [raised]],
    ['words that all occur, in any order and case', { text: 'nobody NO-MASTER' }, [raised]],
    ['all of them together', { node: MASTER, least: 'warning' as const, text: 'master' }, [role]],
  ])('by %s', (_what, part, left) => {
    expect(filterEvents(all, { ...NO_FILTER, ...part })).toEqual(left)
  })

  test('offers the nodes that occur, and counts each kind', () => {
    expect(nodesOf(all)).toEqual([MASTER, S[0], S[1], '10.0.0.8:6379'])
    expect([...countLanes(all)]).toEqual([
      ['sentinel', 1],
      ['roles', 1],
      ['findings', 1],
    ])
  })
})

describe('lanes', () => {
  test('every kind has one, but for what concerns our own looking on', () => {
    expect(all.map(laneOf)).toEqual(['sentinel', 'roles', 'findings', null])
    const lanes = toLanes(all, false, eventText)
    expect(lanes.map((lane) => [lane.id, lane.marks.length])).toEqual([
      ['sentinel', 1],
      ['roles', 1],
      ['links', 0],
      ['findings', 1],
      ['actions', 0],
    ])
  })

  test('that of faults is there in a lab, and where there was one', () => {
    expect(toLanes([], true, eventText).map((lane) => lane.id)).toEqual(LANES.map((lane) => lane.id))
    const fault = eventOf(1, { kind: 'fault', what: 'begun' })
    expect(toLanes([fault], false, eventText).at(-1)?.id).toBe('faults')
  })

  test('what begins and what ends differ in shape, not in colour alone', () => {
    const pairs = [
      ['+sdown', '-sdown', 'sentinel'],
      ['raised', 'cleared', 'finding'],
      ['begun', 'ended', 'fault'],
      ['online -> down', 'down -> online', 'link'],
      ['up -> unreachable', 'unreachable -> up', 'reachability'],
    ] as const
    for (const [start, end, kind] of pairs) {
      expect(markOf(eventOf(1, { kind, what: start, severity: 'warning' })).shape).toBe('up')
      expect(markOf(eventOf(1, { kind, what: end })).shape).toBe('down')
      expect(markOf(eventOf(1, { kind, what: end })).tone).toBe('ok')
    }
    expect(markOf(eventOf(1, { what: '+switch-master', severity: 'warning' }))).toEqual({
      tone: 'master',
      shape: 'diamond',
    })
  })
})

describe('words', () => {
  test('a copied line has its time in UTC with milliseconds, and who told it', () => {
    expect(eventLine(down)).toBe(
      `${down.at}  warning  Sentinel  +sdown  10.0.0.8:6379  slave x  (told by ${S.join(', ')})`,
    )
    expect(eventsText([down, role]).split('\n')).toHaveLength(3)
    expect(tellersText(down)).toBe('2 Sentinels')
    expect(formatMoment(down.at)).toMatch(/^\d\d:\d\d:\d\d\.000$/)
  })

  test('in Markdown nothing that a server sent breaks the table', () => {
    const evil = eventOf(1, { what: '+x', detail: 'a | b\nc \\| d' })
    const lines = eventsMarkdown([evil], 'or|ders').split('\n')
    expect(lines[0]).toContain('or\\|ders')
    expect(lines[4]).toContain('a \\| b c \\\\\\| d')
    expect(lines[4]?.replaceAll(/\\./g, '').split('|')).toHaveLength(9)
  })
})

describe('gaps', () => {
  const input = { events: all, since: null, first: NOW - 900_000, now: NOW, takenAt: NOW - 400, intervalMs: 1000 }

  test('are where nobody looked, before we came, and since the last news', () => {
    expect(gapsOf(input)).toEqual([{ from: NOW - 25_000, to: NOW - 5000, title: 'asleep' }])
    expect(gapsOf({ ...input, events: [], since: NOW - 60_000 })).toMatchObject([
      { from: NOW - 900_000, to: NOW - 60_000 },
    ])
    expect(gapsOf({ ...input, events: [], takenAt: NOW - 30_000 })).toMatchObject([{ from: NOW - 30_000, to: NOW }])
  })

  test('are none while a slow interval merely has not come round', () => {
    expect(gapsOf({ ...input, events: [], takenAt: NOW - 30_000, intervalMs: 20_000 })).toEqual([])
  })
})

describe('actions out of the journal', () => {
  const story = {
    id: 'a1',
    action: 'switchover',
    target: 'orders',
    group: 'orders',
    state: 'succeeded' as const,
    startedAt: ago(60),
    endedAt: ago(58),
    lastStep: null,
    pending: [],
    nodes: [MASTER],
    session: 's1',
  }
  const about = { session: 's1', group: 'orders', from: NOW - 600_000 }

  test('are those of this group and time that the host has not told already', () => {
    const told = eventOf(60, { kind: 'action', about: { kind: 'action', id: 'a2' } })
    const others = [
      { ...story, id: 'a2' },
      { ...story, id: 'a3', group: 'carts' },
      { ...story, id: 'a4', session: null },
      { ...story, id: 'a5', startedAt: ago(7200), endedAt: ago(7100) },
    ]
    expect(untoldActions([story, ...others], [told], about)).toEqual([story])
  })

  test('become the same events as those told live, also when a body was cut', () => {
    const row = (seq: number, seconds: number, kind: string, body: unknown) => ({
      seq,
      at: ago(seconds),
      kind,
      line: '',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      hash: '',
    })
    const events = toEvents({
      story,
      rows: [
        row(1, 60, 'action-started', '{"plan":{"action":"swit…'),
        row(2, 59.5, 'step-sending', { n: 1, title: 'pause', node: MASTER }),
        row(3, 59.4, 'step-answered', { n: 1, title: 'pause', state: 'done', elapsedMs: 100 }),
        row(4, 58, 'action-ended', { action: 'switchover', state: 'succeeded', elapsedMs: 2000 }),
      ],
    })
    expect(events.map((event) => [event.what, event.detail, event.at])).toEqual([
      ['started', 'switchover on orders', ago(60)],
      ['step 1 done', 'pause (100 ms)', ago(59.5)],
      ['succeeded', 'switchover (2000 ms)', ago(58)],
    ])
    expect(new Set(events.map((event) => event.id)).size).toBe(3)
  })
})

describe('events of the page', () => {
  test('one that is told again under its id takes the place of the one before', () => {
    const more = { ...down, by: [...S, '10.0.0.7:26379'] }
    expect(joinEvents([down, role], [more])).toEqual([more, role])
  })

  test('stay in order of time and bounded', () => {
    const many = manyEvents(2000)
    const joined = joinEvents(many.slice(0, 1000), many.slice(500))
    expect(joined).toHaveLength(500)
    expect(joined.map((event) => event.at)).toEqual(joined.map((event) => event.at).toSorted())
  })
})

describe('the stretch of time in view', () => {
  const axisAt = (first = NOW - 3_600_000) => {
    const now = shallowRef(NOW)
    return {
      now,
      axis: useAxis(
        () => now.value,
        () => first,
      ),
    }
  }

  test('goes with the present until somebody looks elsewhere, and then stays', async () => {
    const { now, axis } = axisAt()
    now.value += 5000
    expect(axis.shown.value).toEqual({ from: NOW + 5000 - 900_000, to: NOW + 5000 })
    axis.panBy(-60_000)
    const held = axis.shown.value
    now.value += 60_000
    await nextTick()
    expect(axis.shown.value).toEqual(held)
    axis.follow()
    expect(axis.shown.value.to).toBe(now.value)
  })

  test('follows again when it is moved to the present', () => {
    const { axis } = axisAt()
    axis.panBy(-60_000)
    expect(axis.isFollowing.value).toBe(false)
    axis.panBy(60_000)
    expect(axis.isFollowing.value).toBe(true)
  })

  test('keeps what is looked at in view when another length is chosen', () => {
    const { axis } = axisAt()
    const at = axis.shown.value.from + 700_000
    axis.reveal(at)
    axis.setRange(60_000, at)
    expect(axis.shown.value).toEqual({ from: at - 30_000, to: at + 30_000 })
  })

  test('begins with a shorter length where little is known, unless one was chosen', () => {
    const lengthOf = ({ shown }: ReturnType<typeof useAxis>) => shown.value.to - shown.value.from
    const begun = (known: number, before: (axis: ReturnType<typeof useAxis>) => void = () => undefined) => {
      const axis = useAxis(
        () => NOW,
        () => NOW - known,
      )
      before(axis)
      axis.fit()
      return lengthOf(axis)
    }
    expect([20_000, 200_000, 800_000, 9_000_000].map((known) => begun(known))).toEqual([
      300_000, 300_000, 900_000, 900_000,
    ])
    expect(begun(20_000, (axis) => axis.setRange(60_000))).toBe(60_000)
  })

  test('zooms at the present without leaving it, and elsewhere around what is looked at', () => {
    const { axis } = axisAt()
    axis.zoomBy(0.5)
    expect([axis.isFollowing.value, axis.shown.value.to - axis.shown.value.from]).toEqual([true, 450_000])
    const around = axis.shown.value.from + 100_000
    axis.zoomBy(0.5, around)
    expect(axis.isFollowing.value).toBe(false)
    expect(around - axis.shown.value.from).toBeCloseTo(50_000)
  })

  test('moves to what is chosen outside of it, and no further than it must', () => {
    const { axis } = axisAt()
    axis.reveal(NOW - 100_000)
    expect(axis.shown.value).toEqual({ from: NOW - 900_000, to: NOW })
    axis.setRange(60_000)
    axis.reveal(NOW - 1_800_000)
    expect(axis.shown.value).toEqual({ from: NOW - 1_830_000, to: NOW - 1_770_000 })
  })

  test('shows all that is known when asked to', () => {
    const { axis } = axisAt(NOW - 7_200_000)
    axis.setRange(null)
    expect(axis.shown.value).toEqual({ from: NOW - 7_200_000, to: NOW })
    axis.freeze()
    axis.setRange(null)
    expect(axis.shown.value).toEqual({ from: NOW - 7_200_000, to: NOW })
  })
})
