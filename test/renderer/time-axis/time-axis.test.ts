import { afterEach, describe, expect, it, vi } from 'vitest'
import { clusterMarks, placeSpan, type LaneMark } from '../../../src-renderer/ui/time-axis/lanes.ts'
import TimeLanes from '../../../src-renderer/ui/time-axis/TimeLanes.vue'
import {
  offsetLabel,
  pan,
  ticksOf,
  within,
  xOf,
  momentAt,
  zoom,
} from '../../../src-renderer/ui/time-axis/time-window.ts'
import { mountView, type MountedView } from '../support/views-mount.ts'

const limits = { bounds: { from: 0, to: 100_000 }, leastMs: 1000 }
const mark = (id: string, at: number, tone: LaneMark['tone'] = 'info'): LaneMark => ({
  id,
  at,
  tone,
  shape: 'dot',
  title: id,
})

describe('a window of time', () => {
  it('keeps the moment under the pointer where it is while it zooms', () => {
    const before = { from: 20_000, to: 60_000 }
    const after = zoom(before, 0.5, 30_000, limits)
    expect(after).toEqual({ from: 25_000, to: 45_000 })
    expect(xOf(30_000, after, 800)).toBe(xOf(30_000, before, 800))
  })

  it('never leaves its bounds and never gets shorter than the least', () => {
    expect(zoom({ from: 0, to: 2000 }, 0.01, 500, limits)).toEqual({ from: 250, to: 1250 })
    expect(zoom({ from: 40_000, to: 60_000 }, 100, 50_000, limits)).toEqual(limits.bounds)
    expect(pan({ from: 90_000, to: 100_000 }, 50_000, limits)).toEqual({ from: 90_000, to: 100_000 })
    expect(pan({ from: 5000, to: 9000 }, -50_000, limits)).toEqual({ from: 0, to: 4000 })
    expect(within({ from: -500_000, to: 900_000 }, limits)).toEqual(limits.bounds)
  })

  it('reads a place off as the moment that is drawn there', () => {
    const shown = { from: 1000, to: 5000 }
    expect(momentAt(xOf(3210, shown, 640), shown, 640)).toBeCloseTo(3210)
  })
})

describe('the ticks of an axis', () => {
  it('stand at round moments, never closer than there is room for', () => {
    const from = Date.parse('2026-03-01T10:00:07Z')
    const ticks = ticksOf({ from, to: from + 900_000 }, 1000)
    expect(ticks.length).toBeGreaterThan(5)
    expect(ticks.every((tick) => tick.at % 60_000 === 0)).toBe(true)
    expect(ticks[0]?.label).toMatch(/^\d\d:\d\d$/)
    const close = ticksOf({ from, to: from + 20_000 }, 1000)
    expect(close[0]?.label).toMatch(/^\d\d:\d\d:\d\d$/)
    expect((close[1]?.at ?? 0) - (close[0]?.at ?? 0)).toBe(2000)
  })

  it('count from an origin where there is one', () => {
    expect(ticksOf({ from: -1000, to: 9000 }, 400, 0).map((tick) => tick.label)).toEqual([
      '0 s',
      '+2 s',
      '+4 s',
      '+6 s',
      '+8 s',
    ])
    expect([offsetLabel(-500), offsetLabel(90_000), offsetLabel(120_000)]).toEqual(['-0.5 s', '+1 m 30 s', '+2 m'])
  })

  it('are none where there is no room or no time', () => {
    expect(ticksOf({ from: 5, to: 5 }, 100)).toEqual([])
    expect(ticksOf({ from: 0, to: 5 }, 0)).toEqual([])
  })
})

describe('marks of a lane', () => {
  it('that share a place become one, which speaks for the gravest', () => {
    const marks = [mark('a', 0), mark('b', 50, 'crit'), mark('c', 90, 'warn'), mark('d', 9000)]
    const clusters = clusterMarks(marks, { from: 0, to: 10_000 }, 1000)
    expect(clusters.map((one) => one.marks.map((each) => each.id))).toEqual([['a', 'b', 'c'], ['d']])
    expect(clusters[0]?.speaker.id).toBe('b')
  })

  it('are joined alike wherever the window lies', () => {
    const marks = Array.from({ length: 200 }, (_, i) => mark(String(i), i * 37 + (i % 7) * 11))
    const here = clusterMarks(marks, { from: 1000, to: 5000 }, 800)
    const there = clusterMarks(marks, { from: 1800, to: 5800 }, 800)
    const ids = (clusters: typeof here) => clusters.map((one) => one.id)
    const both = ids(here).filter((id) => ids(there).includes(id))
    expect(both.length).toBeGreaterThan(30)
    const sizeOf = (clusters: typeof here, id: string) => clusters.find((one) => one.id === id)?.marks.length
    for (const id of both) expect(sizeOf(there, id)).toBe(sizeOf(here, id))
  })

  it('cut a span at the ends of the window and keep a short one visible', () => {
    expect(placeSpan({ from: -500, to: 500 }, { from: 0, to: 1000 }, 100)).toEqual({ x: 0, width: 50 })
    expect(placeSpan({ from: 500, to: 500 }, { from: 0, to: 1000 }, 100)).toEqual({ x: 50, width: 1 })
    expect(placeSpan({ from: 2000, to: 3000 }, { from: 0, to: 1000 }, 100)).toBeUndefined()
  })
})

describe('the picture', () => {
  let view: MountedView | undefined
  afterEach(() => view?.end())

  it('draws lanes, bands and gaps, and tells all marks of the place that is clicked', () => {
    const onPick = vi.fn()
    view = mountView(TimeLanes, {
      from: 0,
      to: 10_000,
      origin: 0,
      onPick,
      gaps: [{ from: 6000, to: 7000, title: 'not watched' }],
      chosen: new Set(['d']),
      lanes: [
        { id: 'one', label: 'Sentinel', marks: [mark('a', 100), mark('b', 110, 'crit'), mark('d', 5000)] },
        { id: 'two', label: 'Writes', marks: [], spans: [{ from: 0, to: 4000, tone: 'ok', title: 'accepted' }] },
      ],
    })
    expect(view.all('.label').map((one) => one.textContent)).toEqual(['Sentinel', 'Writes'])
    expect(view.all('.mark')).toHaveLength(2)
    expect(view.one('.count').textContent).toBe('2')
    expect(view.one('.chosen title').textContent).toBe('d')
    expect([...view.one('.span').classList]).toContain('lane-tone-ok')
    expect(view.one('.gap title').textContent).toBe('not watched')
    view.one('.mark').dispatchEvent(new MouseEvent('click', { bubbles: true }))
    expect(onPick.mock.calls).toEqual([[['a', 'b']]])
  })
})
