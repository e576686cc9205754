import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toTime } from '../../src-main/contract/plain.ts'

describe('a moment as JSON', () => {
  it('is what a date makes of it, told once or often', () => {
    fc.assert(
      fc.property(fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }), (epochMs) => {
        expect([toTime(epochMs), toTime(epochMs)]).toEqual(Array(2).fill(new Date(epochMs).toISOString()))
      }),
    )
  })

  it('stays so over more moments than are remembered', () => {
    const moments = Array.from({ length: 5000 }, (_, i) => 1_750_000_000_000 + i * 7)
    const texts = moments.map((epochMs) => new Date(epochMs).toISOString())
    expect(moments.map(toTime)).toEqual(texts)
    expect(moments.map(toTime)).toEqual(texts)
  })

  it.each([undefined, Number.NaN, Infinity, -Infinity, 8.64e15 + 1])('is null for %s', (epochMs) => {
    expect(toTime(epochMs)).toBeNull()
  })
})
