import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { startRespawner } from '../support/lab/respawner.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { startWriteProbe } from '../support/write-probe.ts'
import { ownHome, planAct, runAct, type OutcomeJson } from './act-cli.ts'
import { startCli } from './cli-program.ts'

const first = (nodes: readonly LabNode[]): LabNode => {
  const [node] = nodes
  if (node === undefined) throw new Error('the lab has no such node')
  return node
}
/** How often a server says that somebody sent it SHUTDOWN. */
const shutdownsOf = (node: LabNode): number =>
  readFileSync(node.logFile, 'utf8')
    .split('\n')
    .filter((line) => /User requested shutdown/.test(line)).length
const runIdOf = async (lab: TestLab, node: LabNode) => (await infoOf(lab, node, 'server')).get('run_id')
const supervised = (lab: TestLab, nodes: readonly LabNode[]) => {
  const respawner = startRespawner(lab, nodes)
  onTestFinished(() => respawner.stop())
  return respawner
}
const long = { downAfterMs: 5000, failoverTimeoutMs: 10_000 } as const

describe('safe-restart of a replica', () => {
  it('is one SHUTDOWN, a new process, and a partial resync as forecast', async () => {
    const lab = await withLab({ replicas: 2, chained: 0, ...long })
    const env = ownHome()
    const node = first(lab.replicas)
    const respawner = supervised(lab, [node])
    await redisCli(lab, lab.master, 'SET', 'a', '1')
    const before = await runIdOf(lab, node)
    const plan = await planAct(lab, env, 'safe-restart', '--node', node.id)
    expect(plan.confirm).toBe(node.id)
    expect(plan.steps.map((step) => step.command.join(' '))).toEqual(['CONFIG REWRITE', '', 'SHUTDOWN SAVE', '', ''])
    expect(plan.preflight.find((one) => one.check === 'resync')).toMatchObject({ status: 'passed' })
    expect(plan.preflight.find((one) => one.check === 'comes-back')).toMatchObject({ status: 'warned' })
    const { code, outcome, stderr } = await runAct(plan, env)
    expect([code, outcome?.state], stderr).toEqual([0, 'succeeded'])
    expect(outcome?.verification.map((one) => one.what).join('\n')).toContain('resynced partially, as forecast')
    expect(await runIdOf(lab, node)).not.toBe(before)
    expect([shutdownsOf(node), respawner.starts.get(node.id)]).toEqual([1, 1])
    // Whether it has to wait depends on who is faster; that it looks for the new process does not.
    expect(stderr).toContain('is started again, by whoever supervises it')
  })

  it('says so when nobody starts it again, and what it waits for', async () => {
    const lab = await withLab({ replicas: 2, chained: 0, ...long })
    const env = ownHome()
    const node = first(lab.replicas)
    const plan = await planAct(lab, env, 'safe-restart', '--node', node.id, '--set', 'wait=2')
    const { code, outcome } = await runAct(plan, env)
    expect([code, outcome?.state]).toEqual([5, 'failed'])
    expect(outcome?.reason).toContain('waiting for somebody to start it')
    expect(outcome?.verification[0]).toMatchObject({ so: false })
    expect(outcome?.verification[0]?.evidence).toContain('nobody has started it yet')
    expect(outcome?.advice.join('\n')).toContain(`${node.id} has to be started`)
    expect(shutdownsOf(node)).toBe(1)
  })

  it('warns of a full resync where an append-only file is on, and reports it as that', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, persistence: 'aof', ...long })
    const env = ownHome()
    const node = first(lab.replicas)
    supervised(lab, [node])
    const plan = await planAct(lab, env, 'safe-restart', '--node', node.id)
    expect(plan.preflight.find((one) => one.check === 'resync')).toMatchObject({ status: 'warned' })
    expect(plan.preflight.find((one) => one.check === 'spare')).toMatchObject({ status: 'warned' })
    const { code, outcome, stderr } = await runAct(plan, env)
    expect([code, outcome?.state], stderr).toEqual([0, 'succeeded'])
    expect(outcome?.verification.at(-2)?.evidence).toContain('sync_full +1')
  })

  it('refuses while the master could not take writes without it', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, set: { 'min-replicas-to-write': '1' }, ...long })
    const env = ownHome()
    const node = first(lab.replicas)
    const plan = await planAct(lab, env, 'safe-restart', '--node', node.id)
    expect(plan.preflight.find((one) => one.check === 'min-replicas')).toMatchObject({ status: 'failed' })
    const { code, stderr } = await runAct(plan, env)
    expect([code, shutdownsOf(node)], stderr).toEqual([4, 0])
  })
})

describe('safe-restart of a master', () => {
  it.each(isLongRun ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1])(
    'hands over first, loses nothing, and brings it back as a replica that continues: run %i',
    async () => {
      const lab = await withLab({ replicas: 2, chained: 0, set: { 'repl-backlog-size': '64mb' }, ...long })
      const env = ownHome()
      const respawner = supervised(lab, [lab.master])
      const probe = await startWriteProbe(lab)
      const plan = await planAct(lab, env, 'safe-restart', '--node', lab.master.id)
      expect(plan.confirm).toBe(lab.group)
      const { code, outcome, stderr } = await runAct(plan, env)
      await probe.stop()
      const count = await probe.count()
      expect([count.lost, count.acknowledged > 0], count.examples.join(' ')).toEqual([0, true])
      expect([code, outcome?.state, outcome?.reason], stderr).toEqual([0, 'succeeded', null])
      expect([shutdownsOf(lab.master), respawner.starts.get(lab.master.id)]).toEqual([1, 1])
      expect((await infoOf(lab, lab.master, 'replication')).get('role')).toBe('slave')
      const words = outcome?.verification.map((one) => `${one.what}: ${one.so}`).join('\n') ?? ''
      expect(words).toContain('no write of the old master is missing: true')
      expect(words).toContain(`${lab.master.id} resynced partially, as forecast: true`)
    },
  )
})

describe('rolling-restart', () => {
  it('takes leaves first and the old master last, can be stopped, and is taken up where it stopped', async () => {
    const lab = await withLab({ replicas: 2, chained: 1, ...long })
    const env = ownHome()
    const nodes = [lab.master, ...lab.replicas, ...lab.chained]
    const respawner = supervised(lab, nodes)
    const plan = await planAct(lab, env, 'rolling-restart')
    const order = plan.steps.filter((step) => step.command[0] === 'SHUTDOWN').map((step) => step.node)
    expect(order[0]).toBe(first(lab.chained).id)
    expect(order.at(-1)).toBe(lab.master.id)
    expect(order).toHaveLength(4)

    // stopped as soon as the first node is back
    const acks = plan.preflight.filter((one) => one.status === 'warned').flatMap((one) => ['--ack', one.check])
    const running = startCli(['act', '--plan', plan.id, '--arm', '--confirm', plan.confirm, '--json', ...acks], env)
    let isStopped = false
    running.child.stderr?.on('data', () => {
      if (/done 4\//.test(running.stderr()) && !isStopped) {
        isStopped = true
        running.child.kill('SIGINT')
      }
    })
    const stopped = await running.ended
    const outcome = JSON.parse(stopped.stdout) as OutcomeJson
    expect(outcome.state, stopped.stderr).not.toBe('succeeded')
    const restartedSoFar = [...respawner.starts.keys()]
    expect(restartedSoFar).toEqual([order[0]])
    expect(outcome.advice.join('\n')).toContain(`resume=${outcome.journal}`)

    const rest = await planAct(lab, env, 'rolling-restart', '--set', `resume=${outcome.journal}`)
    expect(rest.steps.filter((step) => step.command[0] === 'SHUTDOWN').map((step) => step.node)).toEqual(order.slice(1))
    const { code, outcome: ended, stderr } = await runAct(rest, env, { note: 'the test goes on' })
    expect([code, ended?.state, ended?.reason], stderr).toEqual([0, 'succeeded', null])
    for (const node of nodes) expect([node.id, shutdownsOf(node)]).toEqual([node.id, 1])
    expect([...respawner.starts.values()]).toEqual([1, 1, 1, 1])

    const over = await planAct(lab, env, 'rolling-restart', '--set', `resume=${outcome.journal}`)
    expect(over.preflight[0]).toMatchObject({ status: 'failed' })
  })
})
