import { expectPartition } from '../../domain/drills/forecasts.ts'
import { settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'
import type { Stage } from './stage.ts'

/** How long the master is cut off: with the demotion after it, two masters for longer than any failover takes. */
const LASTS_MS = 11_000
/** Where the client calls from that is on the side of the Sentinels. */
const FOLLOWER_HOST = '127.0.0.200'
/** Wrong role for 8 s, seen by an INFO every 10 s; then the demotion. */
const DEMOTED_WITHIN_MS = 45_000

/** The master and one client on the one side, everybody else on the other. */
export const partitionSplitBrain: Drill = {
  name: 'partition-split-brain',
  title: 'The network splits, and both sides write',
  story:
    'The master is cut off from its replicas and from all Sentinels, together with one of its clients. The other side promotes a replica; the isolated master goes on to acknowledge what its client writes. When the network heals it is demoted, and everything it took alone is gone. With min-replicas it stops by itself.',
  difficulty: 'common',
  needs: [],
  remedy: {
    title: 'The master refuses writes that no replica has acknowledged lately',
    commands: ['CONFIG SET min-replicas-to-write 1', 'CONFIG SET min-replicas-max-lag 1', 'CONFIG REWRITE'],
  },
  seconds: 32,
  lab: { replicas: 2, chained: 0 },
  remedyLab: { set: { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' } },
  findings: ['writes-unguarded', 'split-brain', 'recent-failover'],
  findingsWithRemedy: ['recent-failover'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const isolated = await stage.probe({ perSecond: 200, pinnedTo: master.address })
    const follower = await stage.probe({ perSecond: 20, localAddress: FOLLOWER_HOST })
    await settleRate(stage)
    await stage.forecast((picture) => expectPartition(picture, LASTS_MS))
    const others = [...[...replicas, ...stage.lab.sentinels].map((node) => node.id), FOLLOWER_HOST]
    const cuts = await stage.breakAll(others.map((peer) => ({ kind: 'partition', node: master.id, peer }) as const))
    const cutAt = stage.now()
    const winner = await stage.newMaster(master.id)
    stage.say(`two masters: ${winner} by the Sentinels, ${master.name} for the client beside it`)
    await stage.pass(Math.max(0, cutAt + LASTS_MS - stage.now()))
    const refused = isolated.since(cutAt).firstRefusedMs
    for (const cut of cuts) await stage.heal(cut.id)
    stage.say('the network is whole again')
    await demoted(stage, master.id)
    const followed = await stage.settle(follower, winner)
    const { firstKeptMs } = follower.since(cutAt)
    const count = await stage.settle(isolated, winner)
    stage.measure({ outageMs: firstKeptMs })
    return {
      lesson: [
        `The client beside the isolated master had ${count.ackedLost} writes acknowledged that are gone; the one beside the Sentinels lost ${followed.ackedLost}.`,
        refused === null
          ? 'The isolated master refused nothing until it was demoted.'
          : `The isolated master refused writes ${(refused / 1000).toFixed(1)} s after the split: nothing taken later could be lost.`,
      ],
    }
  },
}

async function demoted(stage: Stage, id: string): Promise<void> {
  await stage.until(
    'demotion of the old master',
    async () => (await stage.info(id, 'replication')).get('role') === 'slave',
    DEMOTED_WITHIN_MS,
  )
  await stage.caughtUp(id)
}
