import { describe, expect, it } from 'vitest'
import { aclRecipesFor } from '../../src-main/domain/acl/recipes.ts'
import type { AclPeer } from '../../src-main/domain/acl/recipes.ts'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { withLab } from '../support/lab/with-lab.ts'
import { ownHome, planAct } from './act-cli.ts'
import { inspectJson } from './cli-program.ts'

const PASSWORD = 'observer-password'
const wordsOf = (line: string | undefined): string[] => (line ?? '').replace('>PASSWORD', `>${PASSWORD}`).split(' ')

it('gives a user that sees everything and can change nothing, and lines that the server takes', async () => {
  const lab = await withLab({ replicas: 1, chained: 0 })
  const info = await infoOf(lab, lab.master, 'server')
  const flavour = info.get('server_name') === 'valkey' ? 'valkey' : 'redis'
  const version = flavour === 'valkey' ? info.get('valkey_version') : info.get('redis_version')
  const nodes = [
    ...[lab.master, ...lab.replicas].map((node) => ({ node, kind: 'server' as const })),
    ...lab.sentinels.map((node) => ({ node, kind: 'sentinel' as const })),
  ]
  for (const { node, kind } of nodes) {
    const peer: AclPeer = { kind, flavour, version }
    for (const { purpose, line } of aclRecipesFor(peer).filter((recipe) => recipe.line !== undefined)) {
      if (purpose === 'observe') expect(await redisCli(lab, node, ...wordsOf(line)), `${kind} ${line}`).toBe('OK')
      // On a user of its own, so that the observer stays what it is.
      const own = wordsOf(line).map((word) => (word === 'repliscope' ? `try-${purpose}` : word))
      expect(await redisCli(lab, node, ...own), `${kind} ${line}`).toBe('OK')
    }
  }
  const sentinels = lab.sentinels.flatMap((node) => ['--sentinel', node.id])
  const report = await inspectJson(
    [
      ...sentinels,
      '--user',
      'repliscope',
      '--password-env',
      'PW',
      '--sentinel-user',
      'repliscope',
      '--sentinel-password-env',
      'PW',
    ],
    { PW: PASSWORD },
  )
  expect(report.nodes.map(({ id, reachability, notPermitted }) => ({ id, reachability, notPermitted }))).toEqual(
    report.nodes.map(({ id }) => ({ id, reachability: 'up', notPermitted: [] })),
  )
  expect(report.nodes).toHaveLength(nodes.length)
  const as = ['--user', 'repliscope', '--pass', PASSWORD, '--no-auth-warning']
  for (const command of [
    ['SET', 'k', 'v'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['REPLICAOF', 'NO', 'ONE'],
    ['FLUSHALL'],
    ['SHUTDOWN', 'NOSAVE'],
    ['KEYS', '*'],
    ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ])
    expect(await redisCli(lab, lab.master, ...as, ...command), command.join(' ')).toContain('NOPERM')
  const [sentinel] = lab.sentinels
  if (sentinel === undefined) throw new Error('the lab has no Sentinel')
  for (const command of [
    ['SENTINEL', 'SET', lab.group, 'quorum', '1'],
    ['SENTINEL', 'CONFIG', 'SET', 'loglevel', 'debug'],
    ['SENTINEL', 'FAILOVER', lab.group],
  ])
    expect(await redisCli(lab, sentinel, ...as, ...command), command.join(' ')).toContain('NOPERM')
})

describe('the rights of an action', () => {
  it('are looked at before it is confirmed: the recipe has all, without it command, node and line are named', async () => {
    const lab = await withLab({ replicas: 2, chained: 0 })
    const env = { ...ownHome(), PW: PASSWORD }
    const info = await infoOf(lab, lab.master, 'server')
    const flavour = info.get('server_name') === 'valkey' ? 'valkey' : 'redis'
    const version = flavour === 'valkey' ? info.get('valkey_version') : info.get('redis_version')
    const credentials = ['--user', 'repliscope', '--password-env', 'PW']
    const ofSentinels = ['--sentinel-user', 'repliscope', '--sentinel-password-env', 'PW']
    const give = async (purpose: string): Promise<void> => {
      for (const node of [lab.master, ...lab.replicas, ...lab.sentinels]) {
        const kind = lab.sentinels.includes(node) ? ('sentinel' as const) : ('server' as const)
        const recipe = aclRecipesFor({ kind, flavour, version }).find((one) => one.purpose === purpose)
        if (recipe?.line !== undefined) await redisCli(lab, node, ...wordsOf(recipe.line))
      }
    }
    const rightsOf = async (...words: readonly string[]) => {
      const plan = await planAct(lab, env, ...words, ...credentials, ...ofSentinels)
      return plan.preflight.find((one) => one.check === 'rights')
    }
    const [replica] = lab.replicas
    if (replica === undefined) throw new Error('no replica')
    const actions: readonly (readonly [action: string, ...rest: string[]])[] = [
      ['wait-test'],
      ['switchover'],
      ['forced-failover'],
      ['safe-restart', '--node', replica.id],
      ['safe-restart', '--node', lab.master.id],
      ['rolling-restart'],
      ['flushall'],
      ['flushdb', '--set', 'db=0'],
      ['config-set', '--set', 'repl-backlog-size=2mb', '--rewrite'],
      ['bgsave'],
      ['bgrewriteaof'],
      ['replicaof', '--node', replica.id, '--to', lab.replicas[1]?.id ?? '', '--rewrite'],
      ['sentinel-set', '--set', 'quorum=3'],
      ['sentinel-reset'],
      ['client-pause'],
      ['client-unpause'],
    ]
    for (const [action, ...rest] of actions) {
      await give('observe')
      const without = await rightsOf(action, ...rest)
      expect(without, action).toMatchObject({ status: 'failed' })
      expect(without?.evidence).toMatch(/repliscope may not run .*; add them there: ACL SETUSER repliscope [+]/)
      await give(action)
      expect(await rightsOf(action, ...rest), action).toMatchObject({ status: 'passed' })
    }
    await give('observe')
    expect(await rightsOf('ckquorum')).toMatchObject({ status: 'passed' })
    // Exactly what is said to be missing is enough.
    const lines = [
      ...((await rightsOf('switchover'))?.evidence ?? '').matchAll(
        /(\S+): \S+ may not run [^;]+; add them there: (ACL SETUSER [^;]+)/g,
      ),
    ]
    for (const [, id, line] of lines) {
      const node = [...lab.nodes].find((one) => one.id === id)
      if (node === undefined) throw new Error(`no node ${id ?? ''}`)
      await redisCli(lab, node, ...wordsOf(line))
    }
    expect(await rightsOf('switchover')).toMatchObject({ status: 'passed' })
    // Who may not ask is told so, and has to say that it is known.
    await redisCli(lab, lab.master, 'ACL', 'SETUSER', 'repliscope', '-acl')
    expect(await rightsOf('switchover')).toMatchObject({
      status: 'warned',
      evidence: `whether every command is permitted cannot be seen: ${lab.master.id}: NOPERM (ACL WHOAMI)`,
    })
  }, 180_000)
})
