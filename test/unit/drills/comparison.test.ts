import { describe, expect, it } from 'vitest'
import {
  compareForecast,
  describeMs,
  measuredNumbers,
  verdictSummary,
  verdictWord,
} from '../../../src-main/domain/drills/comparison.ts'
import { DRILL_NODES, drillReport, remediedReport } from '../../support/drill-reports.ts'

const rowsOf = (report = drillReport()) => Object.fromEntries(compareForecast(report).map((row) => [row.topic, row]))

describe('a forecast beside what came of it', () => {
  it('says each thing in words, with its verdict', () => {
    const rows = rowsOf()
    expect(rows['winner']).toMatchObject({ forecast: [`${DRILL_NODES.two}, certain`], measured: [DRILL_NODES.two] })
    expect(rows['loss']).toMatchObject({
      forecast: ['0 B to 14 KB'],
      measured: ['11 KB', '41 of 1161 acknowledged writes'],
      verdict: true,
    })
    expect(rows['outage']?.forecast).toEqual(['5 s to 7.4 s'])
    expect(rows['resync']?.measured).toEqual([`${DRILL_NODES.one} full`])
  })

  it('tells nothing said and not measured from a zero', () => {
    const report = drillReport()
    const none = rowsOf({
      ...report,
      forecast: { ...report.forecast, winner: null, certain: false, lossBytes: null, outageMs: null, resync: [] },
      measured: { ...report.measured, winner: null, lossBytes: null, outageMs: null, writeGapMs: null, resync: [] },
      verdict: { ...report.verdict, winner: null },
    })
    for (const topic of ['winner', 'loss', 'outage', 'resync']) {
      expect(none[topic]?.forecast).toEqual(['nothing said'])
      expect(none[topic]?.measured[0]).toBe('not measured')
    }
    expect(rowsOf({ ...report, measured: { ...report.measured, lossBytes: 0 } })['loss']?.measured[0]).toBe('0 B')
  })

  it('says nobody where nobody was to be promoted, and was', () => {
    const report = drillReport()
    const row = rowsOf({
      ...report,
      forecast: { ...report.forecast, winner: null, certain: true },
      measured: { ...report.measured, winner: null },
    })['winner']
    expect(row).toMatchObject({ forecast: ['nobody, certain'], measured: ['nobody'], verdict: true })
  })

  it('calls writes that nobody counted not measured', () => {
    const report = drillReport()
    const measured = { ...report.measured, lost: null, unknownKept: null, lossBytes: null }
    const values = new Map(measuredNumbers({ measured }).map(({ name, value }) => [name, value]))
    for (const name of ['lost', 'lost bytes', 'unknown, kept']) expect(values.get(name)).toBe('not measured')
    expect(rowsOf({ ...report, measured })['loss']?.measured[1]).toBe('unknown how many of 1161 acknowledged writes')
  })

  it('names an expected finding that was not raised, and those that came besides', () => {
    const report = drillReport()
    const row = rowsOf({ ...report, measured: { ...report.measured, findings: ['replica-lag-bytes', 'no-auth'] } })
    expect(row['findings']?.measured).toEqual([
      'replica-lag-bytes',
      'master-unreachable was not raised',
      'besides: no-auth',
    ])
  })

  it('counts what was right among what was said', () => {
    expect(verdictSummary(drillReport())).toEqual({ right: 5, judged: 5, wrong: [] })
    expect(verdictSummary(remediedReport())).toEqual({ right: 3, judged: 4, wrong: ['How long writes fail'] })
    expect([true, false, null].map(verdictWord)).toEqual(['right', 'wrong', 'not said'])
  })

  it('gives the same rows of numbers for every run, so that two can stand side by side', () => {
    const names = (report = drillReport()) => measuredNumbers(report).map((one) => one.name)
    expect(names(remediedReport())).toEqual(names())
    const resyncs = (...verdicts: readonly ('full' | 'partial' | 'none')[]) => {
      const { measured } = drillReport()
      const resync = verdicts.map((verdict, i) => ({ replica: `10.0.0.${i}:6379`, verdict }))
      return measuredNumbers({ measured: { ...measured, resync } }).find((one) => one.name === 'resyncs')?.value
    }
    expect([resyncs('partial', 'full', 'partial'), resyncs()]).toEqual(['1 full, 2 partial', 'not measured'])
    expect([0, 40, 999, 6250, 150_000].map(describeMs)).toEqual(['0 s', '40 ms', '999 ms', '6.3 s', '3 min'])
  })
})
