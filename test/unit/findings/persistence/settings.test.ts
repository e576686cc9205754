import { describe, expect, it } from 'vitest'
import { aofTruncationTolerated } from '../../../../src-main/domain/findings/rules/persistence/aof-truncation-tolerated.ts'
import { driftOf } from '../../../../src-main/domain/findings/rules/persistence/config-file.ts'
import { readConfigFile } from '../../../../src-main/domain/replies/config-file.ts'
import { durabilityOverstated } from '../../../../src-main/domain/findings/rules/persistence/durability-overstated.ts'
import { enableAofTrap } from '../../../../src-main/domain/findings/rules/persistence/enable-aof-trap.ts'
import { fsyncDelayed } from '../../../../src-main/domain/findings/rules/persistence/fsync-delayed.ts'
import { fsyncNo } from '../../../../src-main/domain/findings/rules/persistence/fsync-no.ts'
import { fsyncOffDuringRewrite } from '../../../../src-main/domain/findings/rules/persistence/fsync-off-during-rewrite.ts'
import { replicaPersistenceOff } from '../../../../src-main/domain/findings/rules/persistence/replica-persistence-off.ts'
import { restartLosesRuntimeConfig } from '../../../../src-main/domain/findings/rules/persistence/restart-loses-runtime-config.ts'
import { HEALTHY, healthyGroup, HEALTHY_CONFIG, withNode, withNodeConfig } from '../../../support/facts.ts'
import { change, evidenceOf, fired, group, judge, masterPast, unjudged, words } from '../judging.ts'

describe('fsync-delayed', () => {
  const late = group({ persistence: { aofDelayedFsync: 7 } })

  it('fires when the counter rose within five minutes', () => {
    const past = masterPast(late, [
      [60, { aofDelayedFsync: 3 }],
      [0, { aofDelayedFsync: 7 }],
    ])
    const finding = fired(judge(fsyncDelayed, late, { past }))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('10.0.0.5:6379: 4 late fsyncs of its append-only file in 60 s')
    expect(finding.evidence.map((one) => one.value)).toContain(3)
  })

  it('does not fire when it stood still, rose long ago, or in an earlier process', () => {
    const still = masterPast(late, [
      [60, { aofDelayedFsync: 7 }],
      [0, { aofDelayedFsync: 7 }],
    ])
    expect(judge(fsyncDelayed, late, { past: still })).toEqual([])
    const old = masterPast(late, [
      [400, { aofDelayedFsync: 3 }],
      [200, { aofDelayedFsync: 7 }],
      [0, { aofDelayedFsync: 7 }],
    ])
    expect(judge(fsyncDelayed, late, { past: old })).toEqual([])
    const restarted = masterPast(late, [
      [60, { aofDelayedFsync: 3, runId: 'e'.repeat(40) }],
      [10, { aofDelayedFsync: 7 }],
      [0, { aofDelayedFsync: 7 }],
    ])
    expect(judge(fsyncDelayed, late, { past: restarted })).toEqual([])
  })

  it('needs two samples: one alone cannot tell, and zero needs none', () => {
    const once = masterPast(late, [[0, { aofDelayedFsync: 7 }]])
    expect(unjudged(judge(fsyncDelayed, late, { past: once }))[0]).toContain('needs two samples')
    expect(judge(fsyncDelayed, healthyGroup())).toEqual([])
  })
})

describe('fsync-no', () => {
  it('fires with an AOF, and gives the setting', () => {
    const finding = fired(judge(fsyncNo, group({}, { appendfsync: 'no' })))
    expect(finding.severity).toBe('warning')
    expect(finding.remedy).toEqual([
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG SET appendfsync everysec',
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG REWRITE',
    ])
  })

  it('does not fire otherwise, nor where the AOF is off', () => {
    expect(judge(fsyncNo, healthyGroup())).toEqual([])
    const off = group({ persistence: { aofEnabled: false } }, { appendfsync: 'no', appendonly: 'no' })
    expect(judge(fsyncNo, off)).toEqual([])
  })

  it('cannot be judged without CONFIG', () => {
    const silent = withNode(healthyGroup(), HEALTHY.replica2, (node) => ({ ...node, config: undefined }))
    expect(unjudged(judge(fsyncNo, silent))).toEqual(['CONFIG GET not answered by 10.0.0.7:6379'])
  })
})

describe('fsync-off-during-rewrite', () => {
  it('fires, with how long the last child took', () => {
    const paused = group({ persistence: { aofLastRewriteSeconds: 42 } }, { 'no-appendfsync-on-rewrite': 'yes' })
    const finding = fired(judge(fsyncOffDuringRewrite, paused))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('10.0.0.5:6379 does not fsync while it rewrites or saves, 42 s the last time')
    expect(words(finding)).toContain('CONFIG SET no-appendfsync-on-rewrite no')
  })

  it('does not fire when off, nor where there is no fsync at all', () => {
    expect(judge(fsyncOffDuringRewrite, healthyGroup())).toEqual([])
    const none = group({}, { 'no-appendfsync-on-rewrite': 'yes', appendfsync: 'no' })
    expect(judge(fsyncOffDuringRewrite, none)).toEqual([])
  })
})

describe('durability-overstated', () => {
  it('names the electable replicas that keep less', () => {
    const weak = change(
      HEALTHY.replica2,
      { persistence: { aofEnabled: false } },
      { appendonly: 'no' },
      group({}, { appendfsync: 'always' }),
    )
    const finding = fired(judge(durabilityOverstated, weak))
    expect(finding.severity).toBe('info')
    expect(finding.subject).toEqual({ kind: 'group', id: 'mymaster' })
    expect(finding.title).toContain('10.0.0.6:6379 (appendfsync everysec)')
    expect(finding.title).toContain('10.0.0.7:6379 (no AOF)')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.6 -p 6379 CONFIG SET appendfsync always')
    const order = finding.remedy.filter((step) => step.includes('10.0.0.7'))
    expect(order[0]).toContain('CONFIG SET appendonly yes')
    expect(order[1]).toContain('aof_rewrite_in_progress:0')
    expect(order.at(-1)).toContain('CONFIG REWRITE')
  })

  it('does not fire when all keep as much, or the master promises no more', () => {
    expect(judge(durabilityOverstated, withNodeConfig(healthyGroup(), 'all', { appendfsync: 'always' }))).toEqual([])
    expect(judge(durabilityOverstated, healthyGroup())).toEqual([])
  })
})

describe('replica-persistence-off', () => {
  const bare = (settings: Readonly<Record<string, string>>) =>
    change(HEALTHY.replica1, { persistence: { aofEnabled: false, rdbSaves: 0, lastSaveAt: 0 } }, settings)

  it('tells a received RDB that may be on its disk from none', () => {
    const kept = fired(judge(replicaPersistenceOff, bare({ appendonly: 'no', save: '' })))
    expect(kept.severity).toBe('info')
    expect(kept.title).toContain('only the RDB of an earlier sync')
    const none = fired(
      judge(replicaPersistenceOff, bare({ appendonly: 'no', save: '', 'repl-diskless-load': 'on-empty-db' })),
    )
    expect(none.title).toBe('10.0.0.6:6379 persists nothing: its restart is a full resync')
    expect(words(none)).toContain('redis-cli -h 10.0.0.6 -p 6379 CONFIG SET save "3600 1 300 100 60 10000"')
  })

  it('does not fire with save points, on a master, or while it syncs', () => {
    expect(judge(replicaPersistenceOff, bare({ appendonly: 'no' }))).toEqual([])
    expect(
      judge(replicaPersistenceOff, group({ persistence: { aofEnabled: false } }, { appendonly: 'no', save: '' })),
    ).toEqual([])
    const syncing = change(
      HEALTHY.replica1,
      { replication: { masterLink: 'down', syncInProgress: true } },
      {},
      bare({ appendonly: 'no', save: '' }),
    )
    expect(judge(replicaPersistenceOff, syncing)).toEqual([])
  })
})

describe('aof-truncation-tolerated', () => {
  it('is information where a cut tail is dropped', () => {
    const finding = fired(judge(aofTruncationTolerated, group({}, { 'aof-load-truncated': 'yes' })))
    expect(finding.severity).toBe('info')
    expect(words(finding)).toContain('redis-check-aof')
    const both = group({}, { 'aof-load-truncated': 'yes', 'aof-load-corrupt-tail-max-size': '4096' })
    expect(fired(judge(aofTruncationTolerated, both)).title).toContain('and a corrupt one')
  })

  it('does not fire when it is refused or not known', () => {
    expect(judge(aofTruncationTolerated, group({}, { 'aof-load-truncated': 'no' }))).toEqual([])
    expect(judge(aofTruncationTolerated, healthyGroup())).toEqual([])
  })
})

describe('configuration files', () => {
  const FILE = [
    '# comment',
    'appendonly yes',
    'save 3600 1',
    'save 300 100',
    'MaxMemory 4gb',
    'requirepass x',
    '',
  ].join('\n')

  it('are read as the last value of each directive, without secrets, save lines joined', () => {
    const file = readConfigFile(`${FILE}appendfsync "always"\nappendfsync no\nuser a on >x ~* +@all\n`)
    expect(Object.fromEntries(file)).toEqual({
      appendonly: 'yes',
      save: '3600 1 300 100',
      maxmemory: '4gb',
      appendfsync: 'no',
    })
    expect(readConfigFile('save ""').get('save')).toBe('')
  })

  it('differ by value, not by spelling, and by default where they say nothing', () => {
    const file = readConfigFile('maxmemory 4gb\nslave-priority 90\n')
    const running = new Map([
      ['maxmemory', '4294967296'],
      ['replica-priority', '90'],
      ['appendonly', 'yes'],
      ['min-replicas-to-write', '0'],
    ])
    expect(driftOf(running, file)).toEqual([{ name: 'appendonly', running: 'yes', inFile: 'no' }])
    expect(driftOf(running, readConfigFile('include /etc/redis/more.conf'))).toBeUndefined()
  })
})

describe('restart-loses-runtime-config', () => {
  const fileOf = (text: string) => readConfigFile(text)
  const same = [...HEALTHY_CONFIG].map(([name, value]) => `${name} ${value}`).join('\n')
  const all = (master: string, replica: string) =>
    new Map([
      [HEALTHY.master, fileOf(master)],
      [HEALTHY.replica1, fileOf(replica)],
      [HEALTHY.replica2, fileOf(replica)],
      [HEALTHY.chained, fileOf(replica)],
    ])

  it('fires on a server without a configuration file', () => {
    const bare = group({ server: { configFile: '' } })
    const [finding] = judge(restartLosesRuntimeConfig, bare).filter((verdict) => verdict.kind === 'fires')
    expect(finding).toMatchObject({ severity: 'warning', subject: { id: HEALTHY.master } })
  })

  it('names what a restart would change', () => {
    const files = all(same.replace('min-replicas-to-write 1', ''), `${same}\nreplicaof 10.0.0.5 6379`)
    const finding = fired(judge(restartLosesRuntimeConfig, healthyGroup(), { configFiles: files }))
    expect(finding.title).toBe('10.0.0.5:6379: a restart would change min-replicas-to-write')
    expect(evidenceOf(finding)).toMatchObject({
      'min-replicas-to-write': '1',
      'min-replicas-to-write in the file': '0',
    })
    expect(finding.remedy).toEqual(['redis-cli -h 10.0.0.5 -p 6379 CONFIG REWRITE'])
  })

  it('says when a replica would come back as a master', () => {
    const files = all(same, `${same}\nreplicaof 10.0.0.5 6379`).set(HEALTHY.replica2, fileOf(same))
    const finding = fired(judge(restartLosesRuntimeConfig, healthyGroup(), { configFiles: files }))
    expect(finding.title).toBe('10.0.0.7:6379: a restart would change replicaof')
    expect(finding.why).toContain('writable master')
  })

  it('waits for the first AOF before it rewrites the file', () => {
    const files = all(same.replace('appendonly yes', 'appendonly no'), `${same}\nreplicaof 10.0.0.5 6379`)
    const finding = fired(judge(restartLosesRuntimeConfig, healthyGroup(), { configFiles: files }))
    expect(finding.remedy[0]).toContain('aof_rewrite_in_progress:0')
    expect(finding.remedy[1]).toContain('CONFIG REWRITE')
  })

  it('does not fire when all agree, and says once which files it could not read', () => {
    const files = all(same, `${same}\nreplicaof 10.0.0.5 6379`)
    expect(judge(restartLosesRuntimeConfig, healthyGroup(), { configFiles: files })).toEqual([])
    expect(unjudged(judge(restartLosesRuntimeConfig, healthyGroup()))).toHaveLength(1)
  })
})

describe('enable-aof-trap', () => {
  const rdbOnly = group({ persistence: { aofEnabled: false } }, { appendonly: 'no' })
  const trap = new Map([[HEALTHY.master, readConfigFile('appendonly yes')]])

  it('fires when the file has an AOF that the server has not', () => {
    const finding = fired(judge(enableAofTrap, rdbOnly, { configFiles: trap }))
    expect(finding.severity).toBe('critical')
    expect(finding.title).toContain('/etc/redis/redis.conf says appendonly yes')
    expect(finding.remedy.map((step) => step.replace(/ {3}#.*/, ''))).toEqual([
      'Do not restart 10.0.0.5:6379 before this is done.',
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG SET appendonly yes',
      'redis-cli -h 10.0.0.5 -p 6379 INFO persistence',
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG REWRITE',
    ])
  })

  it('does not fire while a replica has it off for a sync, when it is on, or when the file agrees', () => {
    const files = new Map([[HEALTHY.replica1, readConfigFile('appendonly yes')]])
    const syncing = change(
      HEALTHY.replica1,
      { persistence: { aofEnabled: false }, replication: { syncInProgress: true, masterLink: 'down' } },
      { appendonly: 'no' },
    )
    expect(judge(enableAofTrap, syncing, { configFiles: files })).toEqual([])
    expect(judge(enableAofTrap, healthyGroup(), { configFiles: trap })).toEqual([])
    const agreed = new Map([[HEALTHY.master, readConfigFile('appendonly no')]])
    expect(judge(enableAofTrap, rdbOnly, { configFiles: agreed })).toEqual([])
  })

  it('cannot be judged where the file is not readable', () => {
    expect(unjudged(judge(enableAofTrap, rdbOnly))).toEqual([
      '/etc/redis/redis.conf of 10.0.0.5:6379 cannot be read from here',
    ])
  })
})
