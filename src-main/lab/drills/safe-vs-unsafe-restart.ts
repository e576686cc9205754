import { changesUndone, expectMasterRestart } from '../../domain/drills/restart-forecasts.ts'
import type { LabNode } from '../lab-model.ts'
import { untilWriting } from './crash-master.ts'
import { numberOf } from './cut-off.ts'
import type { Drill, DrillLab, Outcome } from './drill.ts'
import type { Stage } from './stage.ts'

const BEFORE_SAVE_MS = 1500
const AFTER_SAVE_MS = 2000

/** Long enough that no Sentinel misses a master that is started again at once. */
const LAB: DrillLab = { replicas: 2, chained: 0, downAfterMs: 10_000, set: { 'shutdown-timeout': '10' } }

/** How it is stopped decides, when all there is on disk is a snapshot. */
export const safeVsUnsafeRestart: Drill = {
  name: 'safe-vs-unsafe-restart',
  title: 'Restarting the master: kill against SHUTDOWN, with RDB only',
  story:
    'The master keeps snapshots. It is killed and started again before any Sentinel misses it: it loads the last snapshot, which is seconds old, and its replicas, which had everything, are taken back to it. Stopped with SHUTDOWN it waits for its replicas and saves, and everybody goes on where they were.',
  difficulty: 'common',
  needs: ['7.0+'],
  remedy: {
    title: 'SHUTDOWN instead of a kill: it waits for the replicas, then saves',
    commands: ['SHUTDOWN SAVE', '# and time for it: TimeoutStopSec, terminationGracePeriodSeconds'],
  },
  seconds: 8,
  lab: { ...LAB, persistence: 'rdb' },
  findings: [],
  run: restartMaster,
}

/** The same with an append-only file, which survives a kill, and costs the identity. */
export const safeVsUnsafeRestartAof: Drill = {
  name: 'safe-vs-unsafe-restart-aof',
  title: 'Restarting the master: kill against SHUTDOWN, with AOF',
  story:
    'The master appends every write to a file. A kill of the process loses nothing then, for what was written is with the operating system. But whichever way it is stopped, what it loads has lost the identity of its history: every replica is sent the whole dataset again.',
  difficulty: 'common',
  needs: [],
  remedy: { title: 'SHUTDOWN instead of a kill: with AOF it changes nothing here', commands: ['SHUTDOWN'] },
  seconds: 8,
  lab: { ...LAB, persistence: 'aof' },
  findings: ['aof-restart-full-sync'],
  findingsWithRemedy: ['aof-restart-full-sync'],
  run: restartMaster,
}

async function restartMaster(stage: Stage): Promise<Outcome> {
  const { master, replicas } = stage.group
  const probe = await stage.probe({ perSecond: 200 })
  await stage.pass(BEFORE_SAVE_MS)
  await save(stage, master)
  await stage.pass(AFTER_SAVE_MS)
  let foretold: number | undefined
  await stage.forecast((picture) => {
    foretold = changesUndone(picture)
    return expectMasterRestart(picture, stage.withRemedy ? 'clean' : 'crash')
  })
  const toldAt = stage.now()
  await stage.break({ kind: stage.withRemedy ? 'stop' : 'kill', node: master.id })
  await stage.break({ kind: 'start', node: master.id })
  stage.say('the replicas ask the restarted master to continue')
  await stage.until('replicas that are linked to the restarted master', async () => {
    const linked = await numberOf(stage, master, 'replication', 'connected_slaves')
    return linked === replicas.length
  })
  await Promise.all(replicas.map((node) => stage.caughtUp(node)))
  await untilWriting(stage, probe)
  const count = await stage.settle(probe, master.id)
  if (stage.withRemedy) {
    // SHUTDOWN takes writes until it waits for its replicas: the first one after it says nothing of how long they failed.
    stage.measure({ outageMs: null })
    const gapMs = Math.round(probe.since(toldAt).longestKeptGapMs ?? 0)
    return { lesson: [`SHUTDOWN: ${count.ackedLost} acknowledged writes lost, and none accepted for ${gapMs} ms.`] }
  }
  const said = foretold === undefined ? 'named no changes' : `put ${foretold} changes`
  return { lesson: [`Killed: ${count.ackedLost} acknowledged writes lost; the exposure had ${said} at risk.`] }
}

async function save(stage: Stage, master: LabNode): Promise<void> {
  const saves = () => numberOf(stage, master, 'persistence', 'rdb_last_save_time')
  const before = await saves()
  // The time of the last save has whole seconds.
  await stage.until('a snapshot', async () => {
    if ((await numberOf(stage, master, 'persistence', 'rdb_bgsave_in_progress')) === 0)
      await stage.ask(master, 'BGSAVE')
    return (await saves()) > before
  })
}
