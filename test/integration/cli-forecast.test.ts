import { describe, expect, it } from 'vitest'
import { exposureReport, failoverReport, resyncReport } from '../../src-main/contract/forecast.ts'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import type { TestLab } from '../support/lab/with-lab.ts'
import { withLab } from '../support/lab/with-lab.ts'
import { runCli } from './cli-program.ts'

const second = (nodes: readonly LabNode[]): LabNode => {
  if (nodes[1] === undefined) throw new Error('the lab has no such node')
  return nodes[1]
}
const first = (nodes: readonly LabNode[]): LabNode => {
  if (nodes[0] === undefined) throw new Error('the lab has no such node')
  return nodes[0]
}

async function json(lab: TestLab, ...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runCli([...args, '--json', '--sentinel', first(lab.sentinels).id])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as unknown
}

describe('forecasts of real servers', () => {
  it('rank the replicas, and answer what-if questions', async () => {
    const lab = await withLab()
    const replicas = lab.replicas.map((node) => node.id).sort()
    const plain = failoverReport.parse(await json(lab, 'forecast', 'failover', '--group', lab.group))
    expect(plain).toMatchObject({ group: lab.group, master: lab.master.id })
    const eligible = (report: typeof plain) => report.ranking.filter((one) => one.eligible).map((one) => one.node)
    expect(eligible(plain).sort()).toEqual(replicas)
    expect(plain.ranking.find((one) => one.node === first(lab.chained).id)?.excludedBecause).not.toBeNull()
    const wanted = second(lab.replicas).id
    const preferred = failoverReport.parse(await json(lab, 'forecast', 'failover', '--priority', `${wanted}=1`))
    expect(preferred.winner).toBe(wanted)
    const without = failoverReport.parse(await json(lab, 'forecast', 'failover', '--without', wanted))
    expect(eligible(without)).toEqual(replicas.filter((id) => id !== wanted))
  })

  it('say partial or full for every node, and about one when asked', async () => {
    const lab = await withLab()
    const all = resyncReport.parse(await json(lab, 'forecast', 'resync'))
    expect(all.nodes.map((one) => one.node).sort()).toEqual(
      [lab.master, ...lab.replicas, ...lab.chained].map((node) => node.id).sort(),
    )
    const about = first(lab.replicas)
    const one = resyncReport.parse(await json(lab, 'forecast', 'resync', '--node', about.id))
    expect(one.nodes.map((node) => [node.node, node.upstream])).toEqual([[about.id, lab.master.id]])
    // Ground truth: what the servers do when that link drops.
    const reconnect = one.nodes[0]?.cases.find((entry) => entry.plan === 'reconnect')
    const counter = async (): Promise<number> =>
      Number(/sync_partial_ok:(\d+)/.exec(await redisCli(lab, lab.master, 'INFO', 'stats'))?.[1])
    const before = await counter()
    await redisCli(lab, lab.master, 'CLIENT', 'KILL', 'TYPE', 'replica')
    await expect.poll(counter, { timeout: 20_000 }).toBeGreaterThan(before)
    expect(reconnect?.verdict).toBe('partial')
  })

  it('tell the exposure of every group', async () => {
    const lab = await withLab()
    const report = exposureReport.parse(await json(lab, 'exposure'))
    expect(report.groups.map((group) => group.name)).toEqual([lab.group])
    expect(report.groups[0]?.exposure?.powerLoss.map((loss) => loss.node)).toContain(lab.master.id)
  })

  it('print tables for people', async () => {
    const lab = await withLab()
    const flags = ['--sentinel', first(lab.sentinels).id]
    const failover = await runCli(['forecast', 'failover', ...flags])
    expect(failover.stdout).toContain(`if ${lab.master.id} died now`)
    const resync = await runCli(['forecast', 'resync', ...flags])
    expect(resync.stdout).toMatch(/link drops +partial/)
    const exposure = await runCli(['exposure', ...flags])
    expect(exposure.stdout).toContain('master crash:')
  })

  it('refuse what is not there', async () => {
    const lab = await withLab()
    const flags = ['--sentinel', first(lab.sentinels).id]
    const group = await runCli(['forecast', 'failover', '--group', 'nope', ...flags])
    expect(group.code).toBe(3)
    expect(group.stderr).toContain(lab.group)
    const node = await runCli(['forecast', 'failover', '--without', '127.0.0.1:1', ...flags])
    expect(node.code).toBe(3)
    expect(node.stderr).toContain(lab.master.id)
    expect((await runCli(['forecast', 'failover', '--priority', 'x', ...flags])).code).toBe(2)
    expect((await runCli(['forecast', 'resync', '--away', 'soon', ...flags])).code).toBe(2)
    expect((await runCli(['forecast', ...flags])).code).toBe(2)
  })
})
