import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inspectReport } from '../../src-main/contract/inspect.ts'
import type { InspectReport } from '../../src-main/contract/inspect.ts'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { labTls, makeTestCa } from '../support/lab/test-ca.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import type { TestLab } from '../support/lab/with-lab.ts'
import { withLab } from '../support/lab/with-lab.ts'
import { inspectJson, runCli, startCli, startCliOnTerminal } from './cli-program.ts'

const ids = (nodes: readonly LabNode[]) => nodes.map((node) => node.id).sort()
const first = (nodes: readonly LabNode[]): LabNode => {
  if (nodes[0] === undefined) throw new Error('the lab has no such node')
  return nodes[0]
}
const sentinelFlags = (lab: TestLab) => lab.sentinels.flatMap((node) => ['--sentinel', node.id])
const nodeOf = (report: InspectReport, id: string) => {
  const node = report.nodes.find((one) => one.id === id)
  if (node === undefined) throw new Error(`${id} is not in the report`)
  return node
}

/** Complete lines of `--watch --json` so far. */
const reportsIn = (stdout: string): InspectReport[] =>
  stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => inspectReport.parse(JSON.parse(text)))

const oneLine = (stderr: string): void => {
  expect(stderr).toMatch(/^repliscope: [^\n]+\n$/)
}

describe('inspect --json on real servers', () => {
  it('agrees with redis-cli about everything that both can see', async () => {
    const lab = await withLab({ persistence: 'aof', set: { 'min-replicas-to-write': '1', 'repl-backlog-size': '2mb' } })
    for (let n = 0; n < 20; n += 1) await redisCli(lab, lab.master, 'SET', `key-${n}`, 'x'.repeat(50))
    const members = [lab.master, ...lab.replicas, ...lab.chained]
    for (const node of members)
      await waitFor(async () => (await redisCli(lab, node, 'DBSIZE')) === '20', { what: `all keys on ${node.id}` })
    const before = new Map<string, ReadonlyMap<string, string>>()
    for (const node of members) before.set(node.id, await infoOf(lab, node, 'replication'))
    const report = await inspectJson(sentinelFlags(lab))

    expect(report.groups).toHaveLength(1)
    expect(report.groups[0]).toMatchObject({
      name: lab.group,
      master: lab.master.id,
      masters: [lab.master.id],
      replicas: ids([...lab.replicas, ...lab.chained]),
      sentinels: ids(lab.sentinels),
      quorum: 2,
      agreed: true,
      knownSentinels: 3,
    })
    for (const node of members) {
      const shown = nodeOf(report, node.id)
      const [replication, server, persistence] = await Promise.all(
        ['replication', 'server', 'persistence'].map((section) => infoOf(lab, node, section)),
      )
      expect(shown.reachability).toBe('up')
      expect(shown.observedThrough).toBe('direct')
      expect(shown.runId).toBe(server?.get('run_id'))
      expect(shown.role).toBe(replication?.get('role') === 'master' ? 'master' : 'replica')
      expect(shown.version).toBe(server?.get(shown.flavour === 'valkey' ? 'valkey_version' : 'redis_version'))
      expect(shown.keys).toBe(Number(await redisCli(lab, node, 'DBSIZE')))
      expect(shown.replication?.replid).toBe(replication?.get('master_replid'))
      expect(shown.replication?.connectedReplicas).toBe(Number(replication?.get('connected_slaves')))
      expect(shown.replication?.backlog.sizeBytes).toBe(2 * 1024 * 1024)
      expect(shown.replication?.minReplicasToWrite).toBe(1)
      expect(shown.persistence?.aof.enabled).toBe(persistence?.get('aof_enabled') === '1')
      expect(shown.persistence?.aof.fsync).toBe(
        (await redisCli(lab, node, 'CONFIG', 'GET', 'appendfsync')).split('\n')[1],
      )
      const save = (await redisCli(lab, node, 'CONFIG', 'GET', 'save')).split('\n')[1] ?? ''
      expect(shown.persistence?.rdb.enabled).toBe(save !== '')
      // Offsets move: ours lies between what redis-cli saw before and after.
      const field = shown.role === 'master' ? 'master_repl_offset' : 'slave_repl_offset'
      expect(shown.replication?.offset).toBeGreaterThanOrEqual(Number(before.get(node.id)?.get(field)))
      expect(shown.replication?.offset).toBeLessThanOrEqual(Number(replication?.get(field)))
    }
    expect(report.links.map((link) => link.replica).sort()).toEqual(ids([...lab.replicas, ...lab.chained]))
    for (const link of report.links) {
      expect(link).toMatchObject({ master: lab.master.id, state: 'online', byteLagReason: null })
      expect(link.depth).toBe(link.replica === lab.chained[0]?.id ? 2 : 1)
      expect(link.byteLag?.low).toBeLessThanOrEqual(link.byteLag?.high ?? -1)
      expect(link.resyncIfDropped.verdict).toBe('partial')
    }
  })

  it('is the same picture from a Sentinel, from any node and from a URL', async () => {
    const lab = await withLab()
    const expected = [lab.group, lab.master.id, ids([...lab.replicas, ...lab.chained]), ids(lab.sentinels)]
    const sentinel = first(lab.sentinels).id
    for (const flags of [
      ['--sentinel', sentinel],
      ['--node', lab.master.id],
      ['--node', first(lab.chained).id],
      ['--url', `redis://${first(lab.replicas).id}`],
      ['--url', `redis+sentinel://${sentinel}/${lab.group}`],
    ]) {
      const group = (await inspectJson(flags)).groups[0]
      expect([group?.name, group?.master, group?.replicas, group?.sentinels], flags.join(' ')).toEqual(expected)
    }
  })

  it('shows a hung replica as hung and the others as they are', async () => {
    const lab = await withLab()
    const hung = first(lab.replicas)
    lab.stop(hung)
    const report = await inspectJson(['--node', lab.master.id, '--timeout', '500'])
    lab.cont(hung)
    expect(nodeOf(report, hung.id)).toMatchObject({ reachability: 'hung', error: { code: 'unreachable.timeout' } })
    expect(nodeOf(report, lab.master.id)).toMatchObject({ reachability: 'up', error: null })
  })

  it('takes passwords from the environment, for nodes and Sentinels apart', async () => {
    const lab = await withLab({ auth: { password: 'node-pw' }, sentinelAuth: { password: 'sentinel-pw' } })
    const flags = ['--password-env', 'NODE_PW', '--sentinel-password-env', 'SENTINEL_PW', ...sentinelFlags(lab)]
    const report = await inspectJson(flags, { NODE_PW: 'node-pw', SENTINEL_PW: 'sentinel-pw' })
    expect(report.groups[0]?.master).toBe(lab.master.id)
    expect(nodeOf(report, lab.master.id).reachability).toBe('up')
    const wrong = await inspectJson(flags, { NODE_PW: 'guessed-wrong', SENTINEL_PW: 'sentinel-pw' })
    expect(nodeOf(wrong, lab.master.id).reachability).toBe('auth-required')
    expect(JSON.stringify(wrong)).not.toMatch(/guessed-wrong|sentinel-pw/)
    const refused = await runCli(['inspect', ...flags], { NODE_PW: 'node-pw', SENTINEL_PW: 'guessed-wrong' })
    expect(refused.code).toBe(3)
    expect(refused.stderr).not.toContain('guessed-wrong')
    expect(refused.stderr).toContain('or the Sentinel ones')
  })

  it('says what a restricted user may not do, with the line that would lift it', async () => {
    const lab = await withLab({ auth: { users: ['monitor on >secret resetchannels -@all +ping +info +role'] } })
    const flags = ['--user', 'monitor', '--password-env', 'PW', '--node', lab.master.id]
    const report = await inspectJson(flags, { PW: 'secret' })
    const master = nodeOf(report, lab.master.id)
    expect(master).toMatchObject({ reachability: 'up', role: 'master' })
    expect(master.notPermitted).toContain('CONFIG GET')
    expect(master.aclHint).toMatch(/^ACL SETUSER <user> .*\+config\|get/)
    const hint = (master.aclHint ?? '').replace('<user>', 'monitor').split(' ')
    for (const node of [lab.master, ...lab.replicas, ...lab.chained])
      expect(await redisCli(lab, node, ...hint)).toBe('OK')
    expect(nodeOf(await inspectJson(flags, { PW: 'secret' }), lab.master.id).notPermitted).toEqual([])
  })

  it('verifies TLS with the CA given, and says what is wrong without it', async () => {
    const authority = await makeTestCa()
    const lab = await withLab({ tls: await labTls(authority) })
    const dir = mkdtempSync(join(tmpdir(), 'repliscope-cli-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    writeFileSync(join(dir, 'ca.pem'), authority.ca)
    const both = ['--tls', '--sentinel-tls', ...sentinelFlags(lab)]
    const report = await inspectJson([...both, '--ca', join(dir, 'ca.pem')])
    expect(nodeOf(report, lab.master.id).reachability).toBe('up')
    const unverified = await runCli(['inspect', ...both])
    expect(unverified.code).toBe(3)
    expect(unverified.stderr).toMatch(/certificate|TLS/)
    const plain = await runCli(['inspect', '--node', lab.master.id])
    expect(plain.code).toBe(3)
    expect(plain.stderr).toContain('--tls')
  })
})

describe('inspect for people on real servers', () => {
  it('prints the tree, the Sentinels and figures', async () => {
    const lab = await withLab()
    const { code, stdout, stderr } = await runCli(['inspect', '--sentinel', first(lab.sentinels).id])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`${lab.group}  master ${lab.master.id}, 3 replicas, 3 Sentinels, agreed, quorum 2`)
    expect(stdout).toMatch(new RegExp(`─ ${first(lab.chained).id} +replica +online +\\d`))
    expect(stdout).toMatch(/writes \d+ B\/s/)
    expect(stdout).not.toContain('\u001b')
  })
})

describe('inspect --watch on real servers', () => {
  it('follows kill -9 of the master and ends cleanly with Ctrl-C', async () => {
    const lab = await withLab()
    const cli = startCli(['inspect', '--watch', '--json', '--interval', '250ms', ...sentinelFlags(lab)])
    await waitFor(() => reportsIn(cli.stdout()).at(-1)?.groups[0]?.master === lab.master.id, {
      what: 'a first picture',
    })
    await lab.kill(lab.master, 'SIGKILL')
    const isOver = (report: InspectReport | undefined): boolean => {
      const group = report?.groups[0]
      return group !== undefined && group.master !== lab.master.id && group.agreed && group.master !== null
    }
    await waitFor(() => isOver(reportsIn(cli.stdout()).at(-1)), { what: 'the new master' })
    const truth = await masterAccordingTo(lab, first(lab.sentinels), lab.group)
    await waitFor(() => reportsIn(cli.stdout()).at(-1)?.groups[0]?.master === truth, { what: 'the same new master' })
    cli.child.kill('SIGINT')
    const { code, stderr } = await cli.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const report of reportsIn(cli.stdout())) expect(report.groups[0]?.name).toBe(lab.group)
  })

  it('measures the write rate once it has two samples', async () => {
    const lab = await withLab()
    const cli = startCli(['inspect', '--watch', '--json', '--interval', '250ms', '--node', lab.master.id])
    const rateOf = (report: InspectReport) => nodeOf(report, lab.master.id).replication?.writeBytesPerSecond ?? null
    await waitFor(() => reportsIn(cli.stdout()).some((report) => rateOf(report) !== null), { what: 'a write rate' })
    cli.child.kill('SIGTERM')
    expect((await cli.ended).code).toBe(0)
  })

  it('ends silently when its reader goes away', async () => {
    const lab = await withLab({ replicas: 0, sentinels: 0 })
    const cli = startCli(['inspect', '--watch', '--json', '--interval', '250ms', '--node', lab.master.id])
    await waitFor(() => cli.stdout() !== '', { what: 'a first line' })
    cli.child.stdout?.destroy()
    const { code, stderr } = await cli.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('repaints a terminal in place and gives it back', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    const cli = startCliOnTerminal(['inspect', '--watch', '--interval', '250ms', '--node', lab.master.id], 70)
    await waitFor(() => cli.stdout().split('\u001b[H').length > 3, { what: 'three frames' })
    // The terminal turns this into SIGINT, as Ctrl-C does.
    cli.child.stdin?.write('\u0003')
    const { code, stdout } = await cli.ended
    expect(code).toBe(0)
    expect(stdout).toContain('\u001b[?1049h')
    const after = stdout.slice(stdout.lastIndexOf('\u001b[?1049l'))
    expect(after).toContain(lab.master.id)
    // oxlint-disable-next-line no-control-regex -- escape sequences are what is being removed
    const lines = after.replace(/\u001b\[[?0-9;]*[A-Za-z]/g, '').split(/\r?\n/)
    for (const line of lines) expect(Array.from(line).length, JSON.stringify(line)).toBeLessThanOrEqual(70)
  })
})

describe('bad input on real servers', () => {
  it('names the groups that there are when the one asked for is not', async () => {
    const lab = await withLab()
    const { code, stdout, stderr } = await runCli(['inspect', '--sentinel', first(lab.sentinels).id, '--group', 'nope'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    oneLine(stderr)
    expect(stderr).toContain('nope')
    expect(stderr).toContain(lab.group)
  })

  it('says what a thing is when it is not what it was taken for', async () => {
    const lab = await withLab()
    const asSentinel = await runCli(['inspect', '--json', '--sentinel', lab.master.id])
    expect(asSentinel.code).toBe(3)
    oneLine(asSentinel.stderr)
    expect(asSentinel.stderr).toContain(`is a data node, not a Sentinel; use --node ${lab.master.id}`)
    const sentinel = first(lab.sentinels).id
    const asNode = await runCli(['inspect', '--json', '--node', sentinel])
    expect(asNode.code).toBe(3)
    oneLine(asNode.stderr)
    expect(asNode.stderr).toContain(`is a Sentinel, not a data node; use --sentinel ${sentinel}`)
  })

  it('says that a port speaks HTTP', async () => {
    const server = createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const id = `127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const flag of ['--node', '--sentinel']) {
      const { code, stderr } = await runCli(['inspect', flag, id])
      expect(code).toBe(3)
      oneLine(stderr)
      expect(stderr).toContain(id)
      expect(stderr).toMatch(/HTTP|does not speak/)
    }
  })

  it.each([
    [['--node', '127.0.0.1:1'], 3, 'connection refused'],
    [['--sentinel', 'no-such-host.invalid:26379'], 3, 'does not resolve'],
    [['--node', 'nonsense'], 2, 'has no port'],
    [['--password', 'hunter2', '--node', '127.0.0.1:1'], 2, '--password-env'],
    [['--url', 'redis://u:hunter2@127.0.0.1:1'], 2, '--password-env'],
    [['--tls', '--ca', '/does/not/exist.pem', '--node', '127.0.0.1:1'], 2, 'there is no such file'],
    [['--colour'], 2, 'unknown option'],
  ])('answers %j with one line and exit code %i', async (flags, wanted, words) => {
    const { code, stdout, stderr } = await runCli(['inspect', ...flags])
    expect({ code, stdout }).toEqual({ code: wanted, stdout: '' })
    oneLine(stderr)
    expect(stderr).toContain(words)
    expect(stderr).not.toContain('hunter2')
  })

  it('ends silently when help is cut off by its reader', async () => {
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const cli = startCli(['inspect', '--help'])
      cli.child.stdout?.destroy()
      void cli.ended.then(resolve)
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
