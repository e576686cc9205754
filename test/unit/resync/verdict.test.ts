import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InfoReply } from '../../../src-main/domain/replies/info-reply.ts'
import { resyncVerdict, type ResyncParty, type ResyncQuestion } from '../../../src-main/domain/resync/verdict.ts'
import { FIXTURE_AT, infoReply, REPLID_A, REPLID_B, withInfo, type InfoPartial } from '../../support/facts.ts'

const OTHER = 'c'.repeat(40)

/** Backlog from byte 501 to 1500: a replica resumes from offset 500 to 1500. */
const upstreamInfo = infoReply({
  server: { flavour: 'redis', version: '7.0.15' },
  persistence: { loading: false },
  replication: {
    role: 'master',
    replid: REPLID_A,
    offset: 1500,
    failoverState: 'no-failover',
    backlogActive: true,
    backlogSizeBytes: 1000,
    backlogFirstByteOffset: 501,
    backlogHistlenBytes: 1000,
  },
})

const replicaInfo = infoReply({
  server: { flavour: 'redis', version: '7.0.15', uptimeSeconds: 1000 },
  persistence: { loading: false, aofEnabled: false, lastSaveAt: FIXTURE_AT - 1_000_000 },
  replication: {
    role: 'replica',
    replid: REPLID_A,
    offset: 1400,
    appliedOffset: 1400,
    masterLink: 'down',
    syncInProgress: false,
  },
})

const SAVES = new Map([['save', '3600 1']])
const NO_SAVES = new Map([['save', '']])
const STREAMED = new Map([
  ['save', ''],
  ['repl-diskless-load', 'swapdb'],
])

function party(info: InfoReply, partial: Partial<ResyncParty> = {}): ResyncParty {
  return { info, config: SAVES, sentAt: FIXTURE_AT - 1, at: FIXTURE_AT, ...partial }
}

/** The upstream is asked after the replica answered, so its sample is the later one. */
function ask(
  change: { readonly U?: InfoPartial; readonly R?: InfoPartial } & Partial<ResyncQuestion> = {},
): ReturnType<typeof resyncVerdict> {
  const { U, R, ...rest } = change
  return resyncVerdict({
    plan: 'reconnect',
    upstream: party(withInfo(upstreamInfo, U ?? {}), { sentAt: FIXTURE_AT + 1, at: FIXTURE_AT + 2 }),
    replica: party(withInfo(replicaInfo, R ?? {})),
    now: FIXTURE_AT,
    bytesPerSecond: 100,
    ...rest,
  })
}

const at = (appliedOffset: number): InfoPartial => ({ replication: { appliedOffset, offset: appliedOffset } })

describe('row 1: a fact is missing', () => {
  it.each<[string, Parameters<typeof ask>[0]]>([
    ['U.master_replid', { U: { replication: { replid: undefined } } }],
    ['U.repl_backlog_active', { U: { replication: { backlogActive: undefined } } }],
    ['U.repl_backlog_first_byte_offset', { U: { replication: { backlogFirstByteOffset: undefined } } }],
    ['U.repl_backlog_histlen', { U: { replication: { backlogHistlenBytes: undefined } } }],
    ['R.master_replid', { R: { replication: { replid: undefined } } }],
    ['R.slave_repl_offset', { R: { replication: { appliedOffset: undefined } } }],
    ['R.master_repl_offset', { R: { replication: { role: 'master', offset: undefined } } }],
  ])('is unknown without %s', (fact, change) => {
    expect(ask(change)).toMatchObject({ verdict: 'unknown', decidedBy: `row 1: ${fact}`, sendBytes: undefined })
  })

  it('does not ask an inactive backlog for its first byte', () => {
    const inactive = { backlogActive: false, backlogFirstByteOffset: undefined, backlogHistlenBytes: undefined }
    expect(ask({ U: { replication: inactive } }).decidedBy).toContain('row 12')
  })
})

describe.each(['restart-clean', 'restart-crash'] as const)('rows 2 and 3: %s', (plan) => {
  it('is full with an append-only file, from INFO or from the setting alone', () => {
    expect(ask({ plan, R: { persistence: { aofEnabled: true } } })).toMatchObject({
      verdict: 'full',
      decidedBy: 'row 2: R.aof_enabled',
    })
    const config = new Map([...SAVES, ['appendonly', 'yes']])
    expect(ask({ plan, replica: party(replicaInfo, { config }) }).decidedBy).toBe('row 2: R.aof_enabled')
  })

  it('is unknown when the state of the append-only file is hidden', () => {
    expect(ask({ plan, R: { persistence: { aofEnabled: undefined } } })).toMatchObject({
      verdict: 'unknown',
      decidedBy: 'row 2: R.aof_enabled',
    })
  })

  it('is full without any evidence of an RDB', () => {
    const nothing = ask({ plan, replica: party(replicaInfo, { config: STREAMED }) })
    expect(nothing).toMatchObject({ verdict: 'full', decidedBy: 'row 3: R.save and R.rdb_last_save_time' })
  })

  it('finds evidence in a save since the start', () => {
    const saved = withInfo(replicaInfo, { persistence: { lastSaveAt: FIXTURE_AT - 500_000 } })
    expect(ask({ plan, replica: party(saved, { config: STREAMED }) }).decidedBy).not.toContain('row 3')
  })

  it('finds evidence in a full sync that came by disk, unless its file was deleted', () => {
    expect(ask({ plan, replica: party(replicaInfo, { config: NO_SAVES }) }).decidedBy).not.toContain('row 3')
    const deleted = new Map([...NO_SAVES, ['rdb-del-sync-files', 'yes']])
    expect(ask({ plan, replica: party(replicaInfo, { config: deleted }) }).decidedBy).toContain('row 3')
  })

  it('does not touch a mere reconnect', () => {
    expect(ask({ R: { persistence: { aofEnabled: true } } }).verdict).toBe('partial')
  })
})

describe('row 4: a clean stop that saves', () => {
  it('continues from the offset at the stop', () => {
    expect(ask({ plan: 'restart-clean' })).toMatchObject({ verdict: 'partial', sendBytes: 100 })
    expect(ask({ plan: 'restart-clean', R: at(499) }).decidedBy).toContain('row 13')
  })

  it('is unknown when CONFIG is not permitted', () => {
    expect(ask({ plan: 'restart-clean', replica: party(replicaInfo, { config: undefined }) })).toMatchObject({
      verdict: 'unknown',
      decidedBy: 'row 4: R.save',
    })
  })

  it('does not help a node without history', () => {
    expect(ask({ plan: 'restart-clean', R: { replication: { appliedOffset: 1, offset: 0 } } }).decidedBy).toContain(
      'row 6',
    )
  })
})

describe('row 5: a crash, or a stop that does not save', () => {
  it('is unknown, since the offset of the RDB is not exposed', () => {
    expect(ask({ plan: 'restart-crash' })).toMatchObject({ verdict: 'unknown' })
    expect(ask({ plan: 'restart-crash' }).decidedBy).toContain('row 5')
    const clean = ask({ plan: 'restart-clean', replica: party(replicaInfo, { config: NO_SAVES }) })
    expect(clean.decidedBy).toContain('row 5')
  })

  it('is unknown when no setting and no save tells of an RDB', () => {
    const blind = ask({ plan: 'restart-crash', replica: party(replicaInfo, { config: undefined }) })
    expect(blind).toMatchObject({ verdict: 'unknown', decidedBy: 'row 5: R.rdb_last_save_time' })
  })

  const untrimmed = (first: number): InfoPartial => ({
    replication: {
      backlogActive: true,
      backlogSizeBytes: 5000,
      backlogFirstByteOffset: first,
      backlogHistlenBytes: 1401 - first,
    },
  })

  it('is partial when even the oldest possible RDB lies within the backlog', () => {
    const verdict = ask({ plan: 'restart-crash', R: untrimmed(501) })
    expect(verdict).toMatchObject({ verdict: 'partial', sendBytes: 1000 })
    expect(verdict.decidedBy).toContain('row 5')
  })

  it('stays unknown when the oldest possible RDB lies before it, before 7.0, and after a change of ids', () => {
    expect(ask({ plan: 'restart-crash', R: untrimmed(500) }).verdict).toBe('unknown')
    const old = { ...untrimmed(501), server: { version: '6.2.16' } }
    expect(ask({ plan: 'restart-crash', R: old }).verdict).toBe('unknown')
    const changed = { replication: { ...untrimmed(501).replication, replid2: REPLID_B } }
    expect(ask({ plan: 'restart-crash', R: changed }).verdict).toBe('unknown')
  })
})

describe('row 6: nothing in common', () => {
  it('is full for a replica that has never synchronised', () => {
    expect(ask({ R: { replication: { appliedOffset: 1, offset: 0 } } })).toMatchObject({
      verdict: 'full',
      decidedBy: 'row 6: R.slave_repl_offset',
    })
  })

  it('is full for a master without a backlog, even with the same id', () => {
    const lone = { replication: { role: 'master', offset: 1400, backlogActive: false } } as const
    expect(ask({ plan: 'demote', R: lone })).toMatchObject({
      verdict: 'full',
      decidedBy: 'row 6: R.repl_backlog_active',
    })
  })

  it('does not take offset 1 of a synchronised replica for emptiness', () => {
    expect(ask({ R: { replication: { appliedOffset: 1, offset: 1 } } }).decidedBy).toContain('row 13')
  })
})

describe('row 7: in the middle of a full resync', () => {
  const syncing = (version: string | undefined, loading: boolean): InfoPartial => ({
    server: { version },
    persistence: { loading },
    replication: { syncInProgress: true },
  })

  it.each<[string | undefined, boolean, string]>([
    ['6.2.16', false, 'full'],
    ['5.0.14', false, 'full'],
    ['7.0.15', true, 'full'],
    ['7.0.15', false, 'partial'],
    ['8.6.3', false, 'partial'],
    [undefined, false, 'unknown'],
    [undefined, true, 'full'],
  ])('with version %s, loading %s: %s', (version, loading, verdict) => {
    expect(ask({ R: syncing(version, loading) }).verdict).toBe(verdict)
  })

  it('takes every Valkey for newer than 7.0', () => {
    const valkey = { ...syncing('9.1.2', false), server: { flavour: 'valkey', version: '9.1.2' } } as const
    expect(ask({ R: valkey }).verdict).toBe('partial')
  })
})

describe('row 8: what is asked', () => {
  it('is the applied offset of a replica and the own offset of a master', () => {
    expect(ask({ R: { replication: { appliedOffset: 1300, offset: 1 } } }).sendBytes).toBe(200)
    const master = { replication: { role: 'master', appliedOffset: 1, offset: 1300, backlogActive: true } } as const
    expect(ask({ plan: 'demote', R: master }).sendBytes).toBe(200)
  })
})

describe('row 9: refused for now', () => {
  it.each<[string, InfoPartial]>([
    ['U.loading', { persistence: { loading: true } }],
    ['U.master_link_status', { replication: { role: 'replica', masterLink: 'down' } }],
    ['U.master_failover_state', { replication: { failoverState: 'waiting-for-sync' } }],
  ])('is unknown by %s, and says that it is judged again', (fact, U) => {
    const verdict = ask({ U })
    expect(verdict).toMatchObject({ verdict: 'unknown', decidedBy: `row 9: ${fact}` })
    expect(verdict.reason).toContain('refused for now, then re-evaluated')
  })

  it('does not refuse through a connected replica, nor before 6.2 where the failover state is not sent', () => {
    expect(ask({ U: { replication: { role: 'replica', masterLink: 'up' } } }).verdict).toBe('partial')
    expect(ask({ U: { replication: { failoverState: undefined } } }).verdict).toBe('partial')
  })
})

describe('row 10: another history', () => {
  it('is full when neither id matches', () => {
    expect(ask({ R: { replication: { replid: OTHER } } })).toMatchObject({
      verdict: 'full',
      decidedBy: 'row 10: U.master_replid and U.master_replid2',
    })
  })

  it('compares ids without regard to case', () => {
    expect(ask({ R: { replication: { replid: REPLID_A.toUpperCase() } } }).verdict).toBe('partial')
  })
})

describe('row 11: through the previous id', () => {
  const promoted: InfoPartial = { replication: { replid: REPLID_B, replid2: REPLID_A, secondOffset: 1201 } }

  it('continues up to second_repl_offset exactly', () => {
    expect(ask({ U: promoted, R: at(1200) })).toMatchObject({ verdict: 'partial', sendBytes: 300 })
  })

  it('is full one byte beyond, and counts the bytes at risk', () => {
    expect(ask({ U: promoted, R: at(1201) })).toMatchObject({
      verdict: 'full',
      decidedBy: 'row 11: U.second_repl_offset',
      atRiskBytes: 1,
    })
    expect(ask({ U: promoted, R: at(1450) }).atRiskBytes).toBe(250)
  })

  it('is unknown when second_repl_offset is not shown', () => {
    expect(ask({ U: { replication: { replid: REPLID_B, replid2: REPLID_A } } })).toMatchObject({
      verdict: 'unknown',
      decidedBy: 'row 11: U.second_repl_offset',
    })
  })

  it('still needs the window', () => {
    expect(ask({ U: promoted, R: at(499) }).decidedBy).toContain('row 13')
  })

  it('does not judge a promotion that has not happened by samples taken apart', () => {
    const U = party(withInfo(upstreamInfo, promoted), { sentAt: FIXTURE_AT - 1000, at: FIXTURE_AT - 999 })
    const question = { plan: 'repoint', upstream: U, isPromotion: true } as const
    expect(ask({ ...question, R: at(1250) }).verdict).toBe('unknown')
    expect(ask({ ...question, R: at(1400) }).decidedBy).toContain('row 11')
    expect(ask({ ...question, isPromotion: false, R: at(1250) }).verdict).toBe('full')
  })
})

describe('row 12: no backlog', () => {
  it('is full', () => {
    expect(ask({ U: { replication: { backlogActive: false } } })).toMatchObject({
      verdict: 'full',
      decidedBy: 'row 12: U.repl_backlog_active',
    })
  })
})

describe('rows 13 to 15: the window, as measured on real servers', () => {
  it.each<[string, number, string, string]>([
    ['first - 1', 499, 'full', 'row 13'],
    ['first', 500, 'partial', 'row 15'],
    ['first + 1', 501, 'partial', 'row 15'],
    ['master_repl_offset', 1499, 'partial', 'row 15'],
    ['master_repl_offset + 1', 1500, 'partial', 'row 15'],
    ['master_repl_offset + 2', 1501, 'full', 'row 14'],
  ])('asking for %s (offset %i) is %s by %s', (_, offset, verdict, row) => {
    const answer = ask({ R: at(offset) })
    expect(answer.verdict).toBe(verdict)
    expect(answer.decidedBy).toContain(row)
  })

  it('says by how much the backlog is too short', () => {
    expect(ask({ R: at(480) }).reason).toContain('20 bytes')
  })

  it('counts the bytes that a replica ahead would lose', () => {
    expect(ask({ R: at(1510) })).toMatchObject({ verdict: 'full', atRiskBytes: 10 })
  })

  it('counts the bytes to send', () => {
    expect(ask({ R: at(1500) }).sendBytes).toBe(0)
    expect(ask({ R: at(500) }).sendBytes).toBe(1000)
  })

  it('does not call a streaming replica ahead because the upstream was sampled before it', () => {
    const upstream = party(upstreamInfo, { sentAt: FIXTURE_AT - 10, at: FIXTURE_AT - 9 })
    const R = { replication: { appliedOffset: 9000, offset: 9000, masterLink: 'up' } } as const
    expect(ask({ upstream, R })).toMatchObject({ verdict: 'partial', sendBytes: 0 })
    expect(ask({ R })).toMatchObject({ verdict: 'full', atRiskBytes: 7500 })
  })

  it('does not decide between siblings within the writes between their samples', () => {
    const upstream = party(upstreamInfo, { sentAt: FIXTURE_AT - 1000, at: FIXTURE_AT - 999 })
    expect(ask({ plan: 'repoint', upstream, R: at(1600) }).verdict).toBe('unknown')
    expect(ask({ plan: 'repoint', upstream, R: at(1601) }).verdict).toBe('full')
    expect(ask({ plan: 'repoint', upstream, R: at(1601), bytesPerSecond: undefined }).verdict).toBe('unknown')
  })
})

describe('the downgrade of a partial', () => {
  it('happens when the writes since the samples reach the margin', () => {
    const old = (seconds: number) => ask({ R: at(600), now: FIXTURE_AT + seconds * 1000 })
    expect(old(0.999).verdict).toBe('partial')
    expect(old(1)).toMatchObject({ verdict: 'unknown', decidedBy: 'row 15: age of the samples' })
  })

  it('waits until a backlog that is not full yet has been filled', () => {
    const old = (seconds: number) =>
      ask({ R: at(500), U: { replication: { backlogSizeBytes: 1500 } }, now: FIXTURE_AT + seconds * 1000 })
    expect(old(4.9).verdict).toBe('partial')
    expect(old(5.1)).toMatchObject({ verdict: 'unknown', decidedBy: 'row 15: age of the samples' })
  })

  it('happens when the upstream changed since', () => {
    expect(ask({ upstreamChanged: true })).toMatchObject({
      verdict: 'unknown',
      decidedBy: 'row 15: U.run_id or U.master_replid',
    })
  })

  it('does not happen to an idle or unmeasured stream, nor to a full verdict', () => {
    const late = { now: FIXTURE_AT + 3_600_000, R: at(600) }
    expect(ask({ ...late, bytesPerSecond: 0 }).verdict).toBe('partial')
    expect(ask({ ...late, bytesPerSecond: undefined }).verdict).toBe('partial')
    expect(ask({ ...late, R: at(1) }).verdict).toBe('full')
  })
})

describe('every verdict', () => {
  const plan = fc.constantFrom('reconnect', 'repoint', 'demote', 'restart-clean', 'restart-crash')
  it('is partial only inside the window and on a known id', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 0, max: 1500 }),
        fc.constantFrom(REPLID_A, REPLID_B, OTHER),
        fc.integer({ min: 0, max: 2000 }),
        plan,
        (applied, first, histlen, replid, secondOffset, chosen) => {
          const answer = ask({
            plan: chosen as ResyncQuestion['plan'],
            U: {
              replication: {
                replid: REPLID_A,
                replid2: REPLID_B,
                secondOffset,
                backlogFirstByteOffset: first,
                backlogHistlenBytes: histlen,
              },
            },
            R: { replication: { replid, appliedOffset: applied, offset: applied } },
          })
          expect(answer.reason).not.toBe('')
          expect(answer.decidedBy).toMatch(/^row \d+: /)
          if (answer.verdict !== 'partial') return
          expect(replid).not.toBe(OTHER)
          expect(applied + 1).toBeGreaterThanOrEqual(first)
          expect(applied + 1).toBeLessThanOrEqual(first + histlen)
          if (replid === REPLID_B) expect(applied + 1).toBeLessThanOrEqual(secondOffset)
          expect(answer.sendBytes).toBe(first + histlen - applied - 1)
        },
      ),
      { numRuns: 500 },
    )
  })
})
