import { describe, expect, it } from 'vitest'
import { adviseConsistency } from '../../../src-main/domain/failover/consistency.ts'
import { describeBytes, describeSeconds } from '../../../src-main/domain/units.ts'
import { HEALTHY, healthyGroup, withLink, withNode, withNodeConfig, withNodeInfo } from '../../support/facts.ts'

const { master, replica1, replica2, chained } = HEALTHY

describe('consistency advice', () => {
  it('tells semi-synchronous from asynchronous by min-replicas, and unknown from both', () => {
    expect(adviseConsistency(healthyGroup())).toMatchObject({ mode: 'semi-synchronous', guard: { required: 1 } })
    const open = withNodeConfig(healthyGroup(), master, { 'min-replicas-to-write': '0' })
    expect(adviseConsistency(open).mode).toBe('asynchronous')
    expect(adviseConsistency(open).statements.join()).toContain('until the partition heals')
    const blind = withNode(healthyGroup(), master, (node) => ({ ...node, config: undefined }))
    expect(adviseConsistency(blind)).toMatchObject({ mode: undefined, guard: undefined })
  })

  it('says how near the guard is to stopping writes', () => {
    const words = (required: string) =>
      adviseConsistency(withNodeConfig(healthyGroup(), master, { 'min-replicas-to-write': required })).statements.join()
    expect(words('1')).toContain('stops taking writes within 12 s')
    expect(words('1')).toContain('1 of the good replicas may fail')
    expect(words('2')).toContain('one slow replica stops all writes')
    expect(words('2')).toContain('after a failover too few')
    expect(words('3')).toContain('refused now')
  })

  it('gives the staleness of each replica and of the worst', () => {
    const group = withLink(withLink(healthyGroup(), replica2, { staleSeconds: 4 }), chained, { staleSeconds: 9 })
    const advice = adviseConsistency(group)
    expect(advice.staleness.map((one) => [one.node, one.staleSeconds])).toEqual([
      [replica1, 0],
      [replica2, 4],
      [chained, 9],
    ])
    expect(advice.patterns.find((one) => one.pattern === 'accept-staleness')?.staleSeconds).toBe(9)
    const unmeasured = adviseConsistency(withLink(group, replica1, { staleSeconds: undefined }))
    expect(unmeasured.patterns.find((one) => one.pattern === 'accept-staleness')?.staleSeconds).toBeUndefined()
  })

  it('advises to wait for the direct replicas only', () => {
    const wait = adviseConsistency(healthyGroup()).patterns.find((one) => one.pattern === 'wait-then-read')
    expect(wait?.words).toContain('WAIT 2')
  })

  it('sees WAIT in commandstats, and does not guess without them', () => {
    const used = (commands: ReadonlyMap<string, { calls: number | undefined; usec: number | undefined }> | undefined) =>
      adviseConsistency(withNodeInfo(healthyGroup(), master, { commands })).usesWait
    expect(used(new Map([['wait', { calls: 3, usec: 1 }]]))).toBe(true)
    expect(used(new Map())).toBe(false)
    expect(adviseConsistency(healthyGroup()).usesWait).toBeUndefined()
  })
})

describe('amounts in words', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [14_336, '14 KB'],
    [1536, '1.5 KB'],
    [3 * 1024 ** 3, '3 GB'],
  ])('%i bytes are %s', (bytes, words) => {
    expect(describeBytes(bytes)).toBe(words)
  })

  it.each([
    [0, '0 s'],
    [0.02, 'under 0.1 s'],
    [0.2, '0.2 s'],
    [45.4, '45 s'],
    [720, '12 min'],
    [10_800, '3 h'],
    [259_200, '3 d'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(describeSeconds(seconds)).toBe(words)
  })
})
