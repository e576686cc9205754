import { describe, expect, test } from 'vitest'
import { Band } from '../../../src-main/lab/probe/band.ts'
import { ACKNOWLEDGED, Ledger, PENDING, refusal, refusalOf, UNKNOWN } from '../../../src-main/lab/probe/ledger.ts'
import { longestGap, sinceMark } from '../../../src-main/lab/probe/since.ts'
import { numberedWrites } from '../../../src-main/lab/probe/wire.ts'

describe('the ledger of a write probe', () => {
  test('keeps a number as it first ended, whatever is said of it later', () => {
    const ledger = new Ledger(10)
    const first = ledger.send(3, 1, 0)
    expect(first).toBe(0)
    expect(ledger.settle(0, ACKNOWLEDGED, 2)).toBe(true)
    expect(ledger.settle(0, UNKNOWN, 3)).toBe(false)
    expect(ledger.settle(0, ACKNOWLEDGED, 3)).toBe(false)
    expect(ledger.settle(7, ACKNOWLEDGED, 3)).toBe(false)
    expect(ledger.settle(1, refusal('NOREPLICAS'), 3)).toBe(true)
    expect([ACKNOWLEDGED, UNKNOWN, PENDING, refusal('NOREPLICAS')].map((outcome) => ledger.total(outcome))).toEqual([
      1, 0, 1, 1,
    ])
    expect(ledger.refusals()).toEqual({ NOREPLICAS: 1 })
    expect(ledger.settledMs(0)).toBe(2)
  })

  test('adds up after growing far beyond its first size', () => {
    const ledger = new Ledger(1_000_000)
    for (let i = 0; i < 300; i++) ledger.send(1000, i * 5, i % 3)
    for (let number = 0; number < 300_000; number++)
      ledger.settle(number, number % 3 === 0 ? UNKNOWN : ACKNOWLEDGED, 2000.25)
    expect(ledger.size).toBe(300_000)
    expect(ledger.total(ACKNOWLEDGED) + ledger.total(UNKNOWN)).toBe(300_000)
    expect(ledger.total(PENDING)).toBe(0)
    expect(ledger.sentMs(299_999)).toBe(299 * 5)
    expect(ledger.settledMs(299_999)).toBe(2000.25)
    expect(ledger.server(1500)).toBe(1)
  })

  test('remembers what WAIT said of acknowledged writes alone', () => {
    const ledger = new Ledger(10)
    ledger.send(3, 0, 0)
    ledger.settle(0, ACKNOWLEDGED, 1)
    ledger.settle(1, refusal('OOM'), 1)
    for (const number of [0, 1, 2]) ledger.wait(number, 2, true)
    expect([0, 1, 2].map((number) => ledger.waited(number))).toEqual([2, null, null])
    expect(ledger.confirmed).toBe(1)
    expect(ledger.isConfirmed(0)).toBe(true)
  })

  test.each([
    ['READONLY You can’t write against a read only replica.', 'READONLY'],
    ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'MISCONF'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'MASTERDOWN'],
    ['ERR unknown command', 'other'],
  ] as const)('reads %s as %s', (line, kind) => {
    expect(refusalOf(line)).toBe(kind)
  })
})

describe('what happened after a mark', () => {
  const ledger = new Ledger(100)
  const acknowledgedAt = (sentMs: number, atMs: number) => ledger.settle(ledger.send(1, sentMs, 0), ACKNOWLEDGED, atMs)
  acknowledgedAt(0, 1)
  acknowledgedAt(5, 10) // under way at the mark
  ledger.settle(ledger.send(1, 12, 0), refusal('READONLY'), 13)
  acknowledgedAt(14, 15) // accepted, and lost
  acknowledgedAt(110, 120) // came later than the next
  acknowledgedAt(111, 112)
  const kept = Uint8Array.from([1, 1, 0, 0, 1, 1])

  test('counts from the mark, and leaves out what was sent before it', () => {
    expect(sinceMark(ledger, undefined, 8, 130)).toEqual({
      firstRefusedMs: 5,
      firstAcceptedMs: 7,
      firstKeptMs: null,
      longestGapMs: 97,
      longestKeptGapMs: null,
    })
  })

  test('tells accepted from accepted and kept', () => {
    expect(sinceMark(ledger, kept, 8, 130)).toMatchObject({ firstKeptMs: 104, longestKeptGapMs: 102 })
  })

  test('counts what was lost before the first kept one as a gap, and all of it where nothing was kept', () => {
    const lastTwo = Uint8Array.from([0, 0, 0, 0, 1, 1])
    expect(sinceMark(ledger, lastTwo, 8, 130)).toMatchObject({ firstKeptMs: 104, longestKeptGapMs: 111 })
    expect(sinceMark(ledger, new Uint8Array(6), 8, 130)).toMatchObject({ firstKeptMs: null, longestKeptGapMs: 129 })
  })

  test('takes an open end for a gap', () => {
    expect(longestGap(ledger, undefined, 0, 1000)).toEqual({ fromMs: 120, toMs: 1000, ms: 880 })
    expect(sinceMark(ledger, undefined, 500, 1000)).toMatchObject({ firstAcceptedMs: null, longestGapMs: 880 })
  })
})

describe('the band of a write probe', () => {
  test('is without holes, and lays the lost over the accepted', () => {
    const band = new Band(undefined)
    for (let ms = 0; ms < 300; ms += 10) band.add('accepted', ms)
    for (let ms = 300; ms < 400; ms += 50) band.add('refused', ms)
    band.add('unanswered', 410)
    band.add('accepted', 650)
    for (let ms = 250; ms < 300; ms += 10) band.add('lost', ms)
    expect(band.spans(720, 1000)).toEqual([
      { fromMs: 1000, toMs: 1300, state: 'accepted', writes: 30 },
      { fromMs: 1300, toMs: 1400, state: 'refused', writes: 2 },
      { fromMs: 1400, toMs: 1600, state: 'silent', writes: 1 },
      { fromMs: 1600, toMs: 1700, state: 'accepted', writes: 1 },
      { fromMs: 1700, toMs: 1720, state: 'silent', writes: 0 },
      { fromMs: 1200, toMs: 1300, state: 'lost', writes: 5 },
    ])
  })

  test('does not call the pauses of a slow rate silence', () => {
    const band = new Band(5)
    for (let ms = 0; ms < 3000; ms += 200) band.add('accepted', ms)
    expect(band.spans(3000, 0)).toEqual([{ fromMs: 0, toMs: 3000, state: 'accepted', writes: 15 }])
  })
})

test('every numbered write is as long as every other, and says so', () => {
  const writes = numberedWrites('p:', 12)
  expect(writes.encode(7, 2).toString()).toBe(
    '*3\r\n$3\r\nSET\r\n$11\r\np:000000007\r\n$12\r\n000000007xxx\r\n' +
      '*3\r\n$3\r\nSET\r\n$11\r\np:000000008\r\n$12\r\n000000008xxx\r\n',
  )
  expect(writes.bytesPerWrite * 2).toBe(writes.encode(3_999_998, 2).length)
  expect(writes.keyOf(3_999_999)).toBe('p:003999999')
})
