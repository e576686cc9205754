import { describe, expect, test } from 'vitest'
import * as f from '../../../src-renderer/ui/format.ts'

describe('bytes', () => {
  test.each([
    [null, '–'],
    [undefined, '–'],
    [0, '0 B'],
    [14, '14 B'],
    [1023, '1023 B'],
    [1024, '1 KB'],
    [317_235, '310 KB'],
    [19_084_083, '18.2 MB'],
    [1_048_575, '1 MB'],
    [-2048, '-2 KB'],
    [3_328_599_654, '3.1 GB'],
  ])('%s reads %s', (bytes, text) => {
    expect(f.formatBytes(bytes)).toBe(text)
  })

  test.each([
    [null, '–'],
    [{ low: 14, high: 28 }, '14–28 B'],
    [{ low: 20, high: 20 }, '20 B'],
    [{ low: 0, high: 0 }, '0 B'],
    [{ low: 900, high: 1229 }, '900 B–1.2 KB'],
    [{ low: 0, high: -5 }, '0–-5 B'],
  ])('the range %j reads %s', (range, text) => {
    expect(f.formatByteRange(range)).toBe(text)
  })

  test('the details panel shows every digit', () => {
    expect(f.formatExactByteRange({ low: 311_842, high: 312_910 })).toBe('311,842 – 312,910 B')
    expect(f.formatExactByteRange(null)).toBe('–')
  })
})

describe('time', () => {
  test.each([
    [null, '–'],
    [0, '0 s'],
    [0.0004, '1 ms'],
    [0.4, '0.4 s'],
    [4.13, '4.1 s'],
    [41, '41 s'],
    [99.4, '99 s'],
    [544, '9 m 04 s'],
    [47_100, '13 h 05 m'],
    [3_553_200, '41 d 3 h'],
    [-3, '-3 s'],
  ])('%s seconds read %s', (seconds, text) => {
    expect(f.formatDuration(seconds)).toBe(text)
  })

  test('an age counts from the moment given and is never negative', () => {
    const now = Date.parse('2026-03-04T12:00:00Z')
    expect(f.formatAge('2026-03-04T11:54:00Z', now)).toBe('6 m ago')
    expect(f.formatAge('2026-03-04T12:00:05Z', now)).toBe('now')
    expect(f.formatAge(null, now)).toBe('–')
    expect(f.formatAge('no date', now)).toBe('–')
  })
})

describe('counts', () => {
  test.each([
    [null, '–'],
    [0, '0'],
    [9999, '9,999'],
    [12_400, '12.4 K'],
    [1_240_000, '1.24 M'],
    [250_000_000, '250 M'],
  ])('%s reads %s', (count, text) => {
    expect(f.formatCount(count)).toBe(text)
  })

  test('one is one, several are several', () => {
    expect([f.plural(1, 'replica'), f.plural(0, 'replica'), f.plural(1200, 'node')]).toEqual([
      '1 replica',
      '0 replicas',
      '1,200 nodes',
    ])
  })
})

test('a day and its time are written as everywhere else, never by the habit of a country', () => {
  expect(f.formatDateTime('2026-03-04T12:15:09')).toBe('2026-03-04 12:15:09')
  expect([null, undefined, 'never'].map((at) => f.formatDateTime(at))).toEqual(['–', '–', '–'])
})
