import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverage, outageTolerance } from '../../../src-main/domain/lag/coverage.ts'

const facts = {
  sizeBytes: 1000,
  firstByteOffset: 9001,
  upstreamOffset: 10_000,
  replicaOffset: 9900,
  bytesPerSecond: 10,
}

describe('coverage', () => {
  it('is the margin to the oldest byte kept, and the time until the backlog moves past the replica', () => {
    expect(coverage(facts)).toEqual({ bytes: 900, seconds: 90, isUnbounded: false })
  })

  it('counts a backlog that still fills by its size, not by what it holds', () => {
    expect(coverage({ ...facts, firstByteOffset: 9801 })).toEqual({ bytes: 100, seconds: 90, isUnbounded: false })
  })

  it('is 0 seconds for a replica that could not resume now', () => {
    expect(coverage({ ...facts, replicaOffset: 8999 })).toEqual({ bytes: -1, seconds: 0, isUnbounded: false })
    expect(coverage({ ...facts, replicaOffset: 10_001 })).toMatchObject({ seconds: 0, isUnbounded: false })
  })

  it('still resumes at the very edge', () => {
    expect(coverage({ ...facts, replicaOffset: 9000 })).toEqual({ bytes: 0, seconds: 0, isUnbounded: false })
    expect(coverage({ ...facts, replicaOffset: 10_000 })).toMatchObject({ bytes: 1000, seconds: 100 })
  })

  it('is unbounded only when nothing at all is written', () => {
    expect(coverage({ ...facts, bytesPerSecond: 0 })).toEqual({ bytes: 900, seconds: undefined, isUnbounded: true })
    expect(coverage({ ...facts, bytesPerSecond: 1e-9 })?.isUnbounded).toBe(false)
    expect(coverage({ ...facts, bytesPerSecond: 0, replicaOffset: 1 })?.isUnbounded).toBe(false)
  })

  it('keeps the margin when the rate or the size is unknown, and is nothing without offsets', () => {
    expect(coverage({ ...facts, bytesPerSecond: undefined })).toEqual({
      bytes: 900,
      seconds: undefined,
      isUnbounded: false,
    })
    expect(coverage({ ...facts, sizeBytes: undefined })).toEqual({ bytes: 900, seconds: undefined, isUnbounded: false })
    expect(coverage({ ...facts, replicaOffset: undefined })).toBeUndefined()
    expect(coverage({ ...facts, upstreamOffset: undefined })).toBeUndefined()
    expect(coverage({ ...facts, firstByteOffset: undefined })).toBeUndefined()
  })

  it('does not trust history that a slow replica pins beyond the size', () => {
    expect(coverage({ ...facts, firstByteOffset: 1, replicaOffset: 5000 })).toEqual({
      bytes: 5000,
      seconds: 0,
      isUnbounded: false,
    })
  })

  it('never gives negative seconds, and fewer seconds to a replica further behind', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), (a, b) => {
        const seconds = (behind: number) => coverage({ ...facts, replicaOffset: 10_000 - behind })?.seconds ?? -1
        expect(seconds(a)).toBeGreaterThanOrEqual(0)
        if (a <= b) expect(seconds(a)).toBeGreaterThanOrEqual(seconds(b))
      }),
    )
  })
})

describe('the tolerance for an outage of the master', () => {
  it('is the size over the rate', () => {
    expect(outageTolerance(1000, 10)).toEqual({ seconds: 100, isUnbounded: false })
    expect(outageTolerance(1000, 0)).toEqual({ seconds: undefined, isUnbounded: true })
    expect(outageTolerance(1000, undefined)).toEqual({ seconds: undefined, isUnbounded: false })
    expect(outageTolerance(undefined, 10)).toEqual({ seconds: undefined, isUnbounded: false })
  })
})
