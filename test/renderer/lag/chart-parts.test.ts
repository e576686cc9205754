import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bandedLines, bandRuns } from '../../../src-renderer/ui/chart/chart-draw.ts'
import { markLabel, placeMarks, type ChartMark } from '../../../src-renderer/ui/chart/chart-marks.ts'
import { assignStyles, styleOf } from '../../../src-renderer/ui/chart/line-style.ts'
import { logSplits } from '../../../src-renderer/ui/chart/log-axis.ts'
import {
  alignLines,
  indexAt,
  presentIndex,
  valueAt,
  type LineColumns,
} from '../../../src-renderer/ui/chart/series-align.ts'

const line = (...points: readonly (readonly [number, number])[]): LineColumns => {
  const high = Float64Array.from(points, ([, value]) => value)
  return { length: points.length, at: Float64Array.from(points, ([at]) => at), low: high, high }
}

describe('lines on one time axis', () => {
  test('a line without a sample at a moment is undefined there, a gap is null', () => {
    const aligned = alignLines([line([1000, 1], [2000, Number.NaN], [3000, 3]), line([1500, 7], [3000, 8])], 0, 9000)
    expect(aligned.times).toEqual([1, 1.5, 2, 3])
    expect(aligned.high).toEqual([
      [1, undefined, null, 3],
      [undefined, 7, undefined, 8],
    ])
  })

  test('samples outside the window are left out', () => {
    expect(alignLines([line([1000, 1], [2000, 2], [3000, 3])], 1500, 2500)).toMatchObject({ times: [2], high: [[2]] })
  })

  test('no lines make an empty axis', () => {
    expect(alignLines([], 0, 1)).toEqual({ times: [], low: [], high: [] })
  })

  const anyLine = fc
    .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 30 })
    .map((moments) =>
      line(...moments.toSorted((a, b) => a - b).map((at) => [at, at % 7 === 0 ? Number.NaN : at] as const)),
    )

  test('times rise strictly and every sample is found again', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 5 }), (lines) => {
        const aligned = alignLines(lines, 0, 60)
        for (let i = 1; i < aligned.times.length; i++) expect(aligned.times[i]!).toBeGreaterThan(aligned.times[i - 1]!)
        lines.forEach((one, n) => {
          const found = aligned.high[n]!.filter((value) => value !== undefined)
          expect(found).toEqual([...one.high].map((value) => (Number.isNaN(value) ? null : value)))
        })
      }),
    )
  })

  test('thinned to a number of moments, it keeps the highest, the lowest and every gap', () => {
    const at = Float64Array.of(0, 1000, 2000, 3000, 4000, 5000)
    const one = {
      length: 6,
      at,
      low: Float64Array.of(1, 2, 3, Number.NaN, 5, 4),
      high: Float64Array.of(9, 8, 7, Number.NaN, 5, 6),
    }
    const other = line([1500, 3])
    expect(alignLines([one, other], 0, 6000, 3)).toEqual({
      times: [1.5, 3, 5],
      low: [
        [1, null, 4],
        [3, undefined, undefined],
      ],
      high: [
        [9, null, 6],
        [3, undefined, undefined],
      ],
    })
    expect(alignLines([one], 0, 6000, 6).times).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('a peak stays where it is while the window moves on', () => {
    const all = line(...Array.from({ length: 400 }, (_, i) => [i * 1000, i === 203 ? 9000 : i % 5] as const))
    const peakAt = (from: number): number | undefined => {
      const { times, high } = alignLines([all], from, from + 300_000, 50)
      return times[high[0]!.findIndex((value) => value === 9000)]
    }
    expect(new Set(Array.from({ length: 60 }, (_, i) => peakAt(i * 1000)))).toEqual(new Set([203]))
  })

  test('a moment has the newest sample at or before it, none before the first', () => {
    expect([0.5, 1, 2.5, 99].map((moment) => indexAt([1, 2, 3], moment))).toEqual([-1, 0, 1, 2])
    expect(indexAt([], 1)).toBe(-1)
  })

  test('the newest sample stands for the present, until it is too old for that', () => {
    expect([3_000, 15_000, 16_000].map((now) => presentIndex([1, 2, 3], now))).toEqual([2, 2, -1])
    expect(presentIndex([1, 31, 61], 150_000), 'sampled every 30 s').toBe(2)
    expect(presentIndex([], 1000)).toBe(-1)
  })

  test('the value under the cursor is the newest at or before it, and nothing inside a gap', () => {
    const values = [undefined, 4, undefined, null, undefined]
    expect([0, 1, 2, 3, 4, 99].map((index) => valueAt(values, index))).toEqual([null, 4, 4, null, null, null])
  })
})

describe('bands', () => {
  test('a gap ends a stretch, a missing sample does not', () => {
    const low = [1, undefined, 1, null, 1, 1]
    const high = [2, undefined, 3, null, 4, 5]
    expect(bandRuns(low, high).map((run) => run.map((point) => point.index))).toEqual([
      [0, 2],
      [4, 5],
    ])
  })

  test('bounds that never part need no band', () => {
    expect(bandRuns([1, 2], [1, 2])).toEqual([])
  })

  test('of many lines the loud one and the highest keep theirs', () => {
    const lines = [0, 1, 2, 3].map((i) => ({ isShown: i !== 3, isLoud: i === 0 }))
    expect(bandedLines(lines, [[1], [9], [5], [99]], 2)).toEqual(new Set([0, 1]))
  })
})

describe('line styles', () => {
  test('a line keeps its style when others come and go', () => {
    const first = assignStyles(new Map(), ['a', 'b', 'c'])
    const second = assignStyles(first, ['b', 'c', 'd'])
    expect(second.get('b')).toBe(first.get('b'))
    expect(second.get('d')).toBe(first.get('a'))
  })

  test('24 lines differ in colour or pattern, and neighbours in both', () => {
    const styles = Array.from({ length: 24 }, (_, i) => styleOf(i))
    expect(new Set(styles.map((style) => `${style.colour} ${style.dash.join()}`)).size).toBe(24)
    for (let i = 1; i < 6; i++) expect(styles[i]).not.toMatchObject({ dash: styles[i - 1]!.dash })
  })
})

describe('event marks', () => {
  const mark = (at: number, label: string, tone: ChartMark['tone'] = 'sentinel'): ChartMark => ({ at, label, tone })
  const place = (marks: readonly ChartMark[], width = 300) =>
    placeMarks(
      marks,
      (at) => at,
      width,
      (text) => text.length * 7,
    )

  test('marks on one pixel merge, and the graver one speaks', () => {
    const [placed] = place([mark(100, '+slave'), mark(101, '+sdown', 'crit')])
    expect(placed).toMatchObject({ x: 100, total: 2, tone: 'crit' })
    expect(markLabel(placed!)).toBe('+sdown +1')
  })

  test('no label leaves the chart or touches another', () => {
    const marks = fc.array(fc.record({ at: fc.integer({ min: -20, max: 330 }), label: fc.string({ maxLength: 14 }) }), {
      maxLength: 25,
    })
    fc.assert(
      fc.property(marks, (input) => {
        const spans = place(input.map(({ at, label }) => mark(at, label)))
          .filter((one) => one.labelX !== undefined)
          .map((one) => [one.labelX!, one.labelX! + markLabel(one).length * 7] as const)
          .toSorted((a, b) => a[0] - b[0])
        for (const [from] of spans) expect(from).toBeGreaterThanOrEqual(0)
        for (let i = 1; i < spans.length; i++) expect(spans[i]![0]).toBeGreaterThanOrEqual(spans[i - 1]![1])
      }),
    )
  })
})

describe('the logarithmic axis', () => {
  test('starts at zero and steps through units of bytes', () => {
    expect(logSplits(1024 * 1024, 9)).toEqual([0, 32, 1024, 32_768, 1_048_576])
  })

  test('thins out to what there is room for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 2, max: 12 }), (max, most) => {
        const splits = logSplits(max, most)
        expect(splits[0]).toBe(0)
        expect(splits.every((value) => value <= max)).toBe(true)
        expect(splits.length).toBeLessThanOrEqual(most)
        expect(splits.toSorted((a, b) => a - b)).toEqual(splits)
      }),
    )
  })
})
