import { expectBareFailover, ownTraffic } from '../../domain/drills/forecasts.ts'
import { expectReconnect } from '../../domain/drills/restart-forecasts.ts'
import type { LabNode } from '../lab-model.ts'
import { comesUp, numberOf } from './cut-off.ts'
import type { Drill } from './drill.ts'
import { DrillTrouble } from './drill.ts'
import type { Stage } from './stage.ts'

const SEEN_WITHIN_MS = 10_000

/** The replica has the last copy, and gives it away when its link returns. */
export const replicaAhead: Drill = {
  name: 'replica-ahead',
  title: 'The replica knows more than its master',
  story:
    'The master crashes and comes back with a snapshot that is seconds old, while its replica, which has everything, is kept from it by the network. For now nothing is lost: the replica is ahead of its master. The moment its link returns it is taken back to the snapshot. Promoted before that, it keeps everything.',
  difficulty: 'hard',
  needs: ['7.0+'],
  remedy: {
    title: 'Promote the replica before its link returns',
    commands: ['SENTINEL FAILOVER mymaster'],
  },
  seconds: 16,
  lab: { replicas: 1, chained: 0, persistence: 'rdb', downAfterMs: 15_000 },
  findings: ['replica-ahead'],
  findingsWithRemedy: ['replica-ahead', 'recent-failover'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [replica] = replicas
    if (replica === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 200 })
    await stage.pass(1000)
    const savedAt = await snapshotOf(stage, master)
    await stage.pass(2000)
    await probe.stop()
    await stage.caughtUp(replica)
    const crash = await stage.break({ kind: 'partition', node: replica.id, peer: master.id })
    await stage.break({ kind: 'kill', node: master.id })
    const quietMs = stage.now() - savedAt
    await stage.break({ kind: 'start', node: master.id })
    stage.say('the master is back, with less than its replica')
    const isSeen = await comesUp(stage, 'replica-ahead', SEEN_WITHIN_MS)
    const expectation = await stage.forecast((picture) =>
      stage.withRemedy
        ? expectBareFailover(picture)
        : expectReconnect(picture, replica.id, ownTraffic(picture, quietMs)),
    )
    if (stage.withRemedy) await promote(stage, replica)
    stage.struck('the link returns', replica.id)
    await stage.heal(crash.id)
    const keeper = stage.withRemedy ? replica : master
    await stage.caughtUp(stage.withRemedy ? master : replica)
    const count = await stage.settle(probe, keeper.id)
    stage.measure({ outageMs: null })
    const atRisk = expectation.lossBytes?.high
    return {
      lesson: [
        isSeen
          ? 'It was seen that the replica is ahead, while everything could still be kept.'
          : 'It was not seen in time that the replica is ahead.',
        stage.withRemedy
          ? `Promoted, the replica kept all: ${count.ackedLost} acknowledged writes are gone.`
          : `Its link came back and ${count.ackedLost} acknowledged writes are gone${atRisk === undefined ? '' : `; ${atRisk} bytes were said to be at risk`}.`,
      ],
    }
  },
}

/** When it was taken, at the earliest. */
async function snapshotOf(stage: Stage, master: LabNode): Promise<number> {
  const at = stage.now()
  const saves = await numberOf(stage, master, 'persistence', 'rdb_saves')
  await stage.ask(master, 'BGSAVE')
  await stage.until('a snapshot', async () => (await numberOf(stage, master, 'persistence', 'rdb_saves')) > saves)
  return at
}

async function promote(stage: Stage, replica: LabNode): Promise<void> {
  const [sentinel] = stage.lab.sentinels
  if (sentinel === undefined) throw new DrillTrouble('a lab without a Sentinel')
  // Sentinel promotes nobody of whom it has not heard lately.
  await stage.until('Sentinel that takes the order', async () => {
    const { group } = stage.group
    return (await stage.ask(sentinel, 'SENTINEL', 'FAILOVER', group)) === 'OK'
  })
  stage.mark({ lane: 'action', node: replica.id, what: 'SENTINEL FAILOVER', detail: `${replica.id} is to be master` })
  await stage.newMaster(stage.group.master.id)
}
