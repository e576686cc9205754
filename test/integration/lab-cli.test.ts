import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  drillDescription,
  drillReport,
  faultListReport,
  labFaultsReport,
  labProbeReport,
  labReport,
  type LabReport,
} from '../../src-main/contract/lab.ts'
import { chosenServer } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { inspectJson, runCli, startCli, type CliResult } from './cli-program.ts'

/** A machine of one's own as far as labs go: another temporary folder. Whatever is left in it is ended with the test. */
function ownMachine() {
  const folder = mkdtempSync(join(tmpdir(), 'rl-'))
  const env = { TMPDIR: folder, REPLISCOPE_HOME: join(folder, 'home') }
  const root = join(folder, `repliscope-labs-${process.getuid?.() ?? 'user'}`)
  onTestFinished(async () => {
    for (const pid of processesUnder(folder)) process.kill(pid, 'SIGKILL')
    await waitFor(() => processesUnder(folder).length === 0, { what: 'the end of what was left' })
    rmSync(folder, { recursive: true, force: true })
  })
  const run = (...args: readonly string[]): Promise<CliResult> => runCli(['lab', ...args], env)
  return {
    folder,
    root,
    env,
    run,
    up: async (...args: readonly string[]): Promise<LabReport> => {
      const server = (await chosenServer()).path
      const { code, stdout, stderr } = await run('up', '--json', '--server', server, ...args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return labReport.parse(JSON.parse(stdout))
    },
    status: async (): Promise<LabReport[]> => {
      const { code, stdout } = await run('status', '--json')
      expect(code).toBe(0)
      return z.array(labReport).parse(JSON.parse(stdout))
    },
    /** Folders of labs; none when nothing stays. */
    left: (): readonly string[] => (existsSync(root) ? readdirSync(root) : []),
    processes: (): readonly number[] => processesUnder(folder),
  }
}

/** Every process that has this folder in its command line or works in it: servers by their files, keepers by theirs. */
function processesUnder(folder: string): readonly number[] {
  const real = realpathSync(folder)
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => {
      try {
        if (/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return false
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return line.includes(real) || realpathSync(`/proc/${pid}/cwd`).startsWith(real)
      } catch {
        return false
      }
    })
}

type Machine = ReturnType<typeof ownMachine>

function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
}

/** The process that keeps a lab. */
function keeperOf(lab: LabReport): number {
  const { pid } = JSON.parse(readFileSync(join(lab.dir, 'keeper.json'), 'utf8')) as { pid: number }
  return pid
}

async function only(machine: Machine): Promise<LabReport> {
  const [lab, ...others] = await machine.status()
  if (lab === undefined || others.length > 0) throw new Error(`${others.length + 1} labs`)
  return lab
}

async function nothingLeft(machine: Machine): Promise<void> {
  await waitFor(() => machine.processes().length === 0, { what: 'the end of every process' })
  expect(machine.left()).toEqual([])
}

/** Breaks something; gives what is broken then. */
async function fault(machine: Machine, ...args: readonly string[]) {
  const { code, stdout, stderr } = await machine.run('fault', ...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return labFaultsReport.parse(JSON.parse(stdout)).active
}

describe('a lab of the command line', () => {
  it('is started, looked at, broken, healed and ended', async () => {
    const machine = ownMachine()
    const started = await machine.up('--set', 'repl-backlog-size=2mb')
    const { master, replicas, chained, sentinels } = started
    expect(started).toMatchObject({ name: 'lab', group: 'mymaster', up: true, keeper: 'answers', faults: [] })
    expect([replicas.length, chained.length, sentinels.length]).toEqual([2, 1, 3])
    expect(Object.keys(started.pids).toSorted()).toEqual([master, ...replicas, ...chained, ...sentinels].toSorted())
    expect(await only(machine)).toEqual(started)

    const seen = await inspectJson(['--sentinel', String(sentinels[0])], machine.env)
    expect(seen.groups[0]).toMatchObject({ name: 'mymaster', master })
    expect(seen.groups[0]?.replicas.toSorted()).toEqual([...replicas, ...chained].toSorted())
    const backlog = seen.nodes.find((node) => node.id === master)?.replication?.backlog?.sizeBytes
    expect(backlog).toBe(2 * 1024 * 1024)

    expect(await fault(machine, 'kill', 'master')).toMatchObject([{ id: 'f1', kind: 'kill', node: master }])
    const broken = await only(machine)
    expect([broken.up, broken.pids[master], broken.faults?.length]).toEqual([false, null, 1])
    const next = await waitFor(
      async () => {
        const now = await only(machine)
        return now.master === master ? undefined : now.master
      },
      { what: 'another master', deadlineMs: 60_000 },
    )
    expect(replicas).toContain(next)
    expect((await machine.run('heal')).code).toBe(0)
    expect((await only(machine)).up).toBe(true)

    const [cut] = await fault(machine, 'partition', 'replica-1', 'replica-2', '--direction', 'to-node')
    expect(cut).toMatchObject({ node: replicas[0], peer: replicas[1], direction: 'to-node' })
    const frozen = await fault(machine, 'freeze', String(sentinels[2]))
    expect(frozen).toHaveLength(2)
    expect((await only(machine)).nodes.find(({ id }) => id === sentinels[2])?.role).toBeNull()
    expect((await machine.run('heal')).code).toBe(2)
    expect((await machine.run('heal', 'nope')).code).toBe(3)
    expect((await machine.run('heal', '--all')).stdout).toContain('nothing is broken')

    const ended = await machine.run('down', 'lab', '--json')
    expect(JSON.parse(ended.stdout)).toEqual({ schema: 'repliscope/lab-down@1', ended: ['lab'] })
    await nothingLeft(machine)
    expect((await machine.run('down', 'lab')).code).toBe(3)
    expect(await machine.run('down')).toMatchObject({ code: 0, stdout: 'no lab runs here\n' })
  }, 180_000)

  it('runs beside others, each ended by its name', async () => {
    const machine = ownMachine()
    const [one, two] = await Promise.all([
      machine.up('--name', 'one', '--replicas', '1', '--chained', '0', '--sentinels', '1'),
      machine.up('--name', 'two', '--replicas', '1', '--chained', '0', '--sentinels', '1'),
    ])
    expect((await machine.status()).map(({ name }) => name)).toEqual(['one', 'two'])
    const unclear = await machine.run('fault', 'kill', 'master')
    expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining('--lab NAME')])
    expect((await machine.run('down')).code).toBe(2)
    expect((await machine.run('up', '--name', 'one')).code).toBe(4)
    expect(machine.left()).toHaveLength(2)
    await fault(machine, 'stop', 'replica-1', '--lab', 'two')
    expect(await machine.run('down', 'one')).toMatchObject({ code: 0 })
    const left = await only(machine)
    expect([left.name, left.pids[String(two.replicas[0])], left.pids[two.master]]).toEqual([
      'two',
      null,
      two.pids[two.master],
    ])
    expect(existsSync(one.dir)).toBe(false)
    expect(await machine.run('down', '--all')).toMatchObject({ code: 0, stdout: 'ended: two\n' })
    await nothingLeft(machine)
  }, 120_000)

  it('has a name of its own when several are started at once: one wins, the others are told', async () => {
    const machine = ownMachine()
    const server = (await chosenServer()).path
    const small = ['--server', server, '--replicas', '0', '--sentinels', '0']
    const named = await Promise.all([1, 2, 3].map(() => machine.run('up', '--name', 'a', ...small)))
    expect(named.map(({ code }) => code ?? 0).toSorted((a, b) => a - b)).toEqual([0, 4, 4])
    for (const { code, stderr } of named)
      expect(stderr).toMatch(code === 0 ? /^$/ : /^repliscope: [^\n]* a lab named a runs already, in [^\n]+\n$/)
    const unnamed = await Promise.all([1, 2, 3].map(() => machine.up('--replicas', '0', '--sentinels', '0')))
    expect(unnamed.map(({ name }) => name).toSorted()).toEqual(['lab', 'lab-2', 'lab-3'])
    expect((await machine.run('down', '--all')).code).toBe(0)
    await nothingLeft(machine)
  }, 120_000)

  it('ends when somebody removes its folder', async () => {
    const machine = ownMachine()
    const lab = await machine.up('--replicas', '0', '--sentinels', '0')
    rmSync(join(lab.dir, 'lab.json'))
    expect(await machine.status()).toEqual([])
    await nothingLeft(machine)
  }, 120_000)

  it('of a drill is not meant where no name is given, and is cleaned up once its drill was killed', async () => {
    const machine = ownMachine()
    const dir = join(machine.root, 'drill-quorum-lost-abc123')
    const leave = (owner: number): void => {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      const mark = { pid: owner, startTicks: startTicks(process.pid) }
      const record = { schema: 'repliscope/lab-record@1', name: 'drill-quorum-lost', dir, purpose: 'drill', nodes: [] }
      writeFileSync(join(dir, 'lab.json'), JSON.stringify({ ...record, server: 'redis 7.0.15', owner: mark }))
    }
    leave(process.pid)
    chmodSync(machine.root, 0o700)
    expect(await only(machine)).toMatchObject({ name: 'drill-quorum-lost', purpose: 'drill', keeper: 'silent' })
    const none = await machine.run('fault', 'kill', 'master')
    expect([none.code, none.stderr]).toEqual([3, expect.stringMatching(/no lab runs here.*quorum-lost is of a drill/)])
    const mine = await machine.up('--replicas', '0', '--sentinels', '0')
    expect(await fault(machine, 'freeze', 'master')).toMatchObject([{ kind: 'freeze', node: mine.master }])
    expect((await machine.run('heal')).stdout).toMatch(/^healed: f1 .*\nnothing is broken in lab\n$/)
    const probed = await machine.run('probe', '--for', '500ms', '--json')
    const account = labProbeReport.parse(JSON.parse(probed.stdout))
    expect(account).toMatchObject({ lab: 'lab', countedOn: mine.master, kept: account.acknowledged, lost: 0 })
    expect(account.sent).toBe(account.acknowledged + account.refused + account.unknown)
    expect(account.acknowledged).toBeGreaterThan(0)
    const unheard = await machine.run('probe', '--waitaof', '0')
    expect([unheard.code, unheard.stderr]).toEqual([4, expect.stringContaining('answers WAITAOF with')])
    expect(await machine.run('down')).toMatchObject({ code: 0, stdout: 'ended: lab\n' })
    expect(await machine.run('down', '--all')).toMatchObject({ code: 0, stdout: 'no lab runs here\n' })
    expect(machine.left()).toHaveLength(1)
    // No process has this one.
    leave(2 ** 22 + 1)
    expect(await machine.run('down')).toMatchObject({ code: 0, stdout: 'ended: drill-quorum-lost\n' })
    await nothingLeft(machine)
  }, 120_000)

  it('is told to be without its keeper when that was killed, and cleaned up', async () => {
    const machine = ownMachine()
    const lab = await machine.up()
    process.kill(keeperOf(lab), 'SIGKILL')
    await waitFor(() => machine.processes().length === 0, { what: 'the end of servers that lost their keeper' })
    const told = await only(machine)
    expect([told.keeper, told.up, new Set(Object.values(told.pids))]).toEqual(['gone', false, new Set([null])])
    expect((await machine.run('status')).stdout).toContain('repliscope lab down lab')
    expect(await machine.run('fault', 'kill', 'master')).toMatchObject({ code: 4 })
    expect(await machine.run('down', 'lab')).toMatchObject({ code: 0 })
    expect(machine.left()).toEqual([])
  }, 120_000)

  it('is swept by the next one when its keeper was killed', async () => {
    const machine = ownMachine()
    const lost = await machine.up('--name', 'lost')
    process.kill(keeperOf(lost), 'SIGKILL')
    await waitFor(async () => (await only(machine)).keeper === 'gone', { what: 'the end of the keeper' })
    await machine.up('--name', 'lost')
    expect(existsSync(lost.dir)).toBe(false)
    expect(await machine.run('down', 'lost')).toMatchObject({ code: 0 })
    await nothingLeft(machine)
  }, 120_000)

  it('is ended when its keeper is hung', async () => {
    const machine = ownMachine()
    const lab = await machine.up('--replicas', '1', '--chained', '0')
    process.kill(keeperOf(lab), 'SIGSTOP')
    expect((await only(machine)).keeper).toBe('silent')
    expect(await machine.run('down', 'lab')).toMatchObject({ code: 0 })
    await nothingLeft(machine)
  }, 120_000)

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'is not there when lab up got %s before it stood',
    async (signal) => {
      const machine = ownMachine()
      const server = (await chosenServer()).path
      const starting = startCli(['lab', 'up', '--replicas', '6', '--server', server], machine.env)
      // The keeper and at least one server are under way.
      await waitFor(() => machine.left().length > 0 && machine.processes().length > 1, { what: 'a server', everyMs: 1 })
      starting.child.kill(signal)
      const { code, stdout } = await starting.ended
      expect([code, stdout]).toEqual([signal === 'SIGINT' ? 130 : null, ''])
      await nothingLeft(machine)
    },
    120_000,
  )

  it('starts a supervised process again', async () => {
    const machine = ownMachine()
    const lab = await machine.up('--replicas', '1', '--chained', '0', '--supervise', '0.5')
    const replica = String(lab.replicas[0])
    process.kill(lab.pids[replica] ?? 0, 'SIGKILL')
    const again = await waitFor(
      async () => {
        const pid = (await only(machine)).pids[replica]
        return pid === lab.pids[replica] ? undefined : pid
      },
      { what: 'a new process', deadlineMs: 60_000 },
    )
    expect(again).not.toBe(lab.pids[replica])
    await machine.run('down')
    await nothingLeft(machine)
  }, 120_000)

  it('is started through a link to the program, from another folder, and shown to people', async () => {
    const machine = ownMachine()
    const program = process.env['REPLISCOPE_CLI'] ?? fileURLToPath(new URL('../../out/cli/index.js', import.meta.url))
    const link = join(machine.folder, 'repliscope')
    symlinkSync(program, link)
    const server = (await chosenServer()).path
    const child = spawn(process.execPath, [link, 'lab', 'up', '--server', server], {
      cwd: machine.folder,
      env: { ...process.env, ...machine.env },
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
    const { master, sentinels } = await only(machine)
    expect(said.startsWith(`${master}  lab "lab"`)).toBe(true)
    expect(said).toContain(`repliscope inspect --sentinel ${sentinels[0]} --watch`)
    expect(said).toContain('repliscope lab down lab')
    await machine.run('down')
    await nothingLeft(machine)
  }, 120_000)
})

describe('bad input to a lab', () => {
  it('is answered in one line, and nothing half-started stays', async () => {
    const machine = ownMachine()
    const server = (await chosenServer()).path
    const old = join(machine.folder, 'redis-server')
    writeFileSync(old, '#!/bin/sh\necho "Redis server v=4.0.14 sha=0 malloc=libc bits=64 build=0"\n')
    chmodSync(old, 0o755)
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['up', '--server', '/bin/true'], 2, '/bin/true'],
      [['up', '--server', '/no/such'], 2, '/no/such'],
      [['up', '--server', old], 4, '5.0'],
      [['up', '--name', '../x'], 2, '--name'],
      [['up', '--replicas', '-1'], 2, '--replicas'],
      [['up', '--aof', '--rdb'], 2, '--aof'],
      [['up', '--set', 'requirepass=hunter2'], 2, 'secret'],
      [['up', '--set', 'port=1'], 2, 'decided'],
      [['up', '--server', server, '--set', 'no-such-thing=1'], 4, 'no-such-thing'],
      [['up', '--server', server, '--ports', '21000-21001'], 4, 'free ports'],
      [['up', '--supervise', 'soon'], 2, '--supervise'],
      [['fault'], 2, 'partition'],
      [['fault', 'explode', 'master'], 2, 'kill'],
      [['fault', 'kill'], 2, 'process'],
      [['fault', 'kill', 'master', 'replica-1'], 2, 'alone'],
      [['fault', 'kill', 'master', '--amount', '3'], 2, '--amount'],
      [['fault', 'delay', 'master', '--amount', 'much'], 2, 'ms'],
      [['fault', 'kill', 'master'], 3, 'lab up'],
      [['heal'], 3, 'lab up'],
      [['down', 'x', '--all'], 2, '--all'],
      [['drill', 'nope'], 2, 'quorum-lost'],
      [['drill', 'primary-crash-idle', '--compare'], 2, 'no remedy'],
      [['drill', 'quorum-lost', '--compare', '--remedy'], 2, '--remedy'],
      [['drill', 'quorum-lost', '--json', '--markdown'], 2, '--markdown'],
      [['drill', 'quorum-lost', '--html', join(machine.folder, 'none', 'x.html')], 2, 'folder'],
      [['drill', 'quorum-lost', '--server', old], 4, '5.0'],
      [['status', 'nope'], 3, 'nope'],
      [['probe'], 3, 'lab up'],
      [['probe', '--rate', '0'], 2, '--rate'],
    ]
    for (const [args, code, word] of cases) {
      const result = await machine.run(...args)
      expect([args, result.code, result.stdout]).toEqual([args, code, ''])
      expect(result.stderr).toMatch(/^repliscope: [^\n]+\n$/)
      expect(result.stderr).toContain(word)
      expect(result.stderr).not.toContain('hunter2')
    }
    await nothingLeft(machine)
  }, 180_000)

  it('says what to install where there is no server', async () => {
    const machine = ownMachine()
    const { code, stderr } = await runCli(['lab', 'up'], { ...machine.env, PATH: machine.folder })
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^repliscope: no redis-server .*install.*\n$/)])
  })

  it('names a process that the lab does not have, and keeps the lab as it is', async () => {
    const machine = ownMachine()
    const lab = await machine.up('--replicas', '1', '--chained', '0', '--sentinels', '1')
    const wrong = await machine.run('fault', 'kill', '10.0.0.5:6379')
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining(`master (${lab.master})`)])
    expect((await machine.run('fault', 'slow-replica', 'sentinel-1')).code).toBe(4)
    expect(await only(machine)).toMatchObject({ up: true, faults: [] })
    await machine.run('down')
    await nothingLeft(machine)
  }, 120_000)

  it.runIf(process.getuid?.() === 0)("leaves another user's lab to that user", async () => {
    const machine = ownMachine()
    const dir = join(machine.folder, 'repliscope-labs-65534', 'theirs-abc123')
    mkdirSync(dir, { recursive: true })
    const record = { schema: 'repliscope/lab-record@1', name: 'theirs', dir, server: 'redis 7.0.15', nodes: [] }
    writeFileSync(join(dir, 'lab.json'), JSON.stringify(record))
    chownSync(join(machine.folder, 'repliscope-labs-65534'), 65_534, 65_534)
    const { code, stderr } = await machine.run('down', 'theirs')
    expect([code, stderr]).toEqual([4, expect.stringMatching(/belongs to .* sudo -u /)])
    expect(existsSync(dir)).toBe(true)
    expect(await machine.status()).toEqual([])
  })
})

describe('the lists', () => {
  it('of faults and drills can be read before there is a lab', async () => {
    const machine = ownMachine()
    const faults = await machine.run('fault', '--list', '--json')
    expect(faultListReport.parse(JSON.parse(faults.stdout)).faults.map(({ kind }) => kind)).toContain('partition')
    expect((await machine.run('fault', '--list')).stdout).toContain('delay NODE [PEER] [--amount ms')
    const drills = await machine.run('drills', '--json')
    const listed = z.array(drillDescription).parse(JSON.parse(drills.stdout))
    expect(listed.map(({ name }) => name)).toContain('primary-crash-idle')
    expect((await machine.run('drills')).stdout).toContain('primary-crash-idle')
  })

  it('of commands have what people use, and not the keeper', async () => {
    const machine = ownMachine()
    const { stdout } = await machine.run('--help')
    for (const name of ['up', 'status', 'down', 'fault', 'heal', 'probe', 'drills', 'drill'])
      expect(stdout).toContain(`  ${name}`)
    expect(stdout).not.toContain('keep')
  })
})

describe('a drill of the command line', () => {
  it('tells its report as JSON, and leaves nothing behind', async () => {
    const machine = ownMachine()
    const server = (await chosenServer()).path
    const html = join(machine.folder, 'drill.html')
    const args = ['drill', 'primary-crash-idle', '--json', '--server', server, '--html', html]
    const { code, stdout } = await machine.run(...args)
    expect(code).toBe(0)
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>[^]*The master dies in a quiet hour/)
    const report = drillReport.parse(JSON.parse(stdout))
    expect(report).toMatchObject({ name: 'primary-crash-idle', withRemedy: false })
    expect(report.measured.acknowledged).toBeGreaterThan(0)
    expect(report.timeline.some(({ lane }) => lane === 'fault')).toBe(true)
    await nothingLeft(machine)
  }, 180_000)

  it('is given up by Ctrl-C, and leaves nothing behind', async () => {
    const machine = ownMachine()
    const server = (await chosenServer()).path
    const running = startCli(['lab', 'drill', 'primary-crash-idle', '--server', server], machine.env)
    await waitFor(() => running.stdout().includes('a client writes'), { what: 'the first write', deadlineMs: 60_000 })
    running.child.kill('SIGINT')
    expect((await running.ended).code).toBe(130)
    await nothingLeft(machine)
  }, 120_000)
})
