import { describe, expect, it } from 'vitest'
import { aofRewriteFailed } from '../../../../src-main/domain/findings/rules/persistence/aof-rewrite-failed.ts'
import { aofRewriteLong } from '../../../../src-main/domain/findings/rules/persistence/aof-rewrite-long.ts'
import { aofWriteError } from '../../../../src-main/domain/findings/rules/persistence/aof-write-error.ts'
import { loading } from '../../../../src-main/domain/findings/rules/persistence/loading.ts'
import { rdbSaveFailed } from '../../../../src-main/domain/findings/rules/persistence/rdb-save-failed.ts'
import { rdbStale } from '../../../../src-main/domain/findings/rules/persistence/rdb-stale.ts'
import { stopWritesOff } from '../../../../src-main/domain/findings/rules/persistence/stop-writes-off.ts'
import { FIXTURE_AT, HEALTHY, healthyGroup, withNode } from '../../../support/facts.ts'
import { change, evidenceOf, fired, group, judge, unjudged, words } from '../judging.ts'

const RDB_ONLY = { appendonly: 'no' }

describe('rdb-save-failed', () => {
  const failed = { persistence: { lastBgsaveStatus: 'err', changesSinceSave: 500, lastSaveAt: FIXTURE_AT - 600_000 } }

  it('fires on a master whose save failed, with the MISCONF that clients get', () => {
    const finding = fired(judge(rdbSaveFailed, group(failed)))
    expect(finding.severity).toBe('critical')
    expect(finding.subject).toEqual({ kind: 'node', id: HEALTHY.master })
    expect(finding.title).toBe(
      '10.0.0.5:6379: the last background save failed; 500 changes since the last good save 10 min ago',
    )
    expect(evidenceOf(finding)['rdb_last_bgsave_status']).toBe('err')
    expect(finding.why).toContain('MISCONF')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 BGSAVE')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET stop-writes-on-bgsave-error no')
  })

  it('says that nothing stops where stop-writes is off', () => {
    const finding = fired(judge(rdbSaveFailed, group(failed, { 'stop-writes-on-bgsave-error': 'no' })))
    expect(finding.why).toContain('nothing but this tells of it')
    expect(words(finding)).not.toContain('CONFIG SET stop-writes')
  })

  it('fires without CONFIG, saying if', () => {
    const silent = withNode(group(failed), HEALTHY.master, (node) => ({ ...node, config: undefined }))
    expect(fired(judge(rdbSaveFailed, silent)).why).toContain('If save points')
  })

  it('does not fire on ok, on an absent field, or on a node that does not answer now', () => {
    expect(judge(rdbSaveFailed, healthyGroup())).toEqual([])
    expect(judge(rdbSaveFailed, group({ persistence: { lastBgsaveStatus: undefined } }))).toEqual([])
    const gone = withNode(group(failed), HEALTHY.master, (node) => ({ ...node, reachability: 'unreachable' }))
    expect(judge(rdbSaveFailed, gone)).toEqual([])
    const cached = withNode(group(failed), HEALTHY.master, (node) => ({ ...node, observedThrough: 'sentinel-cache' }))
    expect(judge(rdbSaveFailed, cached)).toEqual([])
  })
})

describe('rdb-stale', () => {
  const stale = (seconds: number, changes: number) =>
    group(
      { persistence: { aofEnabled: false, changesSinceSave: changes, lastSaveAt: FIXTURE_AT - seconds * 1000 } },
      RDB_ONLY,
    )

  it('fires when changes are older than twice their save point', () => {
    const finding = fired(judge(rdbStale, stale(601, 150)))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toContain('150 changes in 10 min')
    expect(finding.why).toContain('loses 150 changes')
    expect(evidenceOf(finding)).toMatchObject({ rdb_changes_since_last_save: 150, save: '3600 1 300 100 60 10000' })
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 BGSAVE')
    expect(finding.knownSince).toBe(FIXTURE_AT - 1000)
  })

  it.each([
    [600, 150],
    [7000, 99],
    [121, 9999],
    [100_000, 0],
  ])('does not fire after %i s with %i changes', (seconds, changes) => {
    expect(judge(rdbStale, stale(seconds, changes))).toEqual([])
  })

  it("goes by the server's own clock", () => {
    const behind = change(
      HEALTHY.master,
      { server: { serverTimeUsec: (FIXTURE_AT - 590_000) * 1000 } },
      {},
      stale(601, 150),
    )
    expect(judge(rdbStale, behind)).toEqual([])
  })

  it('does not fire with an AOF, while a replica has switched it off for a sync, or without save points', () => {
    const old = { changesSinceSave: 9999, lastSaveAt: FIXTURE_AT - 86_400_000 }
    expect(judge(rdbStale, group({ persistence: old }))).toEqual([])
    expect(judge(rdbStale, change(HEALTHY.replica1, { persistence: { ...old, aofEnabled: false } }))).toEqual([])
    expect(judge(rdbStale, group({ persistence: { ...old, aofEnabled: false } }, { ...RDB_ONLY, save: '' }))).toEqual(
      [],
    )
  })

  it('cannot be judged without CONFIG', () => {
    const denied = withNode(stale(10_000, 10_000), HEALTHY.master, (node) => ({
      ...node,
      config: undefined,
      notPermitted: ['CONFIG GET'],
    }))
    expect(unjudged(judge(rdbStale, denied))).toEqual(['CONFIG GET not permitted on 10.0.0.5:6379'])
  })
})

describe('stop-writes-off', () => {
  const rdbOnly = (value: string | undefined, save?: string) =>
    group(
      { persistence: { aofEnabled: false } },
      { ...RDB_ONLY, 'stop-writes-on-bgsave-error': value, ...(save === undefined ? {} : { save }) },
    )

  it('fires on a node that persists by RDB only', () => {
    const finding = fired(judge(stopWritesOff, rdbOnly('no')))
    expect(finding.severity).toBe('warning')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET stop-writes-on-bgsave-error yes')
  })

  it('does not fire when it is on, not sent, beside an AOF, or where nothing is saved', () => {
    expect(judge(stopWritesOff, rdbOnly('yes'))).toEqual([])
    expect(judge(stopWritesOff, rdbOnly(undefined))).toEqual([])
    expect(judge(stopWritesOff, rdbOnly('no', ''))).toEqual([])
    expect(judge(stopWritesOff, group({}, { 'stop-writes-on-bgsave-error': 'no' }))).toEqual([])
  })
})

describe('aof-write-error', () => {
  it('fires as critical, and says what a replica does then', () => {
    const finding = fired(judge(aofWriteError, group({ persistence: { aofLastWriteStatus: 'err' } })))
    expect(finding.severity).toBe('critical')
    expect(finding.why).toContain('MISCONF')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG GET dir')
    const replica = change(HEALTHY.replica2, { persistence: { aofLastWriteStatus: 'err' } })
    expect(fired(judge(aofWriteError, replica)).why).toContain('replica-ignore-disk-write-errors')
  })

  it('does not fire on ok, nor on what is left of an AOF that is off', () => {
    expect(judge(aofWriteError, healthyGroup())).toEqual([])
    const off = group({ persistence: { aofLastWriteStatus: 'err', aofEnabled: false } }, RDB_ONLY)
    expect(judge(aofWriteError, off)).toEqual([])
  })
})

describe('aof-rewrite-failed', () => {
  const failed = (failures: number | undefined) =>
    group({ persistence: { aofLastRewriteStatus: 'err', aofRewritesConsecutiveFailures: failures } })

  it.each([
    [1, 'warning'],
    [undefined, 'warning'],
    [2, 'critical'],
    [7, 'critical'],
  ] as const)('after %s failures in a row it is %s', (failures, severity) => {
    const finding = fired(judge(aofRewriteFailed, failed(failures)))
    expect(finding.severity).toBe(severity)
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 BGREWRITEAOF')
  })

  it('does not fire on ok', () => {
    expect(judge(aofRewriteFailed, healthyGroup())).toEqual([])
  })
})

describe('aof-rewrite-long', () => {
  const running = (current: number, last: number | undefined, buffer = 0) =>
    group({
      persistence: {
        aofRewriteInProgress: true,
        aofCurrentRewriteSeconds: current,
        aofLastRewriteSeconds: last,
        aofBufferBytes: buffer,
      },
    })

  it('is information beyond three times its predecessor, a warning when writes pile up', () => {
    const finding = fired(judge(aofRewriteLong, running(301, 100)))
    expect(finding.severity).toBe('info')
    expect(finding.knownSince).toBe(FIXTURE_AT - 1000)
    expect(fired(judge(aofRewriteLong, running(5, 100, 65 * 1024 * 1024))).severity).toBe('warning')
  })

  it.each([
    [300, 100],
    [59, 1],
    [600, undefined],
  ])('does not fire after %s s when the one before took %s s', (current, last) => {
    expect(judge(aofRewriteLong, running(current, last))).toEqual([])
  })

  it('does not fire when none runs', () => {
    expect(judge(aofRewriteLong, group({ persistence: { aofCurrentRewriteSeconds: 9999 } }))).toEqual([])
  })
})

describe('loading', () => {
  const load = { persistence: { loading: true, loadingPercent: 42.7, loadingEtaSeconds: 30, loadingLoadedBytes: 2048 } }

  it('is a warning for a master, and information for a replica that is soon done', () => {
    const finding = fired(judge(loading, group(load)))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('10.0.0.5:6379 is loading its dataset: 42 %, 2 KB read, 30 s to go')
    expect(fired(judge(loading, change(HEALTHY.replica1, load))).severity).toBe('info')
  })

  it('is a warning for a replica that takes longer than a minute, and information while the old data is served', () => {
    const long = { persistence: { ...load.persistence, loadingEtaSeconds: 61 } }
    expect(fired(judge(loading, change(HEALTHY.replica1, long))).severity).toBe('warning')
    const aside = { persistence: { loading: false, asyncLoading: true } }
    expect(fired(judge(loading, change(HEALTHY.replica1, aside))).severity).toBe('info')
  })

  it('speaks of a node that answers LOADING to everything but INFO', () => {
    const busy = withNode(group(load), HEALTHY.master, (node) => ({ ...node, reachability: 'loading' }))
    expect(fired(judge(loading, busy)).subject.id).toBe(HEALTHY.master)
  })

  it('does not fire on a loaded node', () => {
    expect(judge(loading, healthyGroup())).toEqual([])
  })
})
