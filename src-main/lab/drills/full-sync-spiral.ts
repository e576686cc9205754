import { expectResync, NOTHING_SAID } from '../../domain/drills/forecasts.ts'
import { settleRate, untilWriting } from './crash-master.ts'
import { comesUp, cutOff, numberOf } from './cut-off.ts'
import { type Drill, DrillTrouble } from './drill.ts'

/** Saving takes this long for each key, as it would for a dataset a thousand times as large. */
const SAVE_DELAY_US = 500
const KEYS = 8000
const LOOPS_WITHIN_MS = 40_000

/** What is written during a full sync waits in an output buffer; when that is full, the sync begins anew. */
export const fullSyncSpiral: Drill = {
  name: 'full-sync-spiral',
  title: 'A replica that never finishes its full sync',
  story:
    'A replica loses its link for a moment and needs a full sync, which takes seconds for this dataset. What is written meanwhile waits in an output buffer of 1 MB, and that is full before the dataset is sent: the master drops the replica, which begins anew, and so on for ever. Each round costs a fork and the whole dataset. The emergency fix needs no restart.',
  difficulty: 'hard',
  needs: [],
  remedy: {
    title: 'The emergency fix, at run time: room for all that is written during a full sync',
    commands: ['CONFIG SET client-output-buffer-limit "replica 512mb 128mb 60"', 'CONFIG REWRITE'],
  },
  seconds: 22,
  lab: {
    replicas: 1,
    chained: 0,
    set: { 'repl-backlog-size': '16kb', 'client-output-buffer-limit': 'replica 1mb 1mb 1' },
  },
  findings: ['backlog-too-small', 'output-buffer-too-small', 'full-sync-loop'],
  findingsWithRemedy: ['backlog-too-small', 'output-buffer-too-small', 'full-sync-loop'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [replica] = replicas
    if (replica === undefined) return { lesson: [] }
    await stage.ask(master, 'DEBUG', 'POPULATE', `${KEYS}`, 'fill', '100')
    await stage.ask(master, 'CONFIG', 'SET', 'rdb-key-save-delay', `${SAVE_DELAY_US}`)
    const probe = await stage.probe({ perSecond: 500, valueBytes: 2000 })
    await settleRate(stage)
    await stage.forecast((picture) => ({
      ...NOTHING_SAID,
      resync: expectResync(picture, 'reconnect', [replica.id], 1),
    }))
    const syncs = () => numberOf(stage, master, 'stats', 'sync_full')
    const before = await syncs()
    const cut = await cutOff(stage, replica, master)
    await stage.pass(500)
    await stage.heal(cut.id)
    stage.say('full syncs begin and are cut off')
    if (!(await comesUp(stage, 'full-sync-loop', LOOPS_WITHIN_MS)))
      throw new DrillTrouble(`no loop after ${(await syncs()) - before} full syncs`)
    const rounds = (await syncs()) - before
    const lesson = [`${rounds} full syncs began within ${seconds(stage.now() - cut.at)}, and none was finished.`]
    if (stage.withRemedy) {
      const raisedAt = stage.now()
      await stage.ask(master, 'CONFIG', 'SET', 'client-output-buffer-limit', 'replica 512mb 128mb 60')
      stage.mark({ lane: 'action', node: master.id, what: 'CONFIG SET client-output-buffer-limit', detail: '512 MB' })
      await stage.caughtUp(replica)
      lesson.push(`With room in the output buffer the replica was online ${seconds(stage.now() - raisedAt)} later.`)
    }
    await untilWriting(stage, probe)
    await stage.settle(probe, master.id)
    stage.measure({ outageMs: null })
    return { lesson }
  },
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
