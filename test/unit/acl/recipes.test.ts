import { describe, expect, it } from 'vitest'
import { aclRecipesFor } from '../../../src-main/domain/acl/recipes.ts'
import type { AclPeer } from '../../../src-main/domain/acl/recipes.ts'
import { isActionAllowed } from '../../../src-main/redis/action-allow-list.ts'
import { isAllowed } from '../../../src-main/redis/allow-list.ts'

const redis = (version: string | undefined): AclPeer => ({ kind: 'server', flavour: 'redis', version })
const sentinel = (version: string | undefined): AclPeer => ({ kind: 'sentinel', flavour: 'redis', version })
const lineOf = (peer: AclPeer, purpose: string) =>
  aclRecipesFor(peer).find((recipe) => recipe.purpose === purpose)?.line
const rulesOf = (peer: AclPeer, purpose: string) => (lineOf(peer, purpose) ?? '').split(' ').slice(3)

describe('the line to observe', () => {
  it('is exact for a data node of a present version', () => {
    expect(lineOf(redis('7.0.15'), 'observe')).toBe(
      'ACL SETUSER repliscope reset on >PASSWORD resetkeys resetchannels &__sentinel__:hello +ping +info +role +subscribe +config|get +client|list +client|setname +acl|whoami +acl|dryrun',
    )
  })

  it('is the same for Valkey, and for a version that is not known', () => {
    const line = lineOf(redis('7.0.15'), 'observe')
    expect(lineOf({ kind: 'server', flavour: 'valkey', version: '8.0.1' }, 'observe')).toBe(line)
    expect(lineOf({ kind: 'server', flavour: 'unknown', version: undefined }, 'observe')).toBe(line)
  })

  it('knows no channels on 6.0, where a rule about them is an error', () => {
    expect(lineOf(redis('6.0.20'), 'observe')).not.toMatch(/channels|&/)
    expect(lineOf(redis('6.2.16'), 'observe')).toContain('&__sentinel__:hello')
  })

  it('does not exist before ACLs did', () => {
    expect(aclRecipesFor(redis('5.0.14'))).toEqual([
      { purpose: 'observe', line: undefined, note: expect.stringContaining('requirepass') },
    ])
    expect(aclRecipesFor(sentinel('6.0.20'))).toHaveLength(1)
    expect(lineOf(sentinel('6.2.0'), 'observe')).toBeDefined()
  })

  it('does not let a Sentinel user change what Sentinels are configured with', () => {
    expect(lineOf(sentinel('7.0.15'), 'observe')).not.toMatch(/sentinel\|(config|set|failover|reset|monitor|remove)/)
  })

  // Both ways: what the monitor may send has a right, and no right is for what it never sends.
  const COMMANDS: readonly (readonly [rule: string, command: readonly string[]])[] = [
    ['+ping', ['PING']],
    ['+info', ['INFO']],
    ['+role', ['ROLE']],
    ['+config|get', ['CONFIG', 'GET', 'appendonly']],
    ['+client|list', ['CLIENT', 'LIST', 'TYPE', 'replica']],
    ['+client|setname', ['CLIENT', 'SETNAME', 'repliscope']],
    ['+subscribe', ['SUBSCRIBE', '__sentinel__:hello']],
    ['+psubscribe', ['PSUBSCRIBE', '*']],
    ['+sentinel|masters', ['SENTINEL', 'MASTERS']],
    ['+sentinel|master', ['SENTINEL', 'MASTER', 'g']],
    ['+sentinel|replicas', ['SENTINEL', 'REPLICAS', 'g']],
    ['+sentinel|slaves', ['SENTINEL', 'SLAVES', 'g']],
    ['+sentinel|sentinels', ['SENTINEL', 'SENTINELS', 'g']],
    ['+sentinel|ckquorum', ['SENTINEL', 'CKQUORUM', 'g']],
    ['+sentinel|get-master-addr-by-name', ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'g']],
    ['+sentinel|myid', ['SENTINEL', 'MYID']],
    ['+sentinel|info-cache', ['SENTINEL', 'INFO-CACHE', 'g']],
    ['+acl|whoami', ['ACL', 'WHOAMI']],
    ['+acl|dryrun', ['ACL', 'DRYRUN', 'default', 'FLUSHALL']],
    ['+latency|latest', ['LATENCY', 'LATEST']],
    ['+slowlog|get', ['SLOWLOG', 'GET']],
    ['+dbsize', ['DBSIZE']],
    ['+lastsave', ['LASTSAVE']],
    ['+command', ['COMMAND']],
  ]
  it.each(COMMANDS)('has %s exactly when the monitor sends it', (rule, command) => {
    const rules = [...rulesOf(redis('7.2.6'), 'observe'), ...rulesOf(sentinel('7.2.6'), 'observe')]
    expect(rules.includes(rule)).toBe(isAllowed(command))
  })
})

describe('the lines of actions', () => {
  it('add to the user that observes, and repeat no rule', () => {
    for (const { purpose, line } of aclRecipesFor(redis('8.0.0'))) {
      if (purpose === 'observe' || line === undefined) continue
      expect(line, purpose).toMatch(/^ACL SETUSER repliscope [+~]/)
      const rules = rulesOf(redis('8.0.0'), purpose)
      expect(new Set(rules).size, purpose).toBe(rules.length)
    }
  })

  it('name what each version has', () => {
    expect(lineOf(redis('7.0.15'), 'waitaof-test')).toBeUndefined()
    expect(lineOf(redis('7.2.0'), 'waitaof-test')).toContain('+waitaof')
    expect(lineOf({ kind: 'server', flavour: 'valkey', version: '7.2.5' }, 'waitaof-test')).toContain('+waitaof')
    expect(lineOf(redis('6.0.16'), 'client-pause')).toBe('ACL SETUSER repliscope +client|pause')
    expect(lineOf(redis('6.2.0'), 'client-pause')).toContain('+client|unpause')
  })

  it('reach keys only under the name of the probe', () => {
    const lines = aclRecipesFor(redis('8.0.0')).map(({ line }) => line ?? '')
    const keys = lines.flatMap((line) => line.split(' ').filter((rule) => rule.startsWith('~')))
    expect(new Set(keys)).toEqual(new Set(['~repliscope:probe:*']))
  })

  it('leave out an action that sends that kind of peer only reads', () => {
    expect(aclRecipesFor(sentinel('7.0.15')).map(({ purpose }) => purpose)).not.toContain('ckquorum')
    expect(aclRecipesFor(sentinel('7.0.15')).map(({ purpose }) => purpose)).not.toContain('flushall')
    expect(lineOf(sentinel('7.0.15'), 'switchover')).toBe('ACL SETUSER repliscope +sentinel|failover')
  })

  const CHANGES: readonly (readonly [rule: string, command: readonly string[]])[] = [
    ['+config|set', ['CONFIG', 'SET', 'maxmemory', '1']],
    ['+config|rewrite', ['CONFIG', 'REWRITE']],
    ['+client|pause', ['CLIENT', 'PAUSE', '1000', 'WRITE']],
    ['+client|unpause', ['CLIENT', 'UNPAUSE']],
    ['+client|kill', ['CLIENT', 'KILL', 'TYPE', 'normal']],
    ['+multi', ['MULTI']],
    ['+exec', ['EXEC']],
    ['+replicaof', ['REPLICAOF', 'h', '1']],
    ['+shutdown', ['SHUTDOWN']],
    ['+bgsave', ['BGSAVE']],
    ['+bgrewriteaof', ['BGREWRITEAOF']],
    ['+flushall', ['FLUSHALL', 'ASYNC']],
    ['+flushdb', ['FLUSHDB', 'ASYNC']],
    ['+select', ['SELECT', '1']],
    ['+wait', ['WAIT', '1', '1000']],
    ['+waitaof', ['WAITAOF', '1', '1', '1000']],
    ['+set', ['SET', 'repliscope:probe:x', '1', 'PX', '1000']],
    ['+del', ['DEL', 'repliscope:probe:x']],
    ['+dbsize', ['DBSIZE']],
    ['+lastsave', ['LASTSAVE']],
    ['+sentinel|failover', ['SENTINEL', 'FAILOVER', 'g']],
    ['+sentinel|reset', ['SENTINEL', 'RESET', 'g']],
    ['+sentinel|set', ['SENTINEL', 'SET', 'g', 'quorum', '2']],
    ['+slaveof', ['SLAVEOF', 'h', '1']],
    ['+save', ['SAVE']],
    ['+failover', ['FAILOVER']],
    ['+debug', ['DEBUG', 'SLEEP', '1']],
    ['+monitor', ['MONITOR']],
    ['+eval', ['EVAL', 'x', '0']],
    ['+keys', ['KEYS', '*']],
  ]
  it.each(CHANGES)('has %s exactly when actions may send it', (rule, command) => {
    const rules = [redis('8.0.0'), sentinel('8.0.0')].flatMap((peer) =>
      aclRecipesFor(peer).flatMap(({ purpose }) => rulesOf(peer, purpose)),
    )
    expect(rules.includes(rule)).toBe(isActionAllowed(command))
  })
})
