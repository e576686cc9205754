import { describe, expect, test } from 'vitest'
import {
  backlogAdvice,
  guardAnswer,
  outputBufferAdvice,
  setCommands,
} from '../../../src-renderer/features/advice/advice-words.ts'
import { parseAmount, parseSeconds } from '../../../src-renderer/features/advice/parse-amount.ts'
import { answerOf, differenceWords, lossWords } from '../../../src-renderer/features/forecast/forecast-words.ts'
import { layoutTimeline } from '../../../src-renderer/features/forecast/timeline-layout.ts'
import { adviceSample, failoverSample } from '../support/judge-samples.ts'

describe('the answer', () => {
  test('says who, and what is lost with its bounds', () => {
    expect(answerOf(failoverSample())).toEqual({
      tone: 'warn',
      who: '10.0.0.7:6379 takes over.',
      loss: '303–306 KB, up to 4.1 s of writes lost.',
    })
  })

  test.each([
    [{ bytes: null, seconds: null }, 'How much is lost cannot be told.'],
    [{ bytes: { low: 0, high: 0 }, seconds: 0 }, 'No writes are lost.'],
    [{ bytes: { low: 0, high: 28 }, seconds: 0 }, 'No client writes are lost (0–28 B of keep-alives).'],
    [{ bytes: { low: 0, high: 2048 }, seconds: null }, 'Up to 2 KB lost.'],
  ])('of the loss %j it says %j', (loss, words) => {
    expect(lossWords(failoverSample({ loss }))).toBe(words)
  })

  test('a failover that would not work is critical, whoever is first in the ranking', () => {
    const works = { ok: false, reasons: ['1 Sentinel can vote'] }
    expect(answerOf(failoverSample({ works }))).toMatchObject({ tone: 'crit', loss: 'Best by hand: 10.0.0.7:6379.' })
  })

  test('a what-if is compared with how things are, and says nothing where nothing changes', () => {
    const now = failoverSample()
    expect(differenceWords(now, now)).toEqual([])
    const other = failoverSample({
      winner: '10.0.0.6:6379',
      loss: { bytes: { low: 0, high: 28 }, seconds: 0 },
      afterwards: [],
      writesAfterwards: { accepted: false, reason: '' },
    })
    expect(differenceWords(now, other)).toEqual([
      '10.0.0.6:6379 instead of 10.0.0.7:6379',
      'loss 0–28 B instead of 303–306 KB',
      '0 full resyncs instead of 1',
      'writes refused afterwards',
    ])
  })
})

describe('the timeline', () => {
  test('is to scale, and its shortest phase can still be pointed at', () => {
    const { bars, ticks } = layoutTimeline(failoverSample().timeline, 1000)
    expect(bars[0]).toMatchObject({ x: 0, width: (5100 / 8300) * 1000 })
    expect(
      Math.min(
        ...layoutTimeline(
          [
            { phase: 'detection', fromMs: 0, toMs: 600_000 },
            { phase: 'election', fromMs: 600_000, toMs: 600_100 },
          ],
          1000,
        ).bars.map((bar) => bar.width),
      ),
    ).toBe(4)
    expect(ticks.map((tick) => tick.ms)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8300])
    expect(layoutTimeline([], 1000)).toEqual({ bars: [], ticks: [] })
  })
})

describe('amounts', () => {
  test.each([
    ['512', 512],
    ['2 KB', 2048],
    ['1.5MB/s', 1.5 * 1024 ** 2],
    ['64mb', 64 * 1024 ** 2],
    ['3 g', 3 * 1024 ** 3],
    ['', null],
    ['-1', null],
    ['1e9', null],
    ['two', null],
  ])('%j is %s bytes', (text, bytes) => expect(parseAmount(text)).toBe(bytes))

  test.each([
    ['60', 60],
    ['5 m', 300],
    ['1 h', 3600],
    ['x', null],
    ['', null],
  ])('%j is %s seconds', (text, seconds) => expect(parseSeconds(text)).toBe(seconds))
})

describe('advice', () => {
  test.each([
    [0, 'warn', /No guard/],
    [1, 'ok', /2 good replicas, 1 required/],
    [2, 'warn', /nothing to spare/],
    [3, 'crit', /refused now: 2 of 3/],
    [4, 'crit', /Never attainable/],
  ])('a guard of %i is %s', (required, tone, text) => {
    const answer = guardAnswer(adviceSample({ required, maxLagSeconds: 10 }).simulation!)
    expect(answer.tone).toBe(tone)
    expect(answer.text).toMatch(text)
  })

  test('the backlog shows its formula and where in the table it stands', () => {
    const advice = backlogAdvice(2 * 1024 ** 2, 60)
    expect(advice.bytes).toBe(180 * 1024 ** 2)
    expect(advice.formula).toBe('2 MB/s × 60 s × 1.5 to 2 = 180 MB to 240 MB, rounded up')
    expect(advice.rules.filter((rule) => rule.isHere).map((rule) => rule.size)).toEqual(['1 GB'])
    expect(backlogAdvice(500e6, 60).rules.find((rule) => rule.isHere)?.size).toBe('shard')
  })

  test('the output buffer is never below the default or the backlog', () => {
    expect(outputBufferAdvice(10, 1, null).hardBytes).toBe(256 * 1024 ** 2)
    expect(outputBufferAdvice(10, 1, 1024 ** 3).softBytes).toBe(1024 ** 3)
  })

  test('commands name host and port, and quote what has spaces', () => {
    const nodes = adviceSample().sizing.slice(0, 1)
    expect(setCommands(nodes, 'client-output-buffer-limit', 'replica 1 2 3')).toEqual([
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG SET client-output-buffer-limit "replica 1 2 3"',
    ])
  })
})
