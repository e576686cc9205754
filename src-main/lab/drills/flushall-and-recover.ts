import { expectMasterRestart } from '../../domain/drills/restart-forecasts.ts'
import { comesUp, numberOf, remembered } from './cut-off.ts'
import { type Drill, DrillTrouble } from './drill.ts'
import type { Stage } from './stage.ts'

const KEYS = 5000
const SEEN_WITHIN_MS = 15_000

/** With save points FLUSHALL empties the snapshot as well, before it replies, on every node. */
export const flushallAndRecover: Drill = {
  name: 'flushall-and-recover',
  title: 'FLUSHALL, and the way back',
  story:
    'Somebody types FLUSHALL on the wrong machine. It is on every replica within milliseconds, and because snapshots are on, each node has overwritten its own with an empty one before it answered. There is nothing to restart from. The guarded flush takes snapshots first and keeps them from being overwritten: a restart brings everything back.',
  difficulty: 'first',
  needs: ['7.0+'],
  remedy: {
    title: 'The guarded flush: a snapshot first, kept from being overwritten',
    commands: ['repliscope act flushall'],
  },
  seconds: 13,
  lab: { replicas: 2, chained: 0, persistence: 'rdb', downAfterMs: 15_000 },
  findings: ['dataset-flushed'],
  findingsWithRemedy: ['dataset-flushed'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const probe = await stage.probe({ perSecond: 'max', maxNumbers: KEYS })
    await stage.until('a dataset', () => probe.tally().acknowledged === KEYS)
    await probe.stop()
    await Promise.all(replicas.map((node) => stage.caughtUp(node)))
    await remembered(stage, KEYS)
    stage.say('everything is flushed')
    if (stage.withRemedy) {
      const done = await stage.act({ action: 'flushall' })
      if (done.state !== 'succeeded') throw new DrillTrouble(`the flush ${done.state}: ${done.said.join('; ')}`)
    } else {
      await stage.ask(master, 'FLUSHALL')
      stage.mark({ lane: 'action', node: master.id, what: 'FLUSHALL', detail: 'by hand' })
    }
    const keysLeft = await mostKeys(stage)
    const flushedAt = stage.now()
    const isSeen = await comesUp(stage, 'dataset-flushed', SEEN_WITHIN_MS)
    const seenAfter = ((stage.now() - flushedAt) / 1000).toFixed(1)
    await stage.forecast((picture) => expectMasterRestart(picture, 'crash'))
    stage.say('the way back: the master is started again from its snapshot')
    await stage.break({ kind: 'kill', node: master.id })
    await stage.break({ kind: 'start', node: master.id })
    await stage.until('replicas that are linked to the restarted master', async () => {
      const linked = await numberOf(stage, master, 'replication', 'connected_slaves')
      return linked === replicas.length
    })
    await Promise.all(replicas.map((node) => stage.caughtUp(node)))
    const count = await stage.settle(probe, master.id)
    stage.measure({ outageMs: null })
    return {
      lesson: [
        `After the flush the fullest node had ${keysLeft} keys${isSeen ? `; the flush was seen ${seenAfter} s later` : '; the flush was not seen in time'}.`,
        `Of ${KEYS} keys ${count.ackedKept} came back.`,
      ],
    }
  },
}

/** Of the node that has most. */
async function mostKeys(stage: Stage): Promise<number> {
  const { master, replicas } = stage.group
  const sizes = await Promise.all([master, ...replicas].map((node) => stage.ask(node, 'DBSIZE')))
  return Math.max(...sizes.map(Number))
}
