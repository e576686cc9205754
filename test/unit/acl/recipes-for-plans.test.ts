import { describe, expect, it } from 'vitest'
import { ruleFor, rulesForCommands } from '../../../src-main/domain/acl/permissions.ts'
import { aclRecipesFor } from '../../../src-main/domain/acl/recipes.ts'
import type { ActionName } from '../../../src-main/domain/plans/model.ts'
import { neededBy } from '../../../src-main/domain/plans/rights.ts'
import { AutoClock } from '../actions/support/auto-clock.ts'
import { FakeDeployment } from '../actions/support/fake-deployment.ts'
import { planFor } from '../actions/support/plan-for.ts'

type Options = NonNullable<Parameters<typeof planFor>[2]>

const WAIT = { replicas: '2', timeout: '500', count: '1', batch: '1' }
const CASES: readonly (readonly [ActionName, Options])[] = [
  ['wait-test', { settings: WAIT }],
  ['waitaof-test', { settings: WAIT }],
  ['switchover', {}],
  ['forced-failover', {}],
  ['safe-restart', { node: 'r:1' }],
  ['safe-restart', { node: 'm:1' }],
  ['rolling-restart', {}],
  ['flushall', {}],
  ['flushdb', { settings: { db: '0' } }],
  ['config-set', { settings: { 'repl-timeout': '70' } }],
  ['bgsave', { node: 'r:1' }],
  ['bgrewriteaof', { node: 'r:1' }],
  ['sentinel-reset', {}],
  ['sentinel-set', { settings: { quorum: '3' } }],
  ['ckquorum', {}],
  ['client-pause', { settings: { ms: '500' } }],
  ['client-unpause', {}],
]

describe('the ACL line of an action', () => {
  it.each(CASES)('gives %s every right that its plan needs, what takes it back included', async (action, options) => {
    const world = new FakeDeployment(new AutoClock())
    const plan = await planFor(world, action, options)
    const lacking = neededBy(plan).flatMap(({ node, peer, commands }) => {
      const granted = aclRecipesFor({ kind: peer, flavour: 'redis', version: '7.2.0' })
        .filter((one) => one.purpose === 'observe' || one.purpose === action)
        .flatMap((one) => one.line?.split(' ') ?? [])
      return [...commands.map(ruleFor), ...rulesForCommands(commands)]
        .filter((rule) => !granted.includes(rule))
        .map((rule) => `${node} ${rule}`)
    })
    expect(lacking).toEqual([])
  })
})
