import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { startRespawner } from '../support/lab/respawner.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { acknowledgeAll, ownHome, planAct, runAct } from './act-cli.ts'
import { runCli, startCli } from './cli-program.ts'

/** Two replicas of five steps each, a hand-over of seven, five for the old master. */
const STEPS = 22
/** A replica that was just shut down; a new master whose predecessor was not demoted yet. */
const SHORT = [8, 15]

const nodesOf = (lab: TestLab) => [lab.master, ...lab.replicas]

async function settledMaster(lab: TestLab): Promise<string> {
  return waitFor(
    async () => {
      const named = new Set(await Promise.all(lab.sentinels.map((one) => masterAccordingTo(lab, one, lab.group))))
      const [master = ''] = named
      if (named.size !== 1) return undefined
      for (const one of lab.sentinels) {
        const entry = await redisCli(lab, one, 'SENTINEL', 'MASTER', lab.group)
        if (entry.includes('failover_in_progress')) return undefined
      }
      for (const node of nodesOf(lab)) {
        const info = await infoOf(lab, node, 'replication')
        const isRight =
          node.id === master
            ? info.get('role') === 'master'
            : info.get('master_link_status') === 'up' &&
              `${info.get('master_host') ?? ''}:${info.get('master_port') ?? ''}` === master
        if (!isRight) return undefined
      }
      return master
    },
    { what: 'one master that everybody follows', deadlineMs: 60_000, everyMs: 200 },
  )
}

describe('a rolling restart whose process is killed', () => {
  it.each(isLongRun ? Array.from({ length: STEPS - 1 }, (_, i) => i + 1) : SHORT)(
    'after step %i leaves nothing that cannot be taken back, and is taken up with what is left',
    async (n) => {
      const lab = await withLab({ replicas: 2, chained: 0, downAfterMs: 3000, failoverTimeoutMs: 6000 })
      const env = ownHome()
      const respawner = startRespawner(lab, nodesOf(lab))
      onTestFinished(() => respawner.stop())
      await redisCli(lab, lab.master, 'SET', 'kept', '1')
      const plan = await planAct(lab, env, 'rolling-restart')
      expect(plan.steps.at(-1)?.step).toBe(STEPS)
      const running = startCli(
        ['act', '--plan', plan.id, '--arm', '--confirm', plan.confirm, ...acknowledgeAll(plan)],
        env,
      )
      running.child.stderr?.on('data', () => {
        if (running.stderr().includes(`done ${n}/`)) running.child.kill('SIGKILL')
      })
      expect((await running.ended).code, running.stderr()).toBeNull()

      const list = await runCli(['journal', 'list', '--json'], env)
      const [story] = JSON.parse(list.stdout) as readonly { readonly id: string; readonly state: string }[]
      expect(story?.state).toBe('unfinished')
      const id = story?.id ?? ''
      const checkup = JSON.parse((await runCli(['act', '--verify', id, '--json'], env)).stdout) as {
        readonly pending: readonly unknown[]
      }
      if (checkup.pending.length > 0) {
        // Refused for as long as Sentinel is at work itself.
        await waitFor(
          async () => {
            const undone = await runCli(['act', '--undo', id, '--arm', '--confirm', lab.group, '--json'], env)
            if (undone.code === 4 && undone.stderr.includes('a failover is under way')) return undefined
            expect(undone.code, undone.stderr).toBe(0)
            return true
          },
          { what: 'the end of the failover', deadlineMs: 60_000, everyMs: 500 },
        )
      }
      const master = await settledMaster(lab)
      const address = nodesOf(lab).find((node) => node.id === master) ?? lab.master
      // nobody is held up, and nothing was lost
      await waitFor(async () => (await redisCli(lab, address, 'SET', 'after', '1')) === 'OK', { what: 'a write' })
      expect(await redisCli(lab, address, 'GET', 'kept')).toBe('1')

      const rest = await planAct(lab, env, 'rolling-restart', '--set', `resume=${id}`)
      if (rest.steps.length === 0) expect(rest.preflight[0]?.evidence).toContain('every node was restarted already')
      else {
        const { code, outcome, stderr } = await runAct(rest, env, { note: 'the last run was killed' })
        expect([code, outcome?.state, outcome?.reason], stderr).toEqual([0, 'succeeded', null])
      }
      for (const node of nodesOf(lab)) {
        const shutdowns = readFileSync(node.logFile, 'utf8').match(/User requested shutdown/g) ?? []
        expect([node.id, shutdowns.length, respawner.starts.get(node.id)]).toEqual([node.id, 1, 1])
        expect(await redisCli(lab, node, 'CONFIG', 'GET', 'min-replicas-to-write')).toBe('min-replicas-to-write\n0')
      }
      expect((await runCli(['journal', 'verify'], env)).code).toBe(0)
    },
    120_000,
  )
})
