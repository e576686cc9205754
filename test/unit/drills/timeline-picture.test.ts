import { describe, expect, it } from 'vitest'
import {
  clockWords,
  drillPicture,
  momentWords,
  timelineText,
  DRILL_LANES,
} from '../../../src-main/domain/drills/timeline-picture.ts'
import { DRILL_NODES, DRILL_PROBE, DRILL_TIMELINE } from '../../support/drill-reports.ts'

const given = { timeline: DRILL_TIMELINE, probe: DRILL_PROBE, endMs: 14_800 }

describe('the picture of a drill', () => {
  const picture = drillPicture(given, { width: 740 })

  it('puts every moment into its lane, none twice, at its place on one axis', () => {
    expect(picture.lanes.map((one) => one.lane)).toEqual(DRILL_LANES)
    const indices = picture.lanes.flatMap((one) => one.marks.flatMap((mark) => mark.moments.map((of) => of.index)))
    expect(indices.toSorted((a, b) => a - b)).toEqual(DRILL_TIMELINE.map((_, index) => index))
    const killed = picture.lanes.find((one) => one.lane === 'fault')?.marks.find((mark) => mark.x > 200)
    expect(killed?.x).toBeCloseTo((5050 / 14_800) * 740, 5)
  })

  it('gathers what cannot be told apart, and draws it apart where there is room', () => {
    const sentinel = (width: number) =>
      drillPicture(given, { width }).lanes.find((one) => one.lane === 'sentinel')?.marks.length
    expect(sentinel(740)).toBeLessThan(sentinel(20_000) ?? 0)
    expect(sentinel(200_000)).toBe(8)
  })

  it('joins spans of one state and keeps the sum of their writes', () => {
    expect(picture.bars.map((bar) => [bar.state, bar.writes])).toEqual([
      ['accepted', 580],
      ['lost', 41],
      ['silent', 3],
      ['refused', 610],
      ['accepted', 540],
    ])
    for (const bar of picture.bars) expect(bar.width).toBeGreaterThan(1)
  })

  it('reaches to the last thing known, and has an axis before anything happened', () => {
    expect(drillPicture({ timeline: [], probe: [], endMs: 0 }, { width: 100 })).toMatchObject({
      endMs: 1000,
      ticks: [
        { ms: 0, x: 0 },
        { ms: 1000, x: 100 },
      ],
    })
    expect(drillPicture({ ...given, endMs: 3000 }, { width: 740 }).endMs).toBe(14_200)
    const { ticks } = picture
    expect(ticks.length).toBeGreaterThan(3)
    expect(ticks.length).toBeLessThan(10)
    expect(ticks.every((tick) => tick.x <= 740)).toBe(true)
  })

  it('says moments in words and as text to copy', () => {
    expect([0, 1500, 125_000].map(clockWords)).toEqual(['0 s', '1.5 s', '2 min 5 s'])
    const lines = timelineText(DRILL_TIMELINE).split('\n')
    expect(lines).toHaveLength(DRILL_TIMELINE.length)
    expect(lines).toContain(`+5.1 s  fault  ${DRILL_NODES.master}: killed, SIGKILL`)
    expect(momentWords(DRILL_TIMELINE[2]!)).toBe(`link of ${DRILL_NODES.one} limited, 20 KB/s`)
  })
})
