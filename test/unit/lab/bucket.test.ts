import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bucket } from '../../../src-main/lab/relay/bucket.ts'

describe('a line of limited width', () => {
  it('lets one byte after another pass at its rate', () => {
    const line = new Bucket(1000)
    const start = 10_000
    const first = line.book(100, start)
    expect(line.book(100, start) - first).toBeCloseTo(100)
    expect(line.book(50, start) - first).toBeCloseTo(150)
  })

  it('lets no more than a tenth of a second be caught up on after a silence', () => {
    const line = new Bucket(1000)
    line.book(1, 0)
    expect(line.book(100, 60_000)).toBeCloseTo(60_000)
    expect(line.book(100, 60_000)).toBeCloseTo(60_100)
  })

  it('never passes more than its rate allows, whoever sends how much and when', () => {
    const senders = fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 0, max: 400 })), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 1_000_000 }), senders, (bytesPerSecond, booked) => {
        const line = new Bucket(bytesPerSecond)
        const start = 1000
        let now = start
        let sum = 0
        for (const [bytes, pause] of booked) {
          now += pause
          sum += bytes
          const until = line.book(bytes, now)
          expect(sum).toBeLessThanOrEqual(((until - start + 100) * bytesPerSecond) / 1000 + 1e-3)
        }
      }),
    )
  })

  it('is booked in slices that fit its rate', () => {
    expect(new Bucket(100).sliceBytes).toBe(5)
    expect(new Bucket(10).sliceBytes).toBe(1)
    expect(new Bucket(1e9).sliceBytes).toBe(16_384)
  })
})
