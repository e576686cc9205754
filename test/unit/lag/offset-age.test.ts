import { describe, expect, it } from 'vitest'
import { addOffset, AGE_POINTS, NO_OFFSETS, offsetAge } from '../../../src-main/domain/lag/offset-age.ts'

type Seen = readonly [at: number, offset: number]

function ring(points: readonly Seen[], runId = 'run', replid = 'id') {
  return points.reduce((state, [at, offset]) => addOffset(state, { at, offset, runId, replid }), NO_OFFSETS)
}

describe('the age of an offset', () => {
  it('is 0 when the replica is level or ahead', () => {
    const seen = ring([
      [0, 100],
      [1000, 200],
    ])
    expect(offsetAge(seen, 200, 1000)?.seconds).toBe(0)
    expect(offsetAge(seen, 250, 1000)?.seconds).toBe(0)
  })

  it('counts from the moment at which the master passed it', () => {
    const seen = ring([
      [0, 100],
      [1000, 200],
      [5000, 200],
      [6000, 300],
    ])
    expect(offsetAge(seen, 150, 6000)).toEqual({ seconds: 5.5, lowSeconds: 5, highSeconds: 6 })
  })

  it('does not count the time in which nothing was written', () => {
    const seen = ring([
      [0, 100],
      [3_600_000, 100],
      [3_601_000, 300],
    ])
    expect(offsetAge(seen, 100, 3_601_000)).toEqual({ seconds: 1, lowSeconds: 0, highSeconds: 1 })
  })

  it('is not negative for a replica sample older than the newest master sample', () => {
    const seen = ring([
      [0, 100],
      [1000, 200],
      [2000, 300],
    ])
    expect(offsetAge(seen, 250, 900)?.seconds).toBe(0)
  })

  it('is unknown with an empty ring and for an offset before the oldest point', () => {
    expect(offsetAge(NO_OFFSETS, 5, 0)).toBeUndefined()
    expect(
      offsetAge(
        ring([
          [0, 100],
          [1000, 200],
        ]),
        99,
        1000,
      ),
    ).toBeUndefined()
  })

  it('starts anew on another run id, another replid or an offset that fell', () => {
    const seen = ring([
      [0, 100],
      [1000, 200],
    ])
    const next = { at: 2000, offset: 300, runId: 'run', replid: 'id' }
    expect(addOffset(seen, next).points).toHaveLength(3)
    expect(addOffset(seen, { ...next, runId: 'other' }).points).toHaveLength(1)
    expect(addOffset(seen, { ...next, replid: 'other' }).points).toHaveLength(1)
    expect(addOffset(seen, { ...next, offset: 150 }).points).toHaveLength(1)
    expect(addOffset(seen, { ...next, at: 1000 })).toBe(seen)
  })

  it('stays bounded over a day of seconds, keeps its reach and stays within a tenth', () => {
    let seen = NO_OFFSETS
    const last = 86_400
    for (let s = 0; s <= last; s++) seen = addOffset(seen, { at: s * 1000, offset: s * 10, runId: 'run', replid: 'id' })
    expect(seen.points.length).toBeLessThanOrEqual(AGE_POINTS)
    for (const ago of [1, 10, 100, 1000, 10_000, 80_000]) {
      const age = offsetAge(seen, (last - ago) * 10, last * 1000)
      expect(age).toBeDefined()
      if (age === undefined) continue
      expect(Math.abs(age.seconds - ago)).toBeLessThanOrEqual(ago / 10)
      expect(age.lowSeconds).toBeLessThanOrEqual(ago)
      expect(age.highSeconds).toBeGreaterThanOrEqual(ago)
    }
  })
})
