import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Address } from '../../src-main/domain/address.ts'
import { startLab } from '../../src-main/lab/lab.ts'
import { markOf } from '../../src-main/lab/processes.ts'
import { endRecordedLab, readLabRecord, recordedLabs } from '../../src-main/lab/record.ts'
import { startWriter } from '../../src-main/lab/writer.ts'
import { bundledLab } from '../support/lab/bundled-lab.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { chosenServer } from '../support/lab/server-choice.ts'
import { labTls, makeTestCa } from '../support/lab/test-ca.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab } from '../support/lab/with-lab.ts'

describe('a lab', () => {
  it('comes up linked, as redis-cli sees it, and leaves no process, port or folder when it goes down', async () => {
    const lab = await withLab()
    const [replica] = lab.replicas
    const [chained] = lab.chained
    expect(lab.nodes.map((node) => node.name)).toEqual([
      ...['master', 'replica-1', 'replica-2', 'chained-1'],
      ...['sentinel-1', 'sentinel-2', 'sentinel-3'],
    ])
    const master = await infoOf(lab, lab.master, 'replication')
    expect(master.get('connected_slaves')).toBe('2')
    expect(chained && (await infoOf(lab, chained, 'replication')).get('master_link_status')).toBe('up')
    expect(chained && (await infoOf(lab, chained, 'replication')).get('master_port')).toBe(
      String(replica?.address.port),
    )
    for (const sentinel of lab.sentinels) {
      expect(await masterAccordingTo(lab, sentinel, lab.group)).toBe(lab.master.id)
      expect(await redisCli(lab, sentinel, 'SENTINEL', 'CKQUORUM', lab.group)).toMatch(/^OK 3 usable Sentinels/)
    }

    const pids = lab.nodes.map((node) => node.pid)
    const addresses = lab.nodes.map((node) => node.address)
    expect(pids.every((pid) => markOf(pid) !== undefined)).toBe(true)
    await Promise.all([lab.down(), lab.down()])
    expect(pids.filter((pid) => markOf(pid) !== undefined)).toEqual([])
    expect(existsSync(lab.dir)).toBe(false)
    expect(await Promise.all(addresses.map(isListening))).toEqual(addresses.map(() => false))
  })

  it('does not disturb a second one beside it', async () => {
    const [one, two] = await Promise.all([
      withLab({ replicas: 1, chained: 0, sentinels: 1 }),
      withLab({ replicas: 1, chained: 0, sentinels: 1 }),
    ])
    const ports = [...one.nodes, ...two.nodes].map((node) => node.address.port)
    expect(new Set(ports).size).toBe(ports.length)
    await one.down()
    expect(two.nodes.map((node) => two.isRunning(node))).toEqual([true, true, true])
    expect(await redisCli(two, two.master, 'PING')).toBe('PONG')
  })

  it('restarts a node although something else had its port for a moment', async () => {
    const lab = await withLab({ replicas: 0, sentinels: 0 })
    const { host, port } = lab.master.address
    await lab.kill(lab.master)
    const other = createServer().on('error', () => undefined)
    onTestFinished(() => void other.close())
    // Whoever has it: a start fails for as long as this one, or another, listens there.
    other.listen(port, host)
    const restarted = lab.restart(lab.master)
    await waitFor(() => readFileSync(lab.master.logFile, 'utf8').includes('already in use'), { what: 'a failed start' })
    other.close()
    await restarted
    expect(await redisCli(lab, lab.master, 'PING')).toBe('PONG')
  })

  it('runs on IPv6', async () => {
    const lab = await withLab({ host: '::1', replicas: 1, chained: 0 })
    expect(lab.master.id).toMatch(/^\[::1\]:\d+$/)
    expect((await infoOf(lab, lab.master, 'replication')).get('slave0')).toContain('ip=::1,')
    const [sentinel] = lab.sentinels
    expect(sentinel && (await masterAccordingTo(lab, sentinel, lab.group))).toBe(lab.master.id)
  })

  it('gives every process a host of its own, and the master lists its replicas by these', async () => {
    const lab = await withLab({ host: 'own', sentinels: 1, chained: 0 })
    expect(lab.nodes.map((node) => node.address.host)).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'])
    const listed = [...(await infoOf(lab, lab.master, 'replication')).entries()]
      .filter(([key]) => /^slave\d$/.test(key))
      .map(([, value]) => value.slice(0, value.indexOf(',')))
    expect(listed.sort()).toEqual(['ip=127.0.0.3', 'ip=127.0.0.4'])
  })

  it('speaks TLS and asks for passwords, on nodes and Sentinels apart', async () => {
    const tls = await labTls(await makeTestCa())
    const lab = await withLab({
      replicas: 1,
      chained: 0,
      tls,
      auth: { password: 'of-nodes', users: ['monitor on >watching +ping +info +role'] },
      sentinelAuth: { password: 'of-sentinels' },
    })
    expect((await infoOf(lab, lab.master, 'replication')).get('connected_slaves')).toBe('1')
    const [sentinel] = lab.sentinels
    expect(sentinel && (await redisCli(lab, sentinel, 'SENTINEL', 'CKQUORUM', lab.group))).toMatch(/^OK 3/)
    expect(await redisCli(lab, lab.master, 'ACL', 'USERS')).toContain('monitor')
    expect(existsSync(join(lab.master.dir, 'redis.conf'))).toBe(true)
  })

  it.each(['nodes', 'sentinels'] as const)('speaks TLS on its %s only', async (on) => {
    const lab = await withLab({ replicas: 1, chained: 0, tls: { ...(await labTls(await makeTestCa())), on } })
    expect(lab.access(lab.master).tls !== undefined).toBe(on === 'nodes')
    const [sentinel] = lab.sentinels
    expect(sentinel && lab.access(sentinel).tls !== undefined).toBe(on === 'sentinels')
    expect(sentinel && (await redisCli(lab, sentinel, 'SENTINEL', 'CKQUORUM', lab.group))).toMatch(/^OK 3/)
  })

  it('holds several groups under one Sentinel set', async () => {
    const lab = await withLab({ groups: [{ group: 'orders' }, { group: 'sessions', replicas: 1, chained: 0 }] })
    expect(lab.groups.map((group) => [group.group, group.replicas.length, group.chained.length])).toEqual([
      ['orders', 2, 1],
      ['sessions', 1, 0],
    ])
    const [sentinel] = lab.sentinels
    for (const { group, master } of lab.groups)
      expect(sentinel && (await masterAccordingTo(lab, sentinel, group))).toBe(master.id)
  })

  it('fails over while a writer writes, and the writer follows', async () => {
    const lab = await withLab({ chained: 0 })
    const writer = startWriter({ sentinels: lab.sentinels.map((it) => it.address), group: lab.group })
    onTestFinished(async () => void (await writer.stop()))
    await waitFor(() => writer.tally().acknowledged > 2, { what: 'the first writes' })
    await lab.kill(lab.master)
    expect(lab.isRunning(lab.master)).toBe(false)
    const port = await waitFor(
      () => [writer.tally().master?.port].find((it) => it !== undefined && it !== lab.master.address.port),
      { what: 'a write to another master' },
    )
    expect(lab.replicas.map((node) => node.address.port)).toContain(port)
    await lab.restart(lab.master)
    await waitFor(async () => (await infoOf(lab, lab.master, 'replication')).get('role') === 'slave', {
      what: 'the old master to be demoted',
    })
  })

  it('stops a process so that its port answers nothing, lets it go on, and ends it even when it is stopped', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    lab.stop(lab.master)
    await expect(lab.ask(lab.master, 'PING')).rejects.toThrow(/no reply/)
    lab.cont(lab.master)
    expect(await lab.ask(lab.master, 'PING')).toBe('PONG')
    lab.stop(lab.master)
    const { pid } = lab.master
    await lab.down()
    expect(markOf(pid)).toBeUndefined()
  })

  it('takes one more replica while it runs', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    const added = await lab.addReplica(lab.master)
    expect((await infoOf(lab, added, 'replication')).get('master_port')).toBe(String(lab.master.address.port))
  })

  it('says why it does not come up, and leaves nothing', async () => {
    const root = mkdtempSync(join(tmpdir(), 'repliscope-test-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const started = await startLab({ root, server: await chosenServer(), set: { 'no-such-directive': '1' } })
    expect(started).toMatchObject({ ok: false, failure: { kind: 'refused-by-guard' } })
    expect(JSON.stringify(started)).toContain('no-such-directive')
    expect(recordedLabs(root)).toEqual([])
  })
})

// Starts a lab in a process of its own, which says where and then waits to be killed.
const STARTER = `
  const { startLab } = await import(process.argv[1])
  const [, , root, path, flavour, version, outlives] = process.argv
  const server = { path, flavour, version }
  const started = await startLab({ root, server, replicas: 1, chained: 0, sentinels: 1, outlivesParent: outlives === 'yes' })
  process.stdout.write(JSON.stringify(started.ok ? started.value.dir : started.failure) + '\\n')
  setInterval(() => {}, 1000)
`

describe('a lab whose parent is killed', () => {
  it('is ended from its record when it was meant to outlive it', async () => {
    const { dir, parent } = await startElsewhere('yes')
    const record = readLabRecord(dir)
    const marks = record.ok ? record.value.nodes.flatMap((node) => node.process ?? []) : []
    expect(marks).toHaveLength(3)
    parent.kill('SIGKILL')
    await waitFor(() => parent.signalCode !== null, { what: 'the parent to be gone' })
    expect(marks.map((mark) => markOf(mark.pid))).toEqual(marks)
    expect((await endRecordedLab(dir)).ok).toBe(true)
    expect(marks.filter((mark) => markOf(mark.pid) !== undefined)).toEqual([])
    expect(existsSync(dir)).toBe(false)
  })

  it.runIf(existsSync('/usr/bin/setpriv'))('dies with it otherwise, and the next lab removes its folder', async () => {
    const { dir, root, parent } = await startElsewhere('no')
    const record = readLabRecord(dir)
    const pids = record.ok ? record.value.nodes.map((node) => node.process?.pid ?? 0) : []
    parent.kill('SIGKILL')
    await waitFor(() => pids.every((pid) => markOf(pid) === undefined), { what: 'the servers to be gone' })
    expect(existsSync(dir)).toBe(true)
    await withLab({ root, replicas: 0, sentinels: 0 })
    expect(existsSync(dir)).toBe(false)
  })

  it('leaves a process alone that only has the pid of one of its own', async () => {
    const { dir, parent } = await startElsewhere('yes')
    const file = join(dir, 'lab.json')
    const record = JSON.parse(readFileSync(file, 'utf8')) as {
      nodes: { process: { pid: number; startTicks: number } }[]
    }
    const marks = record.nodes.map((node) => node.process)
    onTestFinished(() => marks.forEach((mark) => process.kill(mark.pid, 'SIGKILL')))
    const { writeLabRecord } = await import('../../src-main/lab/record.ts')
    const forged = record.nodes.map((node) => ({ ...node, process: { ...node.process, startTicks: 1 } }))
    writeLabRecord({ ...record, nodes: forged } as unknown as Parameters<typeof writeLabRecord>[0])
    parent.kill('SIGKILL')
    await endRecordedLab(dir)
    expect(marks.map((mark) => markOf(mark.pid))).toEqual(marks)
  })
})

async function startElsewhere(outlives: 'yes' | 'no') {
  const root = mkdtempSync(join(tmpdir(), 'repliscope-test-'))
  const { path, flavour, version } = await chosenServer()
  const bundle = await bundledLab(root)
  const args = ['--input-type=module', '-e', STARTER, bundle, root, path, flavour, version, outlives]
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    parent.kill('SIGKILL')
    await Promise.all(recordedLabs(root).map((lab) => endRecordedLab(lab.dir)))
    rmSync(root, { recursive: true, force: true })
  })
  let said = ''
  parent.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const line = await waitFor(() => said.endsWith('\n') && said, { what: 'the lab in the other process' })
  return { dir: JSON.parse(line) as string, root, parent }
}

function isListening({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
