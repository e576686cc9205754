import { expectCrash } from '../../domain/drills/forecasts.ts'
import { expectMasterRestart, saysItComesBackEmpty } from '../../domain/drills/restart-forecasts.ts'
import type { LabNode } from '../lab-model.ts'
import type { Probe } from '../probe/probe.ts'
import { crashMaster, settleRate, untilWriting } from './crash-master.ts'
import { numberOf, remembered } from './cut-off.ts'
import type { Drill } from './drill.ts'
import type { Stage } from './stage.ts'

const OLDER_WRITES = 5000
const DEMOTED_WITHIN_MS = 45_000

/** Supervision brings the master back before any Sentinel misses it. */
export const emptyMasterRestart: Drill = {
  name: 'empty-master-restart',
  title: 'The master comes back empty, faster than Sentinel looks',
  story:
    'The master keeps nothing on disk, for its replicas have everything. It crashes, and is started again at once: empty. No Sentinel has missed it, nobody is promoted, and the replicas do what replicas do: they copy the emptiness.',
  difficulty: 'common',
  needs: [],
  remedy: {
    title: 'An append-only file on every node that can be the master',
    commands: ['CONFIG SET appendonly yes', 'CONFIG REWRITE'],
  },
  seconds: 12,
  lab: { replicas: 2, chained: 0, downAfterMs: 8000, supervise: { delayMs: 300 } },
  remedyLab: { persistence: 'aof' },
  findings: ['master-persistence-off', 'empty-master'],
  findingsWithRemedy: ['aof-restart-full-sync'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const older = await fill(stage)
    const probe = await stage.probe({ perSecond: 50 })
    await settleRate(stage)
    let isForetold = false
    await stage.forecast((picture) => {
      isForetold = saysItComesBackEmpty(picture)
      return expectMasterRestart(picture, 'crash')
    })
    const pid = master.pid
    await stage.break({ kind: 'kill', node: master.id })
    stage.say('it is started again at once')
    await stage.until('master that runs again', () => master.pid !== pid && stage.lab.isRunning(master))
    await Promise.all(replicas.map((node) => resynced(stage, node, master)))
    await untilWriting(stage, probe)
    const left = await leftOf(stage, older, master)
    await stage.settle(probe, master.id)
    return {
      lesson: [
        `Of ${OLDER_WRITES} older writes ${left} are left on the master and ${await leastLeft(stage, older, replicas)} on a replica.`,
        isForetold
          ? 'The exposure had said that a restart empties the deployment.'
          : 'The exposure had not said that a restart empties the deployment.',
      ],
    }
  },
}

/** The same, slower than Sentinel: by then somebody else is the master. */
export const emptyMasterRestartSlow: Drill = {
  name: 'empty-master-restart-slow',
  title: 'The master comes back empty, later than Sentinel looks',
  story:
    'The same crash of a master without persistence, but it stays away for longer than down-after-milliseconds. A replica is promoted; the empty old master comes back, is made a replica, and copies the data. Slower supervision has saved everything.',
  difficulty: 'common',
  needs: [],
  seconds: 24,
  lab: { replicas: 2, chained: 0 },
  findings: ['master-persistence-off', 'recent-failover'],
  run: async (stage) => {
    const { master } = stage.group
    const older = await fill(stage)
    const probe = await stage.probe({ perSecond: 50 })
    await settleRate(stage)
    await stage.forecast(expectCrash)
    await crashMaster(stage, probe)
    const winner = await stage.newMaster(master.id)
    stage.say('now supervision starts the old master again: empty, and to be demoted')
    await stage.break({ kind: 'start', node: master.id })
    await stage.until(
      'demotion of the old master',
      async () => (await stage.info(master, 'replication')).get('role') === 'slave',
      DEMOTED_WITHIN_MS,
    )
    await stage.caughtUp(master)
    const promoted = stage.lab.nodes.find((node) => node.id === winner)
    const left = promoted === undefined ? 0 : await leftOf(stage, older, promoted)
    return {
      lesson: [
        `Of ${OLDER_WRITES} older writes ${left} are left on the new master and ${await leftOf(stage, older, master)} on the old one.`,
      ],
    }
  },
}

/** A dataset beside what the measured client writes; everybody has it when this resolves. */
async function fill(stage: Stage): Promise<Probe> {
  const older = await stage.probe({ perSecond: 'max', maxNumbers: OLDER_WRITES })
  await stage.until('a dataset', () => older.tally().acknowledged === OLDER_WRITES)
  await older.stop()
  await Promise.all(stage.group.replicas.map((node) => stage.caughtUp(node)))
  await remembered(stage, OLDER_WRITES)
  return older
}

async function leftOf(stage: Stage, older: Probe, node: LabNode): Promise<number> {
  const count = await older.count(node.direct, stage.lab.access(node))
  return count.ok ? count.value.ackedKept : 0
}

async function leastLeft(stage: Stage, older: Probe, nodes: readonly LabNode[]): Promise<number> {
  return Math.min(...(await Promise.all(nodes.map((node) => leftOf(stage, older, node)))))
}

/** Its link to the new process is up. Until then what it says of its link is of the old one. */
async function resynced(stage: Stage, replica: LabNode, master: LabNode): Promise<void> {
  await stage.until(`resync of ${replica.name}`, async () => {
    const syncs = ['sync_full', 'sync_partial_ok'].map((field) => numberOf(stage, master, 'stats', field))
    const [full = 0, partial = 0] = await Promise.all(syncs)
    return full + partial >= stage.group.replicas.length
  })
  await stage.caughtUp(replica)
}
