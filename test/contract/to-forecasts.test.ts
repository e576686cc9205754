import { describe, expect, it } from 'vitest'
import { exposureReport, failoverReport, resyncReport } from '../../src-main/contract/forecast.ts'
import { toExposureReport } from '../../src-main/contract/to-exposure.ts'
import { toFailoverReport } from '../../src-main/contract/to-failover.ts'
import { toResyncReport } from '../../src-main/contract/to-resync.ts'
import { exposureOf } from '../../src-main/domain/failover/exposure.ts'
import { forecastFailover } from '../../src-main/domain/failover/forecast.ts'
import { forecastResync } from '../../src-main/domain/resync/forecast.ts'
import { FIXTURE_AT, groupSnapshot, HEALTHY, healthyGroup } from '../support/facts.ts'

describe.each([
  ['a healthy group', healthyGroup()],
  ['an empty group', groupSnapshot()],
])('the forecasts of %s', (_, group) => {
  const forecast = forecastFailover(group)

  it('satisfy their schemas and survive JSON unchanged', () => {
    const failover = toFailoverReport(forecast, FIXTURE_AT)
    expect(failoverReport.parse(JSON.parse(JSON.stringify(failover)))).toEqual(failover)
    const resync = toResyncReport(forecastResync(group, { winners: forecast.possibleWinners }), FIXTURE_AT)
    expect(resyncReport.parse(JSON.parse(JSON.stringify(resync)))).toEqual(resync)
    const exposure = toExposureReport([{ snapshot: group, exposure: exposureOf(group, forecast) }], FIXTURE_AT)
    expect(exposureReport.parse(JSON.parse(JSON.stringify(exposure)))).toEqual(exposure)
  })
})

describe('a failover report', () => {
  it('ranks every replica and tells what each would do afterwards', () => {
    const report = toFailoverReport(forecastFailover(healthyGroup()), FIXTURE_AT)
    expect(report.ranking.map((one) => one.node).sort()).toEqual([HEALTHY.replica1, HEALTHY.replica2, HEALTHY.chained])
    expect(report.ranking.filter((one) => one.eligible).every((one) => one.excludedBecause === null)).toBe(true)
  })
})

describe('an exposure report', () => {
  it('says null for a group that was not judged', () => {
    const report = toExposureReport([{ snapshot: { name: 'a' }, exposure: undefined }], FIXTURE_AT)
    expect(report.groups).toEqual([{ name: 'a', exposure: null }])
  })
})
