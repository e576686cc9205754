import { describe, expect, it } from 'vitest'
import { configDrift } from '../../../../src-main/domain/findings/rules/topology/config-drift.ts'
import { replicaMaxmemoryLower } from '../../../../src-main/domain/findings/rules/topology/replica-maxmemory-lower.ts'
import { replicaVersionOlder } from '../../../../src-main/domain/findings/rules/topology/replica-version-older.ts'
import { HEALTHY, healthyGroup, withNode, withNodeConfig, withNodeInfo } from '../../../support/facts.ts'
import { evidenceOf, fired, judge } from '../judging.ts'

const { master, replica1, replica2, chained } = HEALTHY

describe('config-drift', () => {
  it('lists each difference with both values, and how to align it', () => {
    const even = withNodeConfig(healthyGroup(), 'all', { maxmemory: '0' })
    const group = withNodeConfig(even, replica1, { maxmemory: '1000000', appendonly: 'no' })
    const verdict = fired(judge(configDrift, group))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'node', id: replica1 } })
    expect(verdict.title).toBe(`${replica1} differs from ${master} in maxmemory and appendonly`)
    expect(evidenceOf(verdict)).toMatchObject({
      [`${master} maxmemory`]: '0',
      [`${replica1} maxmemory`]: '1000000',
      [`${master} appendonly`]: 'yes',
    })
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.6 -p 6379 CONFIG SET maxmemory 0')
    expect(verdict.remedy.at(-1)).toBe('redis-cli -h 10.0.0.6 -p 6379 CONFIG REWRITE')
  })

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['save points in another order', { save: '60 10000 300 100 3600 1' }],
    ['another limit for normal clients', { 'client-output-buffer-limit': 'normal 1 1 1 slave 268435456 67108864 60' }],
    ['a setting that was not sent', { maxmemory: undefined }],
    ['another priority', { 'replica-priority': '10' }],
    ['the older alias', { 'min-replicas-to-write': undefined, 'min-slaves-to-write': '1' }],
  ])('does not count %s', (_, settings) => {
    expect(judge(configDrift, withNodeConfig(healthyGroup(), replica2, settings))).toEqual([])
  })

  it('passes over a node that is never promoted, and an AOF that a sync switched off', () => {
    const differs = withNodeConfig(healthyGroup(), replica2, { appendonly: 'no' })
    expect(judge(configDrift, withNodeInfo(differs, replica2, { replication: { priority: 0 } }))).toEqual([])
    expect(judge(configDrift, withNodeInfo(differs, replica2, { replication: { syncInProgress: true } }))).toEqual([])
  })

  it('cannot be judged where CONFIG is not permitted', () => {
    const denied = withNode(healthyGroup(), replica2, (node) => ({
      ...node,
      config: undefined,
      notPermitted: ['CONFIG GET'],
    }))
    expect(judge(configDrift, denied)).toMatchObject([{ kind: 'not-judged', subject: { id: replica2 } }])
  })
})

describe('replica-maxmemory-lower', () => {
  const limits = (ofMaster: number, ofReplica: number) =>
    [master, replica1, replica2, chained].reduce(
      (group, id) => withNodeInfo(group, id, { memory: { maxBytes: id === replica2 ? ofReplica : ofMaster } }),
      healthyGroup(),
    )

  it.each([
    [0, 0, 0],
    [1000, 1000, 0],
    [1000, 2000, 0],
    [0, 1000, 1],
    [2000, 1000, 1],
  ])('master %i, replica %i: %i findings', (ofMaster, ofReplica, count) => {
    expect(judge(replicaMaxmemoryLower, limits(ofMaster, ofReplica))).toHaveLength(count)
  })

  it('says that it diverges now where the replica does not ignore its limit', () => {
    const group = withNodeConfig(limits(0, 1000), replica2, { 'replica-ignore-maxmemory': 'no' })
    const verdict = fired(judge(replicaMaxmemoryLower, group))
    expect(verdict.why).toContain('by itself now')
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.7 -p 6379 CONFIG SET maxmemory 0')
  })
})

describe('replica-version-older', () => {
  const upstream = withNodeInfo(healthyGroup(), master, { server: { version: '8.6.3' } })
  const version = (text: string, flavour: 'redis' | 'valkey' = 'redis') =>
    withNodeInfo(upstream, replica2, { server: { version: text, flavour } })

  it('warns of an older release', () => {
    expect(fired(judge(replicaVersionOlder, version('7.2.4'))).title).toBe(
      `${replica2} runs 7.2.4, older than ${master} with 8.6.3`,
    )
  })

  it.each([
    ['an older patch', version('8.6.1')],
    ['a newer release', version('8.8.0')],
    ['another flavour', version('7.2.4', 'valkey')],
    ['an unreadable version', version('unstable')],
  ])('does not compare %s', (_, group) => {
    expect(judge(replicaVersionOlder, group)).toEqual([])
  })
})
