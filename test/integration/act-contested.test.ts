import { describe, expect, it } from 'vitest'
import { configOf } from '../support/lab/config-of.ts'
import { masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { settled } from '../support/lab/settled.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { startWriteProbe, type WriteProbe } from '../support/write-probe.ts'
import { ownHome } from './act-cli.ts'
import { interruptAfter, type Contested } from './act-die.ts'
import { runCli } from './cli-program.ts'

const labOptions = { replicas: 2, chained: 0, downAfterMs: 5000, failoverTimeoutMs: 10_000 } as const

const WRITERS = 2

// After the answer to the step of that number: 1 fence, 2 pause, 3 level, 4 SENTINEL FAILOVER, 5 promotion.
const points = isLongRun ? [1, 2, 3, 4, 5] : [2]

/** Writes go on, everybody agrees, nothing that was acknowledged is missing, and what is left is listed and taken back. */
async function expectNothingLost(
  lab: TestLab,
  env: Record<string, string>,
  probe: WriteProbe,
  outcome: Contested,
  atMost = 0,
): Promise<void> {
  const reached = (await probe.report()).acknowledged
  await waitFor(async () => (await probe.report()).acknowledged > reached + 300, {
    what: 'writes that go on',
    deadlineMs: 45_000,
  })
  await settled(lab)
  await probe.stop()
  const count = await probe.count()
  expect(count.lost, JSON.stringify({ count, outcome })).toBeLessThanOrEqual(atMost)

  const list = JSON.parse((await runCli(['journal', 'list', '--json'], env)).stdout) as readonly { state: string }[]
  expect(list.map((one) => one.state)).toEqual([outcome.state])
  if (outcome.state === 'succeeded') expect(outcome.pending).toEqual([])
  const fences = async () =>
    Promise.all(
      [lab.master, ...lab.replicas].map((node) => redisCli(lab, node, 'CONFIG', 'GET', 'min-replicas-to-write')),
    )
  const checkup = JSON.parse((await runCli(['act', '--verify', outcome.journal, '--json'], env)).stdout) as {
    pending: readonly { title: string }[]
  }
  const isFenced = (await fences()).some((value) => !value.endsWith('\n0'))
  expect(checkup.pending.map((undo) => undo.title)).toEqual(isFenced ? ['restore the fence'] : [])
  if (isFenced) {
    const undone = await runCli(['act', '--undo', outcome.journal, '--arm', '--confirm', lab.group, '--json'], env)
    expect(undone.code, undone.stderr).toBe(0)
  }
  expect((await fences()).every((value) => value.endsWith('\n0'))).toBe(true)
  for (const node of [lab.master, ...lab.replicas]) expect(configOf(node)).not.toMatch(/^min-replicas-to-write [1-9]/m)
}

/** Waits for another master; on a machine that is busy the pause may be over too soon, and the action before its cut. */
async function elsewhere(lab: TestLab, running: Promise<Contested>): Promise<void> {
  const moved = waitFor(async () => (await masterAccordingTo(lab, lab.sentinels[0]!, lab.group)) !== lab.master.id, {
    what: 'another master',
    deadlineMs: 45_000,
  })
  await Promise.race([moved, running.then((outcome) => (outcome.reason?.includes('pause is left') ? true : moved))])
  moved.catch(() => undefined)
}

describe('a switchover in whose middle', () => {
  // After 4 two Sentinels are at it at once, and as a rule promote two replicas.
  it.each(points)(
    'another Sentinel is told to fail over, after step %i: no write is lost, writes go on',
    async (n) => {
      const env = ownHome()
      const lab = await withLab(labOptions)
      const ids = await Promise.all(
        lab.sentinels.map(async (node) => ({ node, id: await redisCli(lab, node, 'SENTINEL', 'MYID') })),
      )
      // Ours is the one with the smallest id.
      const [, other] = ids.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      if (other === undefined) throw new Error('no other Sentinel')
      const { host, port } = other.node.address
      const probe = await startWriteProbe(lab)
      const outcome = await interruptAfter(lab, env, n, [
        ...['redis-cli', '-h', host, '-p', String(port), 'SENTINEL', 'FAILOVER', lab.group],
      ])
      process.stderr.write(`${n}: ${outcome.state} ${outcome.reason ?? ''}\n`)
      await expectNothingLost(lab, env, probe, outcome)
    },
    120_000,
  )

  it.each(isLongRun ? [2, 3] : [2])(
    'a Sentinel sees the master as down and stands for election, after step %i: no write is lost, writes go on',
    async (n) => {
      const env = ownHome()
      const lab = await withLab(labOptions)
      const probe = await startWriteProbe(lab)
      const [first] = lab.sentinels
      if (first === undefined) throw new Error('no Sentinel')
      const ports = lab.sentinels.map((node) => node.address.port).join(' ')
      const on = (port: string, ...words: string[]) =>
        `redis-cli -h ${first.address.host} -p ${port} ${words.join(' ')}`
      const patience = (ms: number) =>
        `for p in ${ports}; do ${on('$p', 'SENTINEL', 'SET', lab.group, 'down-after-milliseconds', String(ms))}; done`
      const isAtIt = `for p in ${ports}; do ${on('$p', 'SENTINEL', 'MASTER', lab.group)} | grep -q failover_in_progress && break 2; done`
      // With a patience of 1 ms any PING that is under way is too late; as soon as one has begun they are as before.
      const outcome = await interruptAfter(lab, env, n, [
        ...['/bin/sh', '-c', `${patience(1)}; while true; do ${isAtIt}; done; ${patience(5000)}`],
      ])
      process.stderr.write(`${n}: ${outcome.state} ${outcome.reason ?? ''}\n`)
      await expectNothingLost(lab, env, probe, outcome)
    },
    120_000,
  )

  it.runIf(isLongRun).each(points)(
    'the master freezes until Sentinel has promoted another, after step %i: nothing but what it had taken in is lost',
    async (n) => {
      const env = ownHome()
      const lab = await withLab(labOptions)
      const probe = await startWriteProbe(lab, WRITERS)
      const running = interruptAfter(lab, env, n, ['/bin/kill', '-STOP', String(lab.master.pid)])
      await elsewhere(lab, running)
      lab.cont(lab.master)
      const outcome = await running
      process.stderr.write(`${n}: ${outcome.state} ${outcome.reason ?? ''}\n`)
      // A process that wakes carries out what it has read before it looks at its replicas: one write a connection.
      await expectNothingLost(lab, env, probe, outcome, WRITERS)
    },
    120_000,
  )

  it.each(points)(
    'the master dies, after step %i: no write is lost once it is back, writes go on',
    async (n) => {
      const env = ownHome()
      const lab = await withLab(labOptions)
      const probe = await startWriteProbe(lab)
      const running = interruptAfter(lab, env, n, ['/bin/kill', '-KILL', String(lab.master.pid)])
      await elsewhere(lab, running)
      await lab.restart(lab.master)
      const outcome = await running
      process.stderr.write(`${n}: ${outcome.state} ${outcome.reason ?? ''}\n`)
      await expectNothingLost(lab, env, probe, outcome)
    },
    120_000,
  )
})
