import { expectResync, NOTHING_SAID } from '../../domain/drills/forecasts.ts'
import { settleRate, untilWriting } from './crash-master.ts'
import { numberOf } from './cut-off.ts'
import type { Drill } from './drill.ts'

const DOWN_MS = 2000

/** Whoever is below the middle of a chain shares its restarts. */
export const chainedReplicaMiddleRestart: Drill = {
  name: 'chained-replica-middle-restart',
  title: 'The middle of a chain is restarted',
  story:
    'One replica follows the master, and another one follows that replica. The one in the middle is restarted for an update, cleanly. With an append-only file it has lost its history, takes the whole dataset again, and so does everybody below it. With snapshots it continues, and so does the one below. Sentinel knows nothing of the lower one.',
  difficulty: 'common',
  needs: ['7.0+'],
  remedy: {
    title: 'Snapshots instead of an append-only file on the replica in the middle',
    commands: ['CONFIG SET save "3600 1"', 'CONFIG SET appendonly no', 'CONFIG REWRITE'],
  },
  seconds: 8,
  lab: {
    replicas: 1,
    chained: 1,
    setNode: { 'replica-1': { appendonly: 'yes', save: '""' } },
  },
  remedyLab: { setNode: { 'replica-1': { appendonly: 'no', save: '3600 1' } } },
  findings: ['chained-replica', 'aof-restart-full-sync'],
  findingsWithRemedy: ['chained-replica'],
  run: async (stage) => {
    const { master, replicas, chained } = stage.group
    const [middle] = replicas
    const [lower] = chained
    if (middle === undefined || lower === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 50 })
    await settleRate(stage)
    await stage.forecast((picture) => ({
      ...NOTHING_SAID,
      resync: expectResync(picture, 'restart-clean', [middle.id], DOWN_MS / 1000),
    }))
    const fulls = await numberOf(stage, master, 'stats', 'sync_full')
    await stage.break({ kind: 'stop', node: middle.id })
    const stoppedAt = stage.now()
    await stage.pass(DOWN_MS)
    await stage.break({ kind: 'start', node: middle.id })
    stage.say('the middle asks the master, and the lower one asks the middle')
    await stage.caughtUp(middle)
    await stage.until(`${lower.name} below the restarted middle`, async () => {
      const linked = await numberOf(stage, middle, 'replication', 'connected_slaves')
      return linked > 0
    })
    await stage.caughtUp(lower)
    const took = (stage.now() - stoppedAt) / 1000
    await untilWriting(stage, probe)
    await stage.settle(probe, master.id)
    stage.measure({ outageMs: null })
    const again = (await numberOf(stage, master, 'stats', 'sync_full')) - fulls
    const below = await numberOf(stage, middle, 'stats', 'sync_full')
    return {
      lesson: [
        `The middle ${again > 0 ? 'took the whole dataset again' : 'went on where it was'}, and the lower one ${below > 0 ? 'did so too' : 'was not sent it again'}.`,
        `The lower replica showed old data for up to ${took.toFixed(1)} s.`,
      ],
    }
  },
}
