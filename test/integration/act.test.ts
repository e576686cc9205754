import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configOf } from '../support/lab/config-of.ts'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { runCli, startCli } from './cli-program.ts'

function home(): { readonly REPLISCOPE_HOME: string } {
  const path = mkdtempSync(join(tmpdir(), 'repliscope-home-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return { REPLISCOPE_HOME: path }
}

type Env = Readonly<Record<string, string>>
const sentinel = (lab: TestLab): string => lab.sentinels[0]?.id ?? ''
const quiet = { chained: 0, downAfterMs: 5000 } as const

/** Runs an action on a lab that counts as no production. */
async function act(lab: TestLab, env: Env, confirm: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await runCli(
    ['act', ...args, '--sentinel', sentinel(lab), '--environment', 'lab', '--confirm', confirm, '--json'],
    env,
  )
  return { code, stderr, json: stdout === '' ? undefined : (JSON.parse(stdout) as { state?: string; id?: string }) }
}

/** The lines meant for people that begin with the program's name. */
const words = (stderr: string): readonly string[] => stderr.split('\n').filter((line) => line.startsWith('repliscope:'))

describe('wait-test', () => {
  it('measures on real servers, removes its key, explains what falls short, and writes nothing unconfirmed', async () => {
    const env = home()
    const lab = await withLab(quiet)
    const base = ['wait-test', '--sentinel', sentinel(lab), '--group', lab.group, '--replicas', '2', '--timeout', '500']
    const before = await infoOf(lab, lab.master, 'commandstats')
    const unconfirmed = await runCli([...base, '--json'], env)
    expect([unconfirmed.code, unconfirmed.stdout, words(unconfirmed.stderr).length]).toEqual([4, '', 1])
    expect((await infoOf(lab, lab.master, 'commandstats')).get('cmdstat_set')).toBe(before.get('cmdstat_set'))
    const confirmed = [...base, '--confirm', lab.group, '--json']
    const good = await runCli([...confirmed, '--count', '10', '--batch', '4'], env)
    expect(good.code).toBe(0)
    const report = JSON.parse(good.stdout) as { rounds: { acked: number; batch: number }[]; short: number }
    expect(report).toMatchObject({
      schema: 'repliscope/wait@1',
      group: lab.group,
      master: lab.master.id,
      asked: 2,
      timeoutMs: 500,
      short: 0,
      reason: null,
    })
    expect(report.rounds).toHaveLength(10)
    expect(report.rounds.every((round) => round.acked >= 2 && round.batch === 4)).toBe(true)
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('0')
    // its servers are found again by its id alone
    const [{ id }] = JSON.parse((await runCli(['journal', 'list', '--json'], env)).stdout) as [{ id: string }]
    const verified = await runCli(['act', '--verify', id, '--json'], env)
    expect([verified.code, verified.stderr]).toEqual([0, ''])
    const stalled = lab.replicas[1]
    if (stalled === undefined) throw new Error('no replica')
    lab.stop(stalled)
    const short = await runCli([...confirmed, '--count', '3'], env)
    lab.cont(stalled)
    expect(short.code).toBe(0)
    const told = JSON.parse(short.stdout) as { short: number; reason: string | null; rounds: { acked: number }[] }
    expect(told.short).toBe(3)
    expect(told.rounds.map((round) => round.acked)).toEqual([1, 1, 1])
    expect(told.reason).toMatch(new RegExp(`^${stalled.id} lacks \\d+ bytes, last acknowledged \\d+ s ago$`))
    expect((await runCli([...base, '--timeout', '0', '--confirm', lab.group], env)).code).toBe(2)
  }, 60_000)
})

describe('waitaof-test', () => {
  it('measures where the server has WAITAOF, and is refused where it has not', async () => {
    const env = home()
    const lab = await withLab({ ...quiet, persistence: 'aof' })
    const { code, json, stderr } = await act(
      lab,
      env,
      lab.group,
      'waitaof-test',
      '--set',
      'replicas=2',
      // everysec: a replica's fsync and its word of it may take more than a second each
      '--set',
      'timeout=5000',
      '--set',
      'count=3',
    )
    if (lab.binary.flavour !== 'valkey') {
      expect([code, words(stderr).length]).toEqual([4, 1])
      expect(stderr).toContain('has-waitaof')
      return
    }
    expect([code, json?.state]).toEqual([0, 'succeeded'])
    expect(json).toMatchObject({
      measured: { asked: 2, short: 0, rounds: [{ acked: 2, local: 1 }, { acked: 2 }, { acked: 2 }] },
    })
    // A replica without an append-only file never counts, and is named.
    const [without] = lab.replicas
    if (without === undefined) throw new Error('no replica')
    await redisCli(lab, without, 'CONFIG', 'SET', 'appendonly', 'no')
    const short = await act(
      lab,
      env,
      lab.group,
      'waitaof-test',
      '--set',
      'replicas=2',
      '--set',
      'timeout=1500',
      '--set',
      'count=1',
    )
    expect([short.code, short.json?.state]).toEqual([0, 'succeeded'])
    expect(short.json).toMatchObject({ measured: { short: 1, rounds: [{ acked: 1, local: 1 }] } })
    expect((short.json as unknown as { measured: { reason: string } }).measured.reason).toContain(
      `${without.id} has no append-only file and never confirms`,
    )
  }, 60_000)
})

describe('settings', () => {
  it('are set on every node, read back, kept in the file when asked to, and refused when they are not known', async () => {
    const env = home()
    const lab = await withLab(quiet)
    const nodes = [lab.master, ...lab.replicas]
    const { code, json } = await act(lab, env, lab.group, 'config-set', '--set', 'repl-backlog-size=2mb', '--rewrite')
    expect([code, json?.state]).toEqual([0, 'succeeded'])
    for (const node of nodes) {
      expect(await redisCli(lab, node, 'CONFIG', 'GET', 'repl-backlog-size')).toBe('repl-backlog-size\n2097152')
      expect(configOf(node)).toMatch(/^repl-backlog-size 2mb$/m)
    }
    const unknown = await act(lab, env, lab.group, 'config-set', '--set', 'no-such-setting=1')
    expect([unknown.code, words(unknown.stderr).length]).toEqual([4, 1])
    const secret = await act(lab, env, lab.group, 'config-set', '--set', 'requirepass=hunter2')
    expect(secret.code).toBe(2)
    expect(secret.stderr).not.toContain('hunter2')
  }, 60_000)

  it('are rolled back on the nodes that had them when one server refuses the value', async () => {
    const env = home()
    const lab = await withLab(quiet)
    // the value is refused by every server: the first one already
    const { code, json } = await act(
      lab,
      env,
      lab.group,
      'config-set',
      '--set',
      'repl-timeout=70',
      '--set',
      'maxmemory-policy=nonsense',
    )
    expect([code, json?.state]).toEqual([5, 'failed'])
    for (const node of [lab.master, ...lab.replicas])
      expect(await redisCli(lab, node, 'CONFIG', 'GET', 'repl-timeout')).toBe('repl-timeout\n60')
  }, 60_000)

  it('switch the append-only file on only with the file there before it is kept', async () => {
    const env = home()
    const lab = await withLab({ ...quiet, persistence: 'rdb' })
    const [node] = lab.replicas
    if (node === undefined) throw new Error('no replica')
    const on = await act(lab, env, node.id, 'config-set', '--node', node.id, '--set', 'appendonly=yes', '--rewrite')
    expect([on.code, on.json?.state]).toEqual([0, 'succeeded'])
    expect((await infoOf(lab, node, 'persistence')).get('aof_last_bgrewrite_status')).toBe('ok')
    expect(configOf(node)).toMatch(/^appendonly yes$/m)
    const rewritten = await act(lab, env, node.id, 'bgrewriteaof', '--node', node.id)
    expect([rewritten.code, rewritten.json?.state]).toEqual([0, 'succeeded'])
    const saved = await act(lab, env, node.id, 'bgsave', '--node', node.id)
    expect([saved.code, saved.json?.state]).toEqual([0, 'succeeded'])
  }, 60_000)
})

describe('other actions', () => {
  it('ask Sentinels, set them, pause and go on, re-point a replica and back', async () => {
    const env = home()
    const lab = await withLab(quiet)
    expect((await act(lab, env, lab.group, 'ckquorum')).json?.state).toBe('succeeded')
    expect((await act(lab, env, lab.group, 'sentinel-set', '--set', 'down-after-milliseconds=7000')).json?.state).toBe(
      'succeeded',
    )
    for (const node of lab.sentinels)
      expect(await redisCli(lab, node, 'SENTINEL', 'MASTER', lab.group)).toContain('down-after-milliseconds\n7000')
    expect((await act(lab, env, lab.group, 'client-pause', '--set', 'ms=3400')).json?.state).toBe('succeeded')
    expect((await act(lab, env, lab.group, 'client-unpause')).json?.state).toBe('succeeded')
    expect(await redisCli(lab, lab.master, 'SET', 'a', '1')).toBe('OK')
    expect((await act(lab, env, lab.group, 'client-pause', '--set', 'ms=3600')).code).toBe(4)
    const [one, two] = lab.replicas
    if (one === undefined || two === undefined) throw new Error('no replicas')
    const down = await act(
      lab,
      env,
      two.id,
      'replicaof',
      '--node',
      two.id,
      '--to',
      one.id,
      '--ack',
      'sentinel-undoes-it',
    )
    expect([down.code, down.json?.state]).toEqual([0, 'succeeded'])
    const info = await infoOf(lab, two, 'replication')
    expect(info.get('master_port')).toBe(String(one.address.port))
    expect((await act(lab, env, two.id, 'replicaof', '--node', two.id, '--to', lab.master.id)).json?.state).toBe(
      'succeeded',
    )
    expect((await act(lab, env, one.id, 'replicaof', '--node', one.id, '--to', one.id)).code).toBe(4)
  }, 90_000)

  it('force a failover of a master that does not answer, with its name typed', async () => {
    const env = home()
    const lab = await withLab({ ...quiet, downAfterMs: 60_000, failoverTimeoutMs: 10_000 })
    lab.stop(lab.master)
    const flags = [
      'forced-failover',
      '--ack',
      'loss',
      '--ack',
      'replicas-keep-up',
      '--ack',
      'master-answers',
      '--ack',
      'cool-down',
      '--note',
      'it hangs',
    ]
    expect((await act(lab, env, lab.group, ...flags)).code).toBe(4)
    const { code, json, stderr } = await act(lab, env, `${lab.group} ${lab.master.id}`, ...flags)
    lab.cont(lab.master)
    expect({ code, state: json?.state, stderr: code === 0 ? '' : stderr }).toEqual({
      code: 0,
      state: 'succeeded',
      stderr: '',
    })
  }, 90_000)

  it.runIf(isLongRun)(
    'reset Sentinels one after another, after which each knows everything that lives',
    async () => {
      const env = home()
      const lab = await withLab(quiet)
      const gone = lab.replicas[1]
      if (gone === undefined) throw new Error('no replica')
      await lab.kill(gone)
      await waitFor(
        async () => (await redisCli(lab, lab.sentinels[0]!, 'SENTINEL', 'REPLICAS', lab.group)).includes('s_down'),
        { what: 's_down' },
      )
      const { code, json, stderr } = await act(
        lab,
        env,
        lab.group,
        'sentinel-reset',
        '--ack',
        `gone-for-good@${gone.id}`,
      )
      expect({ code, state: json?.state, stderr: code === 0 ? '' : stderr }).toEqual({
        code: 0,
        state: 'succeeded',
        stderr: '',
      })
      for (const node of lab.sentinels)
        expect(await redisCli(lab, node, 'SENTINEL', 'REPLICAS', lab.group)).not.toContain(`${gone.address.port}\n`)
    },
    240_000,
  )
})

describe('the journal of real actions', () => {
  it('lists, shows and exports them, and when it was tampered with nothing is run any more', async () => {
    const env = home()
    const lab = await withLab(quiet)
    await act(lab, env, lab.group, 'ckquorum')
    const [story] = JSON.parse((await runCli(['journal', 'list', '--json'], env)).stdout) as {
      id: string
      state: string
    }[]
    expect(story).toMatchObject({ action: 'ckquorum', state: 'succeeded' })
    const shown = await runCli(['journal', 'show', story?.id ?? '', '--json'], env)
    expect((JSON.parse(shown.stdout) as { rows: { kind: string }[] }).rows.map((row) => row.kind)).toContain(
      'step-sending',
    )
    expect((await runCli(['journal', 'show', 'nope'], env)).code).toBe(3)
    const lines = (await runCli(['journal', 'export'], env)).stdout.trim().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      schema: 'repliscope/journal-head@1',
      count: lines.length - 1,
    })

    const db = new Libsql(join(env.REPLISCOPE_HOME, 'journal.db'))
    db.exec("DROP TRIGGER journal_is_append_only; UPDATE journal SET body = '{}' WHERE seq = 2")
    db.close()
    const verdict = await runCli(['journal', 'verify'], env)
    expect([verdict.code, verdict.stdout.includes('row 2 was changed')]).toEqual([1, true])
    const refused = await act(lab, env, lab.group, 'config-set', '--set', 'repl-timeout=70')
    expect([refused.code, words(refused.stderr).length]).toEqual([4, 1])
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'repl-timeout')).toBe('repl-timeout\n60')
    truncateSync(join(env.REPLISCOPE_HOME, 'journal.db'), 5000)
    const cut = await runCli(['journal', 'verify', '--json'], env)
    expect([cut.code, JSON.parse(cut.stdout)]).toMatchObject([1, { sound: false, rows: null }])
  }, 60_000)

  it('lets one action at a time touch a group, over processes', async () => {
    const env = home()
    const lab = await withLab(quiet)
    const slow = startCli(
      [
        'wait-test',
        '--sentinel',
        sentinel(lab),
        '--replicas',
        '5',
        '--timeout',
        '2000',
        '--count',
        '20',
        '--confirm',
        lab.group,
      ],
      env,
    )
    await waitFor(() => slow.stderr().includes('sending 1/2'), { what: 'the first action under way' })
    const second = await act(lab, env, lab.group, 'config-set', '--set', 'repl-timeout=70')
    expect(second.code).toBe(4)
    expect(second.stderr).toMatch(/one at a time|another action/)
    // interrupted, it ends in order and removes its key
    slow.child.kill('SIGINT')
    await slow.ended
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('0')
    expect((await act(lab, env, lab.group, 'config-set', '--set', 'repl-timeout=70')).code).toBe(0)
  }, 60_000)
})

describe('what is typed wrongly', () => {
  it('costs one line and sends nothing', async () => {
    const env = home()
    const cases: readonly (readonly [readonly string[], number])[] = [
      [['act'], 2],
      [['act', 'explode', '--node', '127.0.0.1:1'], 2],
      [['act', 'switchover'], 2],
      [['act', '--plan', 'p123', '--confirm', 'x'], 4],
      [['act', '--verify', 'a123'], 3],
      [['act', 'config-set', '--set', 'nonsense', '--node', '127.0.0.1:1'], 2],
      [['act', 'switchover', '--node', '127.0.0.1:1', '--timeout', '200'], 3],
      [['act', 'switchover', '--environment', 'moon', '--node', '127.0.0.1:1'], 2],
      [['journal', 'show', 'x'], 3],
    ]
    for (const [args, code] of cases) {
      const result = await runCli(args, env)
      expect({ args, code: result.code, lines: words(result.stderr).length }).toEqual({ args, code, lines: 1 })
    }
  }, 60_000)
})
