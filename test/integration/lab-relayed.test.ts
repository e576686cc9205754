import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { InspectReport } from '../../src-main/contract/inspect.ts'
import { type LabNode, startLab } from '../../src-main/lab/lab.ts'
import { markOf } from '../../src-main/lab/processes.ts'
import { endRecordedLab, readLabRecord, recordedLabs } from '../../src-main/lab/record.ts'
import { askOnce } from '../../src-main/lab/resp-client.ts'
import { bundledLab } from '../support/lab/bundled-lab.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { chosenServer } from '../support/lab/server-choice.ts'
import { labTls, makeTestCa } from '../support/lab/test-ca.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab } from '../support/lab/with-lab.ts'
import { inspectJson } from './cli-program.ts'

const isRoot = process.getuid?.() === 0

describe('a relayed lab', () => {
  it('is one in which everybody knows everybody by the address of the relay', async () => {
    const lab = await withLab({ relay: true })
    const known = new Set(lab.nodes.map((node) => node.id))
    const master = await infoOf(lab, lab.master, 'replication')
    const attached = [...master.values()].flatMap(
      (line) => /^ip=(.+),port=(\d+),state/.exec(line)?.slice(1, 3).join(':') ?? [],
    )
    expect(attached.sort()).toEqual(lab.replicas.map((node) => node.id).sort())
    for (const sentinel of lab.sentinels) {
      expect(await masterAccordingTo(lab, sentinel, lab.group)).toBe(lab.master.id)
      for (const what of ['REPLICAS', 'SENTINELS']) {
        const text = (await redisCli(lab, sentinel, 'SENTINEL', what, lab.group)).split('\n')
        const ids = text.flatMap((line, i) => (line === 'ip' ? [`${text[i + 1]}:${text[i + 3]}`] : []))
        expect(ids).toHaveLength(2)
        expect(ids.filter((id) => !known.has(id))).toEqual([])
      }
    }
    // Who calls, by its own address: only so are links told apart.
    const clients = await redisCli(lab, lab.master, 'CLIENT', 'LIST')
    const callers = new Set([...clients.matchAll(/ addr=([\d.]+):/g)].map((match) => match[1]))
    for (const { address } of [...lab.replicas, ...lab.sentinels]) expect(callers).toContain(address.host)
  })

  it('looks to Repliscope as one without a relay does', async () => {
    const [relayed, direct] = await Promise.all([withLab({ relay: true }), withLab()])
    const inspect = (sentinels: readonly LabNode[]) => inspectJson(['--sentinel', sentinels[0]?.id ?? ''])
    const [seen, plain] = [await inspect(relayed.sentinels), await inspect(direct.sentinels)]
    expect(seen.nodes.map((node) => node.id).sort()).toEqual(relayed.nodes.map((node) => node.id).sort())
    expect(seen.nodes.flatMap((node) => node.aliases)).toEqual([])
    expect(seen.groups.map((group) => group.master)).toEqual([relayed.master.id])
    expect(codes(seen)).toEqual(codes(plain))
    expect(seen.links.map((link) => [link.state, link.byteLag !== null])).toEqual(
      plain.links.map(() => ['online', true]),
    )
  })

  it('gives each of two labs side by side its own addresses, breaks one and ends one', async () => {
    const [one, two] = await Promise.all([
      withLab({ relay: true, replicas: 1, chained: 0, sentinels: 1, name: 'twin' }),
      withLab({ relay: true, replicas: 1, chained: 0, sentinels: 1, name: 'twin' }),
    ])
    const hosts = [...one.nodes, ...two.nodes].map((node) => node.address.host)
    expect(new Set(hosts).size).toBe(6)
    expect((await one.break({ kind: 'partition', node: 'master' })).ok).toBe(true)
    const ping = (node: LabNode) => askOnce(node.address, { timeoutMs: 1000 }, 'PING')
    await expect(ping(one.master)).rejects.toThrow('no reply')
    expect(await ping(two.master)).toBe('PONG')
    const pids = one.nodes.map((node) => node.pid)
    await one.down()
    expect(pids.filter((pid) => markOf(pid) !== undefined)).toEqual([])
    expect(existsSync(one.dir)).toBe(false)
    expect(mountsUnder(one.dir)).toEqual([])
    await expect(ping(one.master)).rejects.toThrow('ECONNREFUSED')
    expect(await ping(two.master)).toBe('PONG')
    expect(await one.break({ kind: 'kill', node: 'master' })).toMatchObject({ ok: false })
    expect(await one.heal()).toMatchObject({ ok: false })
  })

  it('takes one more replica, which the relay knows, too', async () => {
    const lab = await withLab({ relay: true, replicas: 1, chained: 0, sentinels: 0 })
    const added = await lab.addReplica(lab.master)
    expect((await infoOf(lab, added, 'replication')).get('master_port')).toBe(String(lab.master.address.port))
    expect(await lab.break({ kind: 'slow-replica', node: added.id })).toMatchObject({ ok: true })
  })

  it('speaks TLS through the relay, and has two ports for Sentinels where only they do not', async () => {
    const tls = await labTls(await makeTestCa())
    const lab = await withLab({ relay: true, replicas: 1, chained: 0, sentinels: 2, tls: { ...tls, on: 'nodes' } })
    expect((await lab.break({ kind: 'partition', node: 'master', peer: 'clients' })).ok).toBe(true)
    await expect(askOnce(lab.master.address, { tls, timeoutMs: 1000 }, 'PING')).rejects.toThrow('no connection')
    expect((await lab.heal()).ok).toBe(true)
    expect(await askOnce(lab.master.address, { tls }, 'PING')).toBe('PONG')
  })

  it('says why links cannot be broken where there is no relay', async () => {
    const lab = await withLab({ relay: true, host: '127.0.0.1', replicas: 0, sentinels: 0, disks: false })
    const unavailable = new Map(lab.faultCatalogue().map((fault) => [fault.kind, fault.unavailable]))
    expect(unavailable.get('partition')).toMatch(/share 127\.0\.0\.1/)
    expect(unavailable.get('disk-full')).toMatch(/without disks/)
    expect(unavailable.get('kill')).toBeNull()
    expect(await lab.break({ kind: 'partition', node: 'master' })).toMatchObject({
      ok: false,
      failure: { detail: expect.stringMatching(/share 127\.0\.0\.1/) as unknown },
    })
  })
})

describe('a supervised lab', () => {
  it('starts again what ends, however it ended, and leaves alone what was stopped on purpose', async () => {
    const lab = await withLab({ relay: true, replicas: 1, chained: 0, sentinels: 1, supervise: { delayMs: 200 } })
    const [replica] = lab.replicas
    if (replica === undefined) throw new Error('no replica')
    const revived = (pid: number) =>
      waitFor(async () => replica.pid !== pid && (await askOnce(replica.address, {}, 'PING')) === 'PONG', {
        what: 'it is back, through the relay, too',
      })
    const faults: number[] = []
    lab.onFaults((now) => faults.push(now.length))
    const { pid: first } = replica
    await lab.break({ kind: 'kill', node: replica.id })
    await revived(first)
    await waitFor(() => lab.faults().length === 0, { what: 'the fault to end with the start' })
    expect(faults).toEqual([1, 0])

    const { pid: second } = replica
    await askOnce(replica.direct, {}, 'SHUTDOWN', 'NOSAVE').catch(() => undefined)
    await revived(second)

    const { pid: third } = replica
    await lab.break({ kind: 'stop', node: replica.id })
    // The Sentinel shows that a supervisor was at work meanwhile, and left the replica alone.
    const sentinel = lab.sentinels[0]
    const before = sentinel?.pid
    if (sentinel !== undefined) await lab.kill(sentinel)
    await waitFor(() => sentinel !== undefined && sentinel.pid !== before && lab.isRunning(sentinel), {
      what: 'the Sentinel is back',
    })
    expect([lab.isRunning(replica), replica.pid]).toEqual([false, third])
    await lab.heal()
    await revived(third)
    const pids = lab.nodes.map((node) => node.pid)
    await lab.down()
    expect(pids.filter((pid) => markOf(pid) !== undefined)).toEqual([])
  })
})

// Starts a relayed lab in a process of its own, which says where and then waits to be killed.
const STARTER = `
  const { startLab } = await import(process.argv[1])
  const [, , root, path, flavour, version] = process.argv
  const server = { path, flavour, version }
  const started = await startLab({ root, server, relay: true, replicas: 1, chained: 0, sentinels: 1 })
  process.stdout.write(JSON.stringify(started.ok ? started.value.dir : started.failure) + '\\n')
  setInterval(() => {}, 1000)
`

describe('a relayed lab whose parent is killed', () => {
  it.runIf(existsSync('/usr/bin/setpriv'))('leaves no server, and no disk or folder after the next one', async () => {
    const root = newRoot()
    const { path, flavour, version } = await chosenServer()
    const bundle = await bundledLab(root)
    const args = ['--input-type=module', '-e', STARTER, bundle, root, path, flavour, version]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void parent.kill('SIGKILL'))
    let said = ''
    parent.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    const dir = JSON.parse(await waitFor(() => said.endsWith('\n') && said, { what: 'the other lab' })) as string
    const record = readLabRecord(dir)
    const pids = record.ok ? record.value.nodes.map((node) => node.process?.pid ?? 0) : []
    expect(mountsUnder(dir)).toHaveLength(isRoot ? 2 : 0)
    parent.kill('SIGKILL')
    await waitFor(() => pids.every((pid) => markOf(pid) === undefined), { what: 'the servers to be gone' })
    await withLab({ root, replicas: 0, sentinels: 0 })
    expect(mountsUnder(dir)).toEqual([])
    expect(existsSync(dir)).toBe(false)
  })
})

describe('a lab is refused', () => {
  it('under the name of one that runs, when names are to be unique', async () => {
    const root = newRoot()
    const options = {
      root,
      server: await chosenServer(),
      name: 'mine',
      uniqueName: 'refuse' as const,
      replicas: 0,
      sentinels: 0,
    }
    const one = await withLab(options)
    const second = await startLab(options)
    expect(second).toEqual({
      ok: false,
      failure: { kind: 'refused-by-guard', detail: `no lab started: a lab named mine runs already, in ${one.dir}` },
    })
    await one.down()
    const third = await startLab(options)
    if (third.ok) await third.value.down()
    expect(third.ok).toBe(true)
  })

  it('when the ports that it may have are not enough, and nothing of it stays', async () => {
    const root = newRoot()
    const ports = { from: 19_870, to: 19_872 }
    const started = await startLab({
      root,
      server: await chosenServer(),
      relay: true,
      replicas: 1,
      sentinels: 1,
      ports,
    })
    expect(started).toMatchObject({ ok: false, failure: { kind: 'refused-by-guard' } })
    expect(JSON.stringify(started)).toContain('8 free ports are needed, and of 19870 to 19872 only 3 are')
    expect(recordedLabs(root)).toEqual([])
    const fits = await withLab({ root, replicas: 0, sentinels: 1, ports })
    expect(fits.nodes.map((node) => node.address.port)).toEqual([19_870, 19_871])
  })

  it.runIf(isRoot)('to be ended when its folder belongs to another user', async () => {
    const { chownSync } = await import('node:fs')
    const lab = await withLab({ replicas: 0, sentinels: 0 })
    chownSync(lab.dir, 12_345, 12_345)
    expect(await endRecordedLab(lab.dir)).toMatchObject({ ok: false, failure: { kind: 'refused-by-guard' } })
    expect(lab.isRunning(lab.master)).toBe(true)
  })
})

function newRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'repliscope-test-'))
  onTestFinished(async () => {
    await Promise.all(recordedLabs(root).map((lab) => endRecordedLab(lab.dir)))
    rmSync(root, { recursive: true, force: true })
  })
  return root
}

function mountsUnder(dir: string): readonly string[] {
  const lines = existsSync('/proc/self/mounts') ? readFileSync('/proc/self/mounts', 'utf8').split('\n') : []
  return lines.map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${dir}/`))
}

/** Every finding with the sort of node that it is about, so that two labs can be compared. */
function codes(report: InspectReport): readonly string[] {
  const roleOf = new Map(report.nodes.map((node) => [node.id, node.role]))
  return report.findings.map(({ code, subject }) => `${code} ${roleOf.get(subject.id) ?? subject.kind}`).sort()
}
