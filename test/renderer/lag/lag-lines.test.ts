import { expect, test } from 'vitest'
import {
  lagLine,
  marginLine,
  replicaIds,
  summariseLine,
  toMarks,
} from '../../../src-renderer/features/lag/lag-lines.ts'
import { createSeriesRing } from '../../../src-renderer/stores/series-ring.ts'
import { eventsOf, NOW, troubledSlice } from '../support/views-samples.ts'

function series(points: readonly { low: number | null; high: number | null; margin?: number | null }[]) {
  const ring = createSeriesRing(64, 12_500)
  points.forEach(({ low, high, margin }, i) =>
    ring.push({
      at: NOW + i * 1000,
      writeBytesPerSecond: null,
      byteLagLow: low,
      byteLagHigh: high,
      marginBytes: margin ?? null,
    }),
  )
  return ring.columns()
}

test('a replica ahead of its master stands at zero, an unknown lag is a gap', () => {
  const line = lagLine(
    series([
      { low: 0, high: -4 },
      { low: null, high: null },
      { low: 2, high: 6 },
    ]),
  )
  expect([...line.high]).toEqual([0, Number.NaN, 6])
  expect([...line.low]).toEqual([0, Number.NaN, 2])
})

test('a node never sampled has an empty line', () => {
  expect(lagLine(undefined).length).toBe(0)
})

test('a margin never falls below zero', () => {
  expect([...marginLine(series([{ low: 0, high: 0, margin: -900 }])).high]).toEqual([0])
})

test('the words beside the chart say now, the highest with its moment, and how much is known', () => {
  const line = lagLine(
    series([
      { low: 1, high: 5 },
      { low: 1, high: 9 },
      { low: null, high: null },
      { low: 1, high: 3 },
    ]),
  )
  expect(summariseLine('a', line, NOW, NOW + 5000)).toEqual({
    id: 'a',
    now: 3,
    highest: 9,
    highestAt: NOW + 1000,
    known: 0.75,
  })
  expect(summariseLine('a', line, NOW + 10_000, NOW + 20_000)).toMatchObject({ now: null, highest: null, known: 0 })
})

test('marks come from this group alone and say what and who', () => {
  const marks = toMarks([...eventsOf(), { ...eventsOf()[3]!, group: 'other' }], 'orders', (id) => id.slice(6, 8))
  expect(marks.map((mark) => [mark.label, mark.tone])).toEqual([
    ['+slave .9', 'sentinel'],
    ['replica -> master .5', 'master'],
    ['+switch-master .5', 'master'],
    ['+sdown .8', 'crit'],
  ])
})

test('lines come in natural order', () => {
  expect(replicaIds(troubledSlice()).at(-1)).toBe('10.0.0.10:6379')
})
