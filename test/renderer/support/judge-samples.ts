import type { AdviceReport, MinReplicasGuard } from '../../../src-main/contract/advice.ts'
import type { FailoverReport, ResyncReport } from '../../../src-main/contract/forecast.ts'
import type { GroupSlice, InspectFinding } from '../../../src-main/contract/inspect.ts'
import { finding, sketchSlice } from './samples.ts'
import { ago, MASTER, NOW } from './views-samples.ts'

const SIX = '10.0.0.6:6379'
const SEVEN = '10.0.0.7:6379'
const EIGHT = '10.0.0.8:6379'
const NINE = '10.0.0.9:6379'
const MIB = 1024 * 1024

/** The sketch's group with something of every kind to say about it. */
export function judgedSlice(): GroupSlice {
  const slice = sketchSlice()
  return {
    ...slice,
    group: {
      ...slice.group,
      headline: {
        tone: 'at-risk',
        sentence: `If ${MASTER} died now: ${SEVEN} takes over, up to 306 KB (4.1 s of writes) lost; 1 of 3 replicas would need a full resync`,
        parts: {
          master: MASTER,
          takesOver: [SEVEN],
          lossBytes: 312_910,
          lossSeconds: 4.1,
          fullResyncs: 1,
          unknownResyncs: 0,
          remaining: 3,
        },
      },
    },
    findings: judgedFindings(),
    notJudged: [
      {
        code: 'config-drift',
        subject: { kind: 'node', id: '10.0.0.10:6379' },
        reason: 'CONFIG GET not permitted on 10.0.0.10:6379',
      },
      {
        code: 'replica-writable',
        subject: { kind: 'node', id: '10.0.0.10:6379' },
        reason: 'CONFIG GET not permitted on 10.0.0.10:6379',
      },
      { code: 'fork-headroom', subject: { kind: 'node', id: MASTER }, reason: 'the memory of the host is not known' },
    ],
  }
}

function judgedFindings(): InspectFinding[] {
  return [
    {
      ...finding('replica-link-down', 'critical', 'link', EIGHT, `${EIGHT} has been down for 41 s`),
      evidence: [
        { node: EIGHT, field: 'master_link_status', value: 'down', at: ago(41) },
        { node: EIGHT, field: 'master_link_down_since_seconds', value: 41, at: ago(1) },
        { node: MASTER, field: 'connected_slaves', value: 2, at: ago(1) },
      ],
      why: 'It takes no writes; what it lacks grows. It may stay away for 96 s more before it needs a full resync.',
      remedy: [
        'Look at its log first: it says what refuses the connection.',
        'redis-cli -h 10.0.0.8 -p 6379 INFO replication',
        'redis-cli -h 10.0.0.8 -p 6379 CONFIG GET masterauth',
      ],
      since: ago(41),
    },
    {
      ...finding('priority-beats-freshness', 'warning', 'group', 'orders', `${SEVEN} would win and lacks 306 KB`),
      evidence: [
        { node: SEVEN, field: 'slave_priority', value: 90, at: ago(1) },
        { node: SIX, field: 'slave_priority', value: 100, at: ago(1) },
        { node: SEVEN, field: 'slave_repl_offset', value: 899_687_090, at: ago(1) },
      ],
      why: 'Sentinel would promote this replica although 10.0.0.6 is 306 KB fresher.',
      remedy: ['redis-cli -h 10.0.0.7 -p 6379 CONFIG SET replica-priority 100'],
      since: ago(3600),
    },
    {
      ...finding('replica-lag-bytes', 'warning', 'link', SEVEN, `${SEVEN} is 306 KB behind and falls back`),
      held: false,
      since: ago(12),
    },
    {
      ...finding('chained-replica', 'info', 'link', NINE, `${NINE} follows 10.0.0.6:6379, not the master`),
      evidence: [{ node: NINE, field: 'master_host', value: null, at: null }],
      remedy: [],
    },
  ]
}

/** What Sentinel would do with the sketch's group. */
export function failoverSample(part: Partial<FailoverReport> = {}): FailoverReport {
  return {
    schema: 'repliscope/failover@1',
    takenAt: ago(0.4),
    group: 'orders',
    master: MASTER,
    winner: SEVEN,
    possibleWinners: [SEVEN],
    certain: false,
    unknowns: ['Sentinel 10.0.0.7:26379 does not answer from here, and may lead with a view of its own'],
    works: {
      ok: true,
      reasons: ['2 Sentinels can vote; 2 must agree that it is down, 2 must elect a leader'],
    },
    timeline: [
      { phase: 'detection', fromMs: 0, toMs: 5100 },
      { phase: 'start-delay', fromMs: 5100, toMs: 6100 },
      { phase: 'election', fromMs: 6100, toMs: 6200 },
      { phase: 'selection', fromMs: 6200, toMs: 6300 },
      { phase: 'promotion', fromMs: 6300, toMs: 7300 },
      { phase: 'announcement', fromMs: 7300, toMs: 8300 },
    ],
    ranking: [
      rank(SEVEN, true, null, 90, 899_687_090, { low: 311_842, high: 312_910 }),
      rank(SIX, true, null, 100, 899_999_986, { low: 14, high: 28 }),
      rank(EIGHT, false, 'subjectively down', 100, 860_000_000, null),
      rank(NINE, false, 'it follows another replica: Sentinel knows the replicas of the master only', 100, null, null),
    ],
    quorum: { needed: 2, reachable: 2, majorityNeeded: 2, ok: true },
    loss: { bytes: { low: 309_800, high: 312_910 }, seconds: 4.1 },
    afterwards: [
      { node: SIX, resync: 'full', reason: 'it is ahead of the new master by 312,882 bytes' },
      { node: EIGHT, resync: 'unknown', reason: 'it has not answered' },
      { node: NINE, resync: 'partial', reason: 'it follows the change of its upstream' },
    ],
    writesAfterwards: { accepted: true, reason: '3 replicas remain once they are connected, 1 required' },
    ...part,
  }
}

function rank(
  node: string,
  eligible: boolean,
  excludedBecause: string | null,
  priority: number,
  offset: number | null,
  byteLag: { low: number; high: number } | null,
): FailoverReport['ranking'][number] {
  return { node, eligible, excludedBecause, priority, offset, runId: 'a'.repeat(40), byteLag, foreign: false }
}

export function resyncSample(): ResyncReport {
  type Case = ResyncReport['nodes'][number]['cases'][number]
  const one = (plan: Case['plan'], verdict: Case['verdict'], sendBytes: number | null = null): Case => ({
    plan,
    verdict,
    reason: verdict === 'partial' ? 'its offset lies within the backlog' : 'the history is another one',
    decidedBy: verdict === 'partial' ? 'row 14: U.repl_backlog_first_byte_offset' : 'row 9: master_replid',
    sendBytes,
    atRiskBytes: null,
  })
  return {
    schema: 'repliscope/resync@1',
    takenAt: ago(0.4),
    nodes: [
      {
        node: SIX,
        upstream: MASTER,
        cases: [one('reconnect', 'partial', 28), one('restart-clean', 'partial', 28), one('restart-crash', 'full')],
        mayStayAwaySeconds: 860,
        mayStayAwaySecondsUnbounded: false,
      },
      {
        node: EIGHT,
        upstream: MASTER,
        cases: [one('reconnect', 'unknown')],
        mayStayAwaySeconds: null,
        mayStayAwaySecondsUnbounded: false,
      },
      {
        node: MASTER,
        upstream: null,
        cases: [one('restart-clean', 'partial'), one('demote', 'full')],
        mayStayAwaySeconds: null,
        mayStayAwaySecondsUnbounded: false,
      },
    ],
  }
}

export function adviceSample(guard: MinReplicasGuard | null = null): AdviceReport {
  const tried = guard ?? { required: 1, maxLagSeconds: 10 }
  const sizing = (node: string, role: 'master' | 'replica'): AdviceReport['sizing'][number] => ({
    node,
    role,
    backlogBytes: 64 * MIB,
    writeBytesPerSecond: role === 'master' ? 78_000 : null,
    peakWriteBytesPerSecond: role === 'master' ? 2_100_000 : null,
    outputBuffer: { hardBytes: 256 * MIB, softBytes: 64 * MIB, softSeconds: 60 },
    syncChannel: false,
    fullSyncSeconds: role === 'master' ? 120 : null,
    fullSyncFrom: role === 'master' ? 'measured' : null,
  })
  return {
    schema: 'repliscope/advice@1',
    takenAt: new Date(NOW).toISOString(),
    group: 'orders',
    master: MASTER,
    consistency: {
      mode: 'semi-synchronous',
      guard: { required: 1, maxLagSeconds: 10 },
      usesWait: false,
      statements: [
        'a write is still confirmed before any replica has it',
        'an isolated master stops taking writes within 12 s (76 KB a second now)',
        '1 of the good replicas may fail before writes stop',
      ],
      staleness: [
        { node: SIX, staleSeconds: 0, byteLag: { low: 14, high: 28 } },
        { node: SEVEN, staleSeconds: 4.1, byteLag: { low: 311_842, high: 312_910 } },
        { node: EIGHT, staleSeconds: null, byteLag: null },
      ],
      patterns: [
        { pattern: 'read-from-master', staleSeconds: 0, words: 'read from the master: always current' },
        { pattern: 'wait-then-read', staleSeconds: 0, words: 'WAIT 2 with a time-out after the write' },
        { pattern: 'accept-staleness', staleSeconds: null, words: 'read any replica: not measured for all of them' },
      ],
    },
    simulation: {
      ...tried,
      enabled: tried.required > 0 && tried.maxLagSeconds > 0,
      acceptedNow: tried.required <= 2,
      goodReplicas: 2,
      attainable: tried.required <= 3,
      attainableAfterFailover: tried.required <= 2,
      ifStalled: [
        {
          node: SIX,
          ackAgeSeconds: 0,
          good: true,
          stopsWrites: tried.required === 2,
          afterSeconds: tried.required === 2 ? 12 : null,
        },
        {
          node: SEVEN,
          ackAgeSeconds: 1,
          good: true,
          stopsWrites: tried.required === 2,
          afterSeconds: tried.required === 2 ? 11 : null,
        },
        { node: EIGHT, ackAgeSeconds: null, good: false, stopsWrites: false, afterSeconds: null },
      ],
    },
    sizing: [sizing(MASTER, 'master'), sizing(SIX, 'replica'), sizing(SEVEN, 'replica')],
  }
}
