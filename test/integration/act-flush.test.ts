import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { configOf } from '../support/lab/config-of.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { ownHome, planAct, runAct } from './act-cli.ts'
import { runCli } from './cli-program.ts'

/** Replicas as plans list them, then the master. */
const nodesOf = (lab: TestLab) => [
  ...[...lab.replicas, ...lab.chained].sort((a, b) => (a.id < b.id ? -1 : 1)),
  lab.master,
]

async function configNow(lab: TestLab, node: LabNode, key: string): Promise<string | undefined> {
  return (await redisCli(lab, node, 'CONFIG', 'GET', key)).split('\n')[1]
}

async function fill(lab: TestLab): Promise<void> {
  for (let n = 0; n < 30; n += 1) await redisCli(lab, lab.master, 'SET', `key-${n}`, 'x')
  await redisCli(lab, lab.master, '-n', '3', 'SET', 'other', 'x')
  for (const node of nodesOf(lab))
    await waitFor(async () => (await redisCli(lab, node, '-n', '3', 'DBSIZE')) === '1', { what: `keys on ${node.id}` })
}

describe('flushall', () => {
  it('saves on every node first, empties all, leaves each dump file alone until told, and its copy brings the keys back', async () => {
    const lab = await withLab({ replicas: 1, chained: 1, persistence: 'rdb' })
    const env = ownHome()
    await fill(lab)
    const save = await configNow(lab, lab.master, 'save')
    const plan = await planAct(lab, env, 'flushall')
    expect(plan.confirm).toBe(`${lab.group} 31`)
    expect(plan.blastRadius.join('\n')).toContain(`${lab.master.id} (master): db0 30 keys, db3 1 keys`)
    expect(plan.steps.map(({ node, command }) => `${node} ${command.join(' ')}`)).toEqual([
      ...nodesOf(lab).flatMap((node) => [`${node.id} BGSAVE`, `${node.id} CONFIG SET save `]),
      `${lab.master.id} `,
      `${lab.master.id} FLUSHALL ASYNC`,
    ])
    for (const text of [lab.group, `${lab.group} 30`, 'FLUSHALL']) {
      const refused = await runAct(plan, env, { text })
      expect([refused.code, refused.outcome]).toEqual([4, undefined])
    }
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('30')

    const { code, outcome, stderr } = await runAct(plan, env)
    expect([code, outcome?.state], stderr).toEqual([0, 'succeeded'])
    expect(outcome?.verification.map((one) => one.evidence)).toEqual(['0 keys', '0 keys', '0 keys'])
    for (const node of nodesOf(lab)) {
      expect(await redisCli(lab, node, 'DBSIZE')).toBe('0')
      expect(await configNow(lab, node, 'save')).toBe('')
      expect(statSync(join(node.dir, 'dump.rdb')).size).toBeGreaterThan(300)
      expect(outcome?.advice.join('\n')).toContain(`cp -p ${join(node.dir, 'dump.rdb')}`)
    }
    // the copy is made; then the nodes may save again
    const dump = join(lab.master.dir, 'dump.rdb')
    copyFileSync(dump, `${dump}.before-flush`)
    expect(outcome?.pending).toHaveLength(3)
    // as a Sentinel does when it fails over meanwhile: the temporary value is in the file
    for (const node of nodesOf(lab)) {
      await redisCli(lab, node, 'CONFIG', 'REWRITE')
      expect(configOf(node)).toMatch(/^save ""$/m)
    }
    const undone = await runCli(
      ['act', '--undo', outcome?.journal ?? '', '--arm', '--confirm', lab.group, '--json'],
      env,
    )
    expect(undone.code, undone.stderr).toBe(0)
    for (const node of nodesOf(lab)) {
      expect(await configNow(lab, node, 'save')).toBe(save)
      expect(configOf(node)).not.toMatch(/^save ""$/m)
    }

    // the first way back that was told, typed by hand
    for (const one of lab.sentinels) await redisCli(lab, one, 'SENTINEL', 'REMOVE', lab.group)
    await redisCli(lab, lab.master, 'SHUTDOWN', 'NOSAVE').catch(() => undefined)
    copyFileSync(`${dump}.before-flush`, dump)
    await lab.restart(lab.master)
    await waitFor(async () => (await redisCli(lab, lab.master, 'DBSIZE')) === '30', { what: 'the keys are back' })
    for (const node of lab.replicas)
      await waitFor(async () => (await redisCli(lab, node, 'DBSIZE')) === '30', { what: `they are on ${node.id} too` })
  })

  it('without a way back says what is overwritten, and that it was', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, persistence: 'rdb' })
    const env = ownHome()
    await fill(lab)
    await redisCli(lab, lab.master, 'SAVE')
    const plan = await planAct(lab, env, 'flushall', '--set', 'way-back=no')
    expect(plan.steps.map((step) => step.command.join(' '))).toEqual(['', 'FLUSHALL ASYNC'])
    expect(plan.preflight.find((one) => one.check === 'way-back')?.status).toBe('warned')
    expect(plan.blastRadius.join('\n')).toContain('is overwritten with an empty one at once: save points')
    const { code, outcome } = await runAct(plan, env)
    expect([code, outcome?.state, outcome?.pending]).toEqual([0, 'succeeded', []])
    expect(statSync(join(lab.master.dir, 'dump.rdb')).size).toBeLessThan(300)
    expect(outcome?.advice.join('\n')).not.toContain('dump.rdb')
  })

  it('tells how the keys come back from the append-only file, to the letter', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, persistence: 'aof' })
    const env = ownHome()
    await fill(lab)
    const plan = await planAct(lab, env, 'flushall')
    const { code, outcome, stderr } = await runAct(plan, env)
    expect([code, outcome?.state], stderr).toEqual([0, 'succeeded'])
    await redisCli(lab, lab.master, 'SET', 'written-after', 'x')
    const advice = outcome?.advice ?? []
    const from = advice.findIndex((line) => line.includes(`append-only file of ${lab.master.id}`))
    const typed = advice.slice(from + 1, from + 4).map((line) => line.trim())
    expect(typed[0]).toMatch(
      new RegExp(`^(redis|valkey)-cli -h 127.0.0.1 -p ${lab.master.address.port} SHUTDOWN NOSAVE$`),
    )
    for (const one of lab.sentinels) await redisCli(lab, one, 'SENTINEL', 'REMOVE', lab.group)
    await redisCli(lab, lab.master, 'SHUTDOWN', 'NOSAVE').catch(() => undefined)
    await waitFor(() => !lab.isRunning(lab.master), { what: 'the end of the master' })
    execFileSync('sh', ['-ec', typed.slice(1).join('\n')])
    await lab.restart(lab.master)
    await waitFor(async () => (await redisCli(lab, lab.master, 'DBSIZE')) === '30', { what: 'the keys are back' })
    expect(await redisCli(lab, lab.master, '-n', '3', 'DBSIZE')).toBe('1')
  })

  it('stops when far more keys are there than were confirmed', async () => {
    const lab = await withLab({ replicas: 1, chained: 0 })
    const env = ownHome()
    await fill(lab)
    const plan = await planAct(lab, env, 'flushall')
    await redisCli(lab, lab.master, 'EVAL', "for i=1,500 do redis.call('SET','more'..i,1) end", '0')
    const { code, outcome } = await runAct(plan, env)
    expect([code, outcome?.state]).toEqual([4, 'stopped'])
    expect(outcome?.reason).toContain('31 keys were confirmed')
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('530')
  })
})

describe('flushdb', () => {
  it('empties one database everywhere, holds the append-only file back, and leaves the others', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, persistence: 'aof' })
    const env = ownHome()
    await fill(lab)
    const plan = await planAct(lab, env, 'flushdb', '--set', 'db=3')
    expect(plan.confirm).toBe(`${lab.master.id} 1`)
    const commands = plan.steps.map((step) => step.command.join(' '))
    expect(commands.slice(-2)).toEqual(['SELECT 3', 'FLUSHDB ASYNC'])
    expect(commands.filter((text) => text === 'CONFIG SET auto-aof-rewrite-percentage 0')).toHaveLength(2)
    const { code, outcome, stderr } = await runAct(plan, env)
    expect([code, outcome?.state], stderr).toEqual([0, 'succeeded'])
    for (const node of nodesOf(lab)) {
      expect(await redisCli(lab, node, '-n', '3', 'DBSIZE')).toBe('0')
      expect(await redisCli(lab, node, 'DBSIZE')).toBe('30')
      expect(await configNow(lab, node, 'auto-aof-rewrite-percentage')).toBe('0')
      expect(existsSync(join(node.dir, 'dump.rdb'))).toBe(true)
    }
  })

  it('empties nothing when the database does not exist', async () => {
    const lab = await withLab({ replicas: 1, chained: 0 })
    const env = ownHome()
    await fill(lab)
    const plan = await planAct(lab, env, 'flushdb', '--set', 'db=99', '--set', 'way-back=no')
    const { code, outcome } = await runAct(plan, env)
    expect([code, outcome?.state]).toEqual([5, 'failed'])
    expect(outcome?.reason).toContain('out of range')
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('30')
  })
})
