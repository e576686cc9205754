import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ackLag,
  byteLag,
  comparable,
  toMasterSample,
  toReplicaSample,
  type MasterSample,
  type ReplicaSample,
} from '../../../src-main/domain/lag/byte-lag.ts'
import { infoReply, REPLID_A, REPLID_B } from '../../support/facts.ts'

function master(sentAt: number, offset: number | undefined, partial: Partial<MasterSample> = {}): MasterSample {
  return {
    sentAt,
    receivedAt: sentAt + 2,
    offset,
    replid: REPLID_A,
    replid2: undefined,
    secondOffset: undefined,
    runId: 'run',
    backlogActive: true,
    isOffsetTooLarge: false,
    ...partial,
  }
}

function replica(
  sentAt: number,
  appliedOffset: number | undefined,
  partial: Partial<ReplicaSample> = {},
): ReplicaSample {
  return {
    sentAt,
    receivedAt: sentAt + 2,
    appliedOffset,
    readOffset: appliedOffset,
    ownOffset: appliedOffset,
    replid: REPLID_A,
    replid2: undefined,
    secondOffset: undefined,
    syncInProgress: false,
    loading: false,
    isOffsetTooLarge: false,
    ...partial,
  }
}

describe('the sandwich', () => {
  it('bounds the lag by the master sample that ended before and the one that began after', () => {
    const lag = byteLag([master(0, 900), master(10, 1000), master(30, 1200), master(40, 1300)], replica(20, 950))
    expect(lag).toEqual({ range: { low: 50, high: 250 }, reason: undefined, inFlightBytes: 250, unappliedBytes: 0 })
  })

  it('ignores master samples that overlap the replica sample', () => {
    const lag = byteLag([master(10, 1000), master(19, 1100), master(21, 1150), master(30, 1200)], replica(20, 950))
    expect(lag.range).toEqual({ low: 50, high: 250 })
  })

  it('takes a master sample that ended exactly when the replica was asked, and one asked exactly at its answer', () => {
    expect(byteLag([master(18, 1000), master(22, 1100)], replica(20, 950)).range).toEqual({ low: 50, high: 150 })
  })

  it('starts at 0 when no master sample came before', () => {
    expect(byteLag([master(30, 1200)], replica(20, 950)).range).toEqual({ low: 0, high: 250 })
  })

  it('has no interval until a master sample comes after', () => {
    expect(byteLag([master(10, 1200)], replica(20, 950))).toMatchObject({ range: undefined, reason: 'not-sampled' })
    expect(byteLag([], replica(20, 950)).reason).toBe('not-sampled')
  })

  it('does not clamp the high bound: negative means that the replica is ahead', () => {
    expect(byteLag([master(10, 900), master(30, 940)], replica(20, 950)).range).toEqual({ low: 0, high: -10 })
  })

  it('says stale when the master restarted, changed its id or fell between the two samples', () => {
    const old = { replid: REPLID_B, replid2: REPLID_A, secondOffset: 2000 }
    expect(byteLag([master(10, 1000), master(30, 1000, { runId: 'other' })], replica(20, 950)).reason).toBe('stale')
    expect(byteLag([master(10, 1000), master(30, 1000, old)], replica(20, 950)).reason).toBe('stale')
    expect(byteLag([master(10, 1000), master(30, 999)], replica(20, 950)).reason).toBe('stale')
  })

  it('says different history when the master came back with an id that shares nothing', () => {
    const reborn = master(30, 10, { runId: 'other', replid: REPLID_B })
    expect(byteLag([master(10, 1000), reborn], replica(20, 950))).toMatchObject({
      range: undefined,
      reason: 'different-history',
    })
  })

  it.each<[Partial<ReplicaSample>, string]>([
    [{ loading: true }, 'loading'],
    [{ syncInProgress: true }, 'syncing'],
    [{ appliedOffset: 1, ownOffset: 0 }, 'no-history'],
    [{ isOffsetTooLarge: true }, 'offset-too-large'],
    [{ appliedOffset: undefined }, 'not-sampled'],
    [{ replid: undefined }, 'different-history'],
  ])('gives a reason instead of a number for a replica with %o', (partial, reason) => {
    expect(byteLag([master(10, 1000), master(30, 1000)], replica(20, 950, partial))).toMatchObject({
      range: undefined,
      reason,
    })
  })

  it('gives a reason instead of a number when the master has no backlog or an unreadable offset', () => {
    expect(byteLag([master(30, 1000, { backlogActive: false })], replica(20, 950)).reason).toBe('no-backlog')
    expect(byteLag([master(30, undefined, { isOffsetTooLarge: true })], replica(20, 950)).reason).toBe(
      'offset-too-large',
    )
    expect(byteLag([master(30, undefined)], replica(20, 950)).reason).toBe('not-sampled')
  })

  it('refuses a replica sample older than the limit', () => {
    const masters = [master(10, 1000), master(30, 1000)]
    expect(byteLag(masters, replica(20, 950), { now: 122, maxAgeMs: 100 }).range).toBeDefined()
    expect(byteLag(masters, replica(20, 950), { now: 123, maxAgeMs: 100 }).reason).toBe('stale')
  })

  it('tells bytes in flight from bytes received and not applied', () => {
    const lag = byteLag([master(10, 1000), master(30, 1000)], replica(20, 600, { readOffset: 900 }))
    expect(lag).toMatchObject({ inFlightBytes: 100, unappliedBytes: 300 })
    const old = byteLag([master(10, 1000), master(30, 1000)], replica(20, 600, { readOffset: undefined }))
    expect(old).toMatchObject({ inFlightBytes: undefined, unappliedBytes: undefined })
  })

  it('holds the true lag between its bounds, low never above high, whatever the writer does', () => {
    const step = fc.record({ dt: fc.integer({ min: 1, max: 20 }), written: fc.nat(1000), applied: fc.nat(1000) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 6, maxLength: 40 }), fc.nat(), (steps, pick) => {
        let [at, M, R] = [0, 5000, 5000]
        const moments = steps.map(({ dt, written, applied }) => {
          at += dt
          M += written
          R = Math.min(M, R + applied)
          return { at, M, R }
        })
        const chosen = 1 + (pick % (moments.length - 2))
        const asked = moments[chosen]
        if (asked === undefined) return
        const masters = moments
          .filter((_, index) => index !== chosen)
          .map((m) => master(m.at, m.M, { receivedAt: m.at }))
        const { range } = byteLag(masters, replica(asked.at, asked.R, { receivedAt: asked.at }))
        expect(range).toBeDefined()
        if (range === undefined) return
        expect(range.low).toBeLessThanOrEqual(asked.M - asked.R)
        expect(range.high).toBeGreaterThanOrEqual(asked.M - asked.R)
        expect(range.low).toBeLessThanOrEqual(range.high)
      }),
    )
  })
})

describe('comparable histories', () => {
  const on = (replid: string | undefined, offset: number, replid2?: string, secondOffset?: number) => ({
    replid,
    replid2,
    secondOffset,
    offset,
  })

  it('are those with one id, in any case of its letters', () => {
    expect(comparable(on('AB', 5), on('ab', 9))).toBe(true)
    expect(comparable(on('ab', 5), on('ac', 5))).toBe(false)
    expect(comparable(on(undefined, 5), on(undefined, 5))).toBe(false)
  })

  it('reach back through the previous id, up to the byte before the switch', () => {
    const promoted = on('new', 500, 'old', 301)
    expect(comparable(on('old', 300), promoted)).toBe(true)
    expect(comparable(promoted, on('old', 300))).toBe(true)
    expect(comparable(on('old', 301), promoted)).toBe(false)
    expect(comparable(on('old', 1), on('new', 500, 'old', undefined))).toBe(false)
  })

  it('do not follow a previous id on both sides', () => {
    expect(comparable(on('x', 1, 'old', 100), on('y', 1, 'old', 100))).toBe(false)
  })
})

describe('the acknowledgement as a fallback', () => {
  it('bounds the lag from above and starts at 0', () => {
    expect(ackLag(1000, { state: 'online', ackOffset: 900 })).toEqual({ low: 0, high: 100 })
    expect(ackLag(1000, { state: 'online', ackOffset: 1000 })).toEqual({ low: 0, high: 0 })
  })

  it('is unknown before the first acknowledgement, in any other state, and when it does not fit', () => {
    expect(ackLag(1000, { state: 'online', ackOffset: 0 })).toBeUndefined()
    expect(ackLag(1000, { state: 'wait_bgsave', ackOffset: 900 })).toBeUndefined()
    expect(ackLag(1000, { state: 'online', ackOffset: undefined })).toBeUndefined()
    expect(ackLag(undefined, { state: 'online', ackOffset: 900 })).toBeUndefined()
    expect(ackLag(1000, { state: 'online', ackOffset: 1001 })).toBeUndefined()
  })
})

describe('samples from INFO', () => {
  it('carry the offsets that count on each side', () => {
    const info = infoReply({
      server: { runId: 'run' },
      persistence: { loading: false, asyncLoading: true },
      replication: { replid: REPLID_A, offset: 10, appliedOffset: 8, readOffset: 9, backlogActive: true },
    })
    const asked = { sentAt: 1, receivedAt: 2 }
    expect(toMasterSample(info, asked)).toMatchObject({ ...asked, offset: 10, runId: 'run', backlogActive: true })
    expect(toReplicaSample(info, asked)).toMatchObject({
      appliedOffset: 8,
      readOffset: 9,
      ownOffset: 10,
      loading: true,
    })
  })

  it('remember an offset that cannot be held', () => {
    const info = infoReply({
      unreadable: [
        { field: 'master_repl_offset', raw: '9999999999999999999', problem: 'beyond-2^53' },
        { field: 'slave_repl_offset', raw: '9999999999999999999', problem: 'beyond-2^53' },
      ],
    })
    expect(toMasterSample(info, { sentAt: 1, receivedAt: 2 }).isOffsetTooLarge).toBe(true)
    expect(toReplicaSample(info, { sentAt: 1, receivedAt: 2 }).isOffsetTooLarge).toBe(true)
  })
})
