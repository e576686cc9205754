import { expect, it } from 'vitest'
import { aclRecipesFor } from '../../src-main/domain/acl/recipes.ts'
import type { AclPeer } from '../../src-main/domain/acl/recipes.ts'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { withLab } from '../support/lab/with-lab.ts'
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
