import { describe, expect, it } from 'vitest'
import { HEALTHY, healthyGroup } from '../../support/facts.ts'
import { checkOf, open, planOf } from './support/plan-of.ts'

const { master, replica1, sentinels } = HEALTHY
const fits = (action: Parameters<typeof planOf>[0], options: Parameters<typeof planOf>[2]) =>
  checkOf(planOf(action, healthyGroup(), options), 'fits')

describe('what was asked for and would be passed over', () => {
  it.each([
    ['flushall', { node: replica1 }, 'about the whole group'],
    ['switchover', { node: replica1 }, 'leave the node out'],
    ['client-pause', { node: replica1 }, 'about the whole group'],
    ['sentinel-set', { node: sentinels[0] ?? '', settings: { quorum: '2' } }, 'about the whole group'],
    ['bgsave', { to: replica1 }, 'leads to no other node'],
    ['bgsave', { withRewrite: true }, 'nothing to keep'],
    ['bgsave', { settings: { hz: '1' } }, 'hz is not known here (there are no settings)'],
    ['client-pause', { settings: { timeout: '100' } }, 'timeout is not known here (ms)'],
    ['wait-test', { settings: { n: '2' } }, 'n is not known here (replicas, timeout, count, batch)'],
  ] as const)('refuses %s with %j', (action, options, words) => {
    expect(fits(action, options)).toMatchObject({ status: 'failed', evidence: expect.stringContaining(words) })
  })

  it('is nothing where all of it counts', () => {
    expect(open(planOf('bgsave', healthyGroup(), { node: replica1 }))).toEqual([])
    expect(fits('flushall', { node: master })).toBeUndefined()
    expect(fits('wait-test', { settings: { replicas: '1', timeout: '1', count: '1', batch: '1' } })).toBeUndefined()
    expect(fits('client-pause', { settings: { ms: '100' } })).toBeUndefined()
  })
})
