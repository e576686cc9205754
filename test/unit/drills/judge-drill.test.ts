import { describe, expect, it } from 'vitest'
import {
  describeElections,
  describeOutcome,
  type DrillResult,
  judgeDrill,
  missingFindings,
  surprisingResyncs,
} from '../../../src-main/domain/drills/judge-drill.ts'
import type { DrillForecast, DrillMeasurement, DrillMoment } from '../../../src-main/domain/drills/model.ts'

const A = '127.0.0.2:7001'
const B = '127.0.0.3:7002'

const FORECAST: DrillForecast = {
  winner: A,
  certain: true,
  lossBytes: { low: 100, high: 200 },
  outageMs: { low: 0, high: 4000 },
  resync: [{ replica: B, verdict: 'partial' }],
  findings: ['recent-failover'],
}

const MEASURED: DrillMeasurement = {
  winner: A,
  acknowledged: 1000,
  lost: 2,
  unknownKept: 0,
  refused: 0,
  unknown: 0,
  writeGapMs: 2500,
  outageMs: 2400,
  lossBytes: 150,
  resync: [{ replica: B, verdict: 'partial' }],
  findings: ['no-master', 'recent-failover'],
}

function result(
  forecast: Partial<DrillForecast> = {},
  measured: Partial<DrillMeasurement> = {},
  uncountedBytes = 0,
): DrillResult {
  return { forecast: { ...FORECAST, ...forecast }, measured: { ...MEASURED, ...measured }, uncountedBytes }
}

describe('a forecast held against what happened', () => {
  it('is right in every point when all of it came true', () => {
    expect(judgeDrill(result())).toEqual({ winner: true, loss: true, resync: true, outage: true, findings: true })
  })

  it.each([
    { name: 'another than the certain one', forecast: {}, measured: { winner: B }, right: false },
    { name: 'nobody where one was certain', forecast: {}, measured: { winner: null }, right: false },
    { name: 'anybody where none was certain', forecast: { certain: false }, measured: { winner: B }, right: null },
    { name: 'nobody, as was certain', forecast: { winner: null }, measured: { winner: null }, right: true },
    { name: 'somebody where nobody was certain', forecast: { winner: null }, measured: { winner: A }, right: false },
  ])('judges a winner: $name', ({ forecast, measured, right }) => {
    expect(judgeDrill(result(forecast, measured)).winner).toBe(right)
  })

  it.each([
    { name: 'inside', lossBytes: 150, uncounted: 0, right: true },
    { name: 'at the low end', lossBytes: 100, uncounted: 0, right: true },
    { name: 'at the high end', lossBytes: 200, uncounted: 0, right: true },
    { name: 'a byte more than the most', lossBytes: 201, uncounted: 0, right: false },
    { name: 'a byte less than the least', lossBytes: 99, uncounted: 0, right: false },
    { name: 'less, but hellos and writes without an answer make up for it', lossBytes: 70, uncounted: 30, right: true },
    { name: 'less, and what is uncounted does not make up for it', lossBytes: 70, uncounted: 29, right: false },
    { name: 'more than the most, whatever is uncounted', lossBytes: 201, uncounted: 500, right: false },
    { name: 'not measured', lossBytes: null, uncounted: 0, right: null },
  ])('judges a loss: $name', ({ lossBytes, uncounted, right }) => {
    expect(judgeDrill(result({}, { lossBytes }, uncounted)).loss).toBe(right)
  })

  it('says nothing of loss and outage that were not forecast', () => {
    const verdict = judgeDrill(result({ lossBytes: null, outageMs: null }))
    expect(verdict).toMatchObject({ loss: null, outage: null })
  })

  it.each([
    { outageMs: 0, right: true },
    { outageMs: 4000, right: true },
    { outageMs: 4000.1, right: false },
    { outageMs: null, right: null },
  ])('judges an outage of $outageMs ms by its bounds', ({ outageMs, right }) => {
    expect(judgeDrill(result({}, { outageMs })).outage).toBe(right)
  })

  it.each([
    { name: 'as forecast', said: 'partial', came: 'partial', right: true },
    { name: 'full instead of partial', said: 'partial', came: 'full', right: false },
    { name: 'none instead of full', said: 'full', came: 'none', right: false },
    { name: 'anything where the forecast was unknown', said: 'unknown', came: 'full', right: null },
    { name: 'one that nobody could measure', said: 'full', came: 'unknown', right: null },
  ] as const)('judges a resync: $name', ({ said, came, right }) => {
    const verdict = judgeDrill(
      result({ resync: [{ replica: B, verdict: said }] }, { resync: [{ replica: B, verdict: came }] }),
    )
    expect(verdict.resync).toBe(right)
  })

  it('is wrong about resyncs when one replica of several was forecast otherwise, and names it', () => {
    const said = [
      { replica: A, verdict: 'partial' },
      { replica: B, verdict: 'partial' },
    ] as const
    const came = [
      { replica: A, verdict: 'partial' },
      { replica: B, verdict: 'full' },
    ] as const
    expect(judgeDrill(result({ resync: said }, { resync: came })).resync).toBe(false)
    expect(surprisingResyncs(said, came)).toEqual([{ replica: B, forecast: 'partial', measured: 'full' }])
  })

  it('does not hold a resync against a replica that was measured by nobody, like the one promoted', () => {
    expect(judgeDrill(result({}, { resync: [] })).resync).toBe(null)
  })

  it('misses a finding that was expected, and takes any number of others', () => {
    const missed = result({ findings: ['recent-failover', 'split-brain'] })
    expect(judgeDrill(missed).findings).toBe(false)
    expect(missingFindings(missed.forecast, missed.measured)).toEqual(['split-brain'])
    expect(judgeDrill(result({ findings: [] })).findings).toBe(true)
  })
})

describe('the lines about it', () => {
  it('have the numbers of what was said and what came', () => {
    expect(describeOutcome(result())).toEqual([
      '2 acknowledged writes of 1000 lost, 150 B of the stream; the forecast was 100 B to 200 B.',
      'The first write that stayed was accepted 2.4 s after the fault; the forecast was 0 s to 4 s.',
    ])
  })

  it('name every miss', () => {
    const missed = result(
      { findings: ['split-brain'] },
      { winner: null, lossBytes: 900, outageMs: 5000, resync: [{ replica: B, verdict: 'full' }] },
    )
    expect(describeOutcome(missed)).toEqual([
      `${A} was certain to be promoted; it was nobody.`,
      '2 acknowledged writes of 1000 lost, 900 B of the stream; the forecast was 100 B to 200 B, which is wrong.',
      'The first write that stayed was accepted 5 s after the fault; the forecast was 0 s to 4 s, which is wrong.',
      `${B} was forecast a partial resync and got full.`,
      'split-brain was expected and not raised.',
    ])
  })

  it('say why a failover was late only where an election ended without a leader', () => {
    const bounds = { low: 0, high: 4000 }
    const aborted: DrillMoment = {
      atMs: 9000,
      lane: 'sentinel',
      node: A,
      what: '-failover-abort-not-elected',
      detail: '',
    }
    const late = { winner: A, outageMs: 15_000 }
    expect(describeElections([aborted], late, bounds)).toEqual([expect.stringContaining('twice failover-timeout')])
    expect(describeElections([], late, bounds)).toEqual([])
    expect(describeElections([aborted], { winner: A, outageMs: 3000 }, bounds)).toEqual([])
    expect(describeElections([aborted], { winner: null, outageMs: null }, bounds)).toEqual([])
    expect(describeElections([aborted], late, null)).toEqual([])
  })

  it('say nothing of what was not measured', () => {
    expect(describeOutcome(result({ findings: [] }, { lossBytes: null, outageMs: null }))).toEqual([])
  })
})
