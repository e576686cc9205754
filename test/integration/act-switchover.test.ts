import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configOf } from '../support/lab/config-of.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { settled } from '../support/lab/settled.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { startWriteProbe } from '../support/write-probe.ts'
import { runCli } from './cli-program.ts'
import { dieAfter } from './act-die.ts'

function home(): { readonly REPLISCOPE_HOME: string } {
  const path = mkdtempSync(join(tmpdir(), 'repliscope-home-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return { REPLISCOPE_HOME: path }
}

const labOptions = { replicas: 2, chained: 0, downAfterMs: 5000, failoverTimeoutMs: 10_000 } as const
const sentinel = (lab: TestLab): string => lab.sentinels[0]?.id ?? ''

interface OutcomeJson {
  readonly schema: string
  readonly state: string
  readonly reason: string | null
  readonly journal: string
  readonly verification: readonly { readonly what: string; readonly so: boolean | null; readonly evidence: string }[]
  readonly pending: readonly unknown[]
}

async function switchOver(lab: TestLab, env: Record<string, string>, ...more: readonly string[]) {
  const { code, stdout, stderr } = await runCli(
    [
      'act',
      'switchover',
      '--sentinel',
      sentinel(lab),
      '--group',
      lab.group,
      '--arm',
      '--confirm',
      lab.group,
      '--json',
      ...more,
    ],
    env,
  )
  return { code, stderr, outcome: stdout === '' ? undefined : (JSON.parse(stdout) as OutcomeJson) }
}

describe('a switchover under continuous writes', () => {
  it(
    'loses no acknowledged write, moves the clients, keeps the demotion in the file, leaves no setting behind',
    async () => {
      const env = home()
      const runs = isLongRun ? 20 : 1
      const lab = await withLab(labOptions)
      for (let run = 1; run <= runs; run++) {
        const before = await settled(lab)
        const probe = await startWriteProbe(lab)
        const { code, stderr, outcome } = await switchOver(lab, env, '--ack', 'cool-down', '--note', 'test')
        expect(code, JSON.stringify(outcome ?? stderr)).toBe(0)
        expect(outcome).toMatchObject({
          schema: 'repliscope/outcome@1',
          state: 'succeeded',
          pending: [],
          handOver: {
            writableMs: expect.any(Number) as number,
            clientsMovedMs: expect.any(Number) as number,
            beside: expect.stringContaining('SENTINEL FAILOVER alone') as string,
          },
        })
        const after = await settled(lab)
        expect(after).not.toBe(before)
        const reached = (await probe.report()).acknowledged
        await waitFor(async () => (await probe.report()).acknowledged > reached + 200, {
          what: 'writes to the new master',
        })
        await probe.stop()
        const count = await probe.count()
        expect(count).toMatchObject({ lost: 0, examples: [] })
        process.stderr.write(
          `switchover ${run}: ${count.acknowledged} acknowledged, 0 lost, write gap ${count.longestGapMs.toFixed(0)} ms\n`,
        )
        const old = [lab.master, ...lab.replicas].find((node) => node.id === before)
        if (old === undefined) throw new Error('no old master')
        expect(configOf(old)).toMatch(new RegExp(`^replicaof ${after.replace(':', ' ')}$`, 'm'))
        expect(configOf(old)).not.toMatch(/^min-replicas-to-write [1-9]/m)
        expect(await redisCli(lab, old, 'CONFIG', 'GET', 'min-replicas-to-write')).toBe('min-replicas-to-write\n0')
      }
      const list = await runCli(['journal', 'list', '--json'], env)
      const stories = JSON.parse(list.stdout) as readonly { readonly state: string; readonly action: string }[]
      expect(stories.map((one) => [one.action, one.state])).toEqual(
        Array.from({ length: runs }, () => ['switchover', 'succeeded']),
      )
      expect((await runCli(['journal', 'verify'], env)).code).toBe(0)
    },
    isLongRun ? 600_000 : 90_000,
  )

  it('promotes the replica that was asked for, and restores its priority', async () => {
    const env = home()
    const lab = await withLab(labOptions)
    const wanted = lab.replicas[1]
    if (wanted === undefined) throw new Error('no second replica')
    const probe = await startWriteProbe(lab)
    const { code, outcome, stderr } = await switchOver(lab, env, '--to', wanted.id)
    expect({ code, stderr: code === 0 ? '' : stderr, state: outcome?.state }).toEqual({
      code: 0,
      stderr: '',
      state: 'succeeded',
    })
    expect(await settled(lab)).toBe(wanted.id)
    await probe.stop()
    expect((await probe.count()).lost).toBe(0)
    expect(await redisCli(lab, wanted, 'CONFIG', 'GET', 'replica-priority')).toBe('replica-priority\n100')
    expect(configOf(wanted)).not.toMatch(/^replica-priority (?!100)/m)
  }, 90_000)

  it('keeps min-replicas that was set before', async () => {
    const env = home()
    const lab = await withLab({ ...labOptions, set: { 'min-replicas-to-write': '1' } })
    const probe = await startWriteProbe(lab)
    const { code, stderr } = await switchOver(lab, env)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    await settled(lab)
    await probe.stop()
    expect((await probe.count()).lost).toBe(0)
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).toBe('min-replicas-to-write\n1')
  }, 90_000)
})

describe('a switchover of a group with a chain and blocked clients', () => {
  it('loses nothing, once the chain is acknowledged, and lets the blocked ones go', async () => {
    const env = home()
    const lab = await withLab({ ...labOptions, chained: 1 })
    const probe = await startWriteProbe(lab)
    const blocked = lab.ask(lab.master, 'BLPOP', 'nothing-here', '60').then(
      (reply) => JSON.stringify(reply),
      () => 'closed',
    )
    // More replicas than there are: it waits until it is told otherwise.
    const waiting = lab.ask(lab.master, 'WAIT', '9', '60000').then(
      (reply) => JSON.stringify(reply),
      () => 'closed',
    )
    await waitFor(async () => (await infoOf(lab, lab.master, 'clients')).get('blocked_clients') === '2', {
      what: 'two blocked clients',
    })
    // the middle node may win: what follows it would become electable
    const refused = await switchOver(lab, env)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('chained-replica')
    const { code, outcome, stderr } = await switchOver(lab, env, '--ack', 'chained-replica')
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(outcome?.state).toBe('succeeded')
    expect(await blocked).toMatch(/closed|UNBLOCKED/)
    expect(await waiting).toMatch(/closed|UNBLOCKED/)
    await settled(lab)
    await probe.stop()
    expect((await probe.count()).lost).toBe(0)
  }, 90_000)
})

describe('what a switchover is there for', () => {
  it.runIf(isLongRun)(
    'SENTINEL FAILOVER alone loses acknowledged writes',
    async () => {
      const lab = await withLab(labOptions)
      const probe = await startWriteProbe(lab)
      await lab.ask(lab.sentinels[0]!, 'SENTINEL', 'FAILOVER', lab.group)
      await waitFor(async () => (await infoOf(lab, lab.master, 'replication')).get('role') === 'slave', {
        what: 'the old master demoted by Sentinel',
        deadlineMs: 45_000,
      })
      await settled(lab)
      await probe.stop()
      const { acknowledged, lost, longestGapMs } = await probe.count()
      process.stderr.write(
        `alone: ${acknowledged} acknowledged, ${lost} lost, write gap ${longestGapMs.toFixed(0)} ms\n`,
      )
      expect(lost).toBeGreaterThan(0)
    },
    90_000,
  )
})

describe('a switchover that is not safe', () => {
  it('is refused: a stalled replica, another action on the master, a wrong text, an expired or used plan', async () => {
    const env = home()
    const lab = await withLab(labOptions)
    const base = ['act', 'switchover', '--sentinel', sentinel(lab)]
    // nothing typed: the plan, and 4
    const plain = await runCli([...base, '--json'], env)
    expect(plain.code).toBe(4)
    const plan = JSON.parse(plain.stdout) as {
      id: string
      schema: string
      confirm: string
      steps: { n: number; node: string; command: string[] }[]
    }
    expect(plan).toMatchObject({ schema: 'repliscope/plan@1', confirm: lab.group })
    expect(plan.steps.some((step) => step.command.join(' ') === `SENTINEL FAILOVER ${lab.group}`)).toBe(true)
    const wrong = await runCli(['act', '--plan', plan.id, '--arm', '--confirm', 'nope'], env)
    expect([wrong.code, wrong.stdout]).toEqual([4, ''])
    const unarmed = await runCli(['act', '--plan', plan.id, '--confirm', lab.group], env)
    expect(unarmed.code).toBe(4)
    expect((await runCli(['act', '--plan', 'p0000000000', '--arm', '--confirm', lab.group], env)).code).toBe(4)

    const stalled = lab.replicas[0]
    if (stalled === undefined) throw new Error('no replica')
    lab.stop(stalled)
    const whileStalled = await switchOver(lab, env)
    lab.cont(stalled)
    expect(whileStalled.code).toBe(4)
    expect(whileStalled.stderr).toMatch(/replicas-keep-up/)
    expect(
      whileStalled.stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('repliscope:')),
    ).toHaveLength(1)

    expect(await masterAccordingTo(lab, lab.sentinels[0]!, lab.group)).toBe(lab.master.id)
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).toBe('min-replicas-to-write\n0')
    const list = await runCli(['journal', 'list', '--json'], env)
    expect(JSON.parse(list.stdout)).toEqual([])
  }, 90_000)

  it('stops, with nothing sent, when the master is another one by then', async () => {
    const env = home()
    const lab = await withLab({ ...labOptions, downAfterMs: 2000 })
    const planned = await runCli(['act', 'switchover', '--sentinel', sentinel(lab), '--plan-only', '--json'], env)
    expect(planned.code).toBe(0)
    const { id } = JSON.parse(planned.stdout) as { id: string }
    await lab.ask(lab.sentinels[0]!, 'SENTINEL', 'FAILOVER', lab.group)
    const after = await waitFor(
      async () => {
        const master = await settled(lab)
        return master === lab.master.id ? undefined : master
      },
      { what: 'another master', deadlineMs: 45_000 },
    )
    const { code, stdout } = await runCli(['act', '--plan', id, '--arm', '--confirm', lab.group, '--json'], env)
    expect(code).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({ state: 'stopped', steps: [] })
    expect(await settled(lab)).toBe(after)
  }, 90_000)
})

describe('a switchover whose program is killed', () => {
  // After the answer to the step of that number, counted from 1: fence, pause, level, failover, promotion, demotion, unpause.
  const points = isLongRun ? [1, 2, 3, 4, 5, 6, 7] : [2, 4]
  it.each(points)(
    'after step %i: no write is lost, writes go on, and what is left is listed and taken back',
    async (n) => {
      const env = home()
      const lab = await withLab(labOptions)
      const probe = await startWriteProbe(lab)
      await dieAfter(lab, env, n)
      const list = JSON.parse((await runCli(['journal', 'list', '--json'], env)).stdout) as readonly {
        id: string
        state: string
      }[]
      expect(list.map((one) => one.state)).toEqual(['unfinished'])
      const [{ id } = { id: '' }] = list
      const reached = (await probe.report()).acknowledged
      await waitFor(async () => (await probe.report()).acknowledged > reached + 500, {
        what: 'writes that go on',
        deadlineMs: 45_000,
      })
      await settled(lab)
      await probe.stop()
      expect(await probe.count()).toMatchObject({ lost: 0, examples: [] })

      const checkup = await runCli(['act', '--verify', id, '--json'], env)
      expect(checkup.code).toBe(0)
      const { pending } = JSON.parse(checkup.stdout) as { pending: readonly { title: string }[] }
      const fence = await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')
      expect(pending.map((undo) => undo.title)).toEqual(fence.endsWith('\n0') ? [] : ['restore the fence'])
      if (pending.length > 0) {
        expect((await runCli(['act', '--undo', id, '--json'], env)).code).toBe(4)
        const undone = await runCli(['act', '--undo', id, '--arm', '--confirm', lab.group, '--json'], env)
        expect(undone.code).toBe(0)
        expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).toBe(
          'min-replicas-to-write\n0',
        )
      }
      const states = JSON.parse((await runCli(['journal', 'list', '--json'], env)).stdout) as readonly {
        state: string
      }[]
      expect(states.some((one) => one.state === 'unfinished')).toBe(false)
    },
    120_000,
  )
})

describe('a short down-after', () => {
  it('leaves a short pause, in which nothing is lost, or nothing is done', async () => {
    const env = home()
    const lab = await withLab({ ...labOptions, downAfterMs: 1000, failoverTimeoutMs: 6000 })
    const probe = await startWriteProbe(lab)
    const { code, outcome, stderr } = await switchOver(lab, env)
    // On a machine that is busy the pause may be over too soon: then everything is as before.
    expect({ code, state: outcome?.state, stderr: code === 0 || code === 5 ? '' : stderr }).toEqual(
      code === 0 ? { code: 0, state: 'succeeded', stderr: '' } : { code: 5, state: 'failed', stderr: '' },
    )
    const master = await settled(lab)
    if (code === 5) expect(master).toBe(lab.master.id)
    await probe.stop()
    expect((await probe.count()).lost).toBe(0)
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).toBe('min-replicas-to-write\n0')
  }, 90_000)
})
