import type { DrillMoment, DrillReport, ProbeSpan } from '../../src-main/domain/drills/model.ts'

const MASTER = '127.0.0.2:41001'
const ONE = '127.0.0.3:41002'
const TWO = '127.0.0.4:41003'
const SENTINELS = ['127.0.0.5:41004', '127.0.0.6:41005', '127.0.0.7:41006'] as const

/** Names of the processes of the sample drill. */
export const DRILL_NODES = { master: MASTER, one: ONE, two: TWO, sentinels: SENTINELS } as const

const moment = (
  atMs: number,
  lane: DrillMoment['lane'],
  node: string | null,
  what: string,
  detail = '',
): DrillMoment => ({
  atMs,
  lane,
  node,
  what,
  detail,
})

/** A crash of a master under load whose replica lagged: what a run of primary-crash is like. */
export const DRILL_TIMELINE: readonly DrillMoment[] = [
  moment(0, 'drill', null, 'lab is up', '1 master, 2 replicas, 3 Sentinels'),
  moment(1900, 'probe', null, 'writes begin', '200 a second'),
  moment(2100, 'fault', ONE, `link of ${ONE} limited`, '20 KB/s'),
  moment(3200, 'finding', ONE, 'replica-lag-bytes raised', '306 KB behind'),
  moment(5000, 'drill', null, 'forecast taken'),
  moment(5050, 'fault', MASTER, 'killed', 'SIGKILL'),
  moment(5060, 'topology', MASTER, 'not reached'),
  moment(5090, 'probe', null, 'first refused', 'ECONNREFUSED'),
  moment(5400, 'finding', MASTER, 'master-unreachable raised'),
  moment(10_060, 'sentinel', SENTINELS[0], '+sdown', `master mymaster ${MASTER}`),
  moment(10_090, 'sentinel', SENTINELS[1], '+sdown', `master mymaster ${MASTER}`),
  moment(10_120, 'sentinel', SENTINELS[2], '+sdown', `master mymaster ${MASTER}`),
  moment(10_200, 'sentinel', SENTINELS[0], '+odown', '#quorum 3/2'),
  moment(10_210, 'sentinel', SENTINELS[0], '+try-failover'),
  moment(10_330, 'sentinel', SENTINELS[0], '+elected-leader'),
  moment(10_420, 'sentinel', SENTINELS[0], '+selected-slave', TWO),
  moment(11_100, 'topology', TWO, 'role replica to master'),
  moment(11_180, 'sentinel', SENTINELS[0], '+switch-master', `${MASTER} to ${TWO}`),
  moment(11_300, 'probe', null, 'first accepted', `by ${TWO}`),
  moment(12_200, 'topology', ONE, `follows ${TWO}`),
  moment(12_260, 'topology', ONE, 'link online', 'full resync'),
  moment(13_000, 'fault', null, 'healed', 'bandwidth'),
  moment(14_200, 'drill', null, 'what survived is counted'),
]

export const DRILL_PROBE: readonly ProbeSpan[] = [
  { fromMs: 1900, toMs: 3000, state: 'accepted', writes: 220 },
  { fromMs: 3000, toMs: 4800, state: 'accepted', writes: 360 },
  { fromMs: 4800, toMs: 5050, state: 'lost', writes: 41 },
  { fromMs: 5050, toMs: 5090, state: 'silent', writes: 3 },
  { fromMs: 5090, toMs: 11_300, state: 'refused', writes: 610 },
  { fromMs: 11_300, toMs: 14_000, state: 'accepted', writes: 540 },
]

/** The result of that run; parts can be replaced. */
export function drillReport(part: Partial<DrillReport> = {}): DrillReport {
  return {
    schema: 'repliscope/drill@1',
    name: 'primary-crash',
    title: 'The master dies under load',
    server: 'redis 7.0.15',
    startedAt: '2026-01-02T10:00:00.000Z',
    tookMs: 14_800,
    withRemedy: false,
    forecast: {
      winner: TWO,
      certain: true,
      lossBytes: { low: 0, high: 14_336 },
      outageMs: { low: 5000, high: 7400 },
      resync: [{ replica: ONE, verdict: 'full' }],
      findings: ['replica-lag-bytes', 'master-unreachable'],
    },
    measured: {
      winner: TWO,
      acknowledged: 1161,
      lost: 41,
      unknownKept: 1,
      refused: 610,
      unknown: 3,
      writeGapMs: 6250,
      outageMs: 6250,
      lossBytes: 11_070,
      resync: [{ replica: ONE, verdict: 'full' }],
      findings: ['replica-lag-bytes', 'master-unreachable', 'no-auth'],
    },
    verdict: { winner: true, loss: true, resync: true, outage: true, findings: true },
    timeline: DRILL_TIMELINE,
    probe: DRILL_PROBE,
    lesson: [
      '41 of 1161 acknowledged writes (11 KB) are gone; the forecast allowed up to 14 KB.',
      'Writes failed for 6.2 s: 5 s until the Sentinels called the master down, 1.2 s for the failover.',
    ],
    ...part,
  }
}

/** The same with its remedy in place: nothing is lost, and a forecast that missed the outage. */
export function remediedReport(): DrillReport {
  const report = drillReport()
  return {
    ...report,
    withRemedy: true,
    measured: { ...report.measured, lost: 0, lossBytes: 0, acknowledged: 1102, outageMs: 8100, writeGapMs: 8100 },
    verdict: { ...report.verdict, outage: false, resync: null },
    lesson: ['No acknowledged write is gone.'],
  }
}
