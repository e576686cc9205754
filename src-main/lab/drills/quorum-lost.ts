import { expectCrash } from '../../domain/drills/forecasts.ts'
import type { Drill } from './drill.ts'
import { followFailover } from './crash-master.ts'
import { watchNothingHappen } from './nobody-promoted.ts'

/** Two of three Sentinels are gone: one voice is no majority. */
export const quorumLost: Drill = {
  name: 'quorum-lost',
  title: 'Most Sentinels are gone when the master dies',
  story:
    'Two of the three Sentinels die, and nothing changes for clients. Then the master dies. The last Sentinel sees it and may do nothing: it takes a majority of all that are known to elect a leader.',
  difficulty: 'common',
  needs: [],
  remedy: {
    title: 'Five Sentinels, on five machines: two may die',
    commands: ['sentinel monitor mymaster MASTER-HOST MASTER-PORT 3'],
  },
  seconds: 14,
  lab: { replicas: 2, chained: 0, sentinels: 3 },
  remedyLab: { sentinels: 5 },
  findings: ['quorum-unreachable', 'failover-impossible'],
  findingsWithRemedy: ['recent-failover'],
  run: async (stage) => {
    const { lab, group } = stage
    const probe = await stage.probe({ perSecond: 50 })
    const gone = lab.sentinels.slice(-2)
    await stage.breakAll(gone.map((node) => ({ kind: 'kill', node: node.id })))
    stage.say('the Sentinels that are left notice')
    await stage.until('Sentinels that are held for down', () =>
      stage
        .picture()
        .snapshot.views.filter((view) => view.isReachable)
        .every((view) =>
          gone.every((one) => view.peers?.some((peer) => peer.node === one.id && peer.flags.has('s_down'))),
        ),
    )
    await stage.pass(1000)
    await stage.forecast(expectCrash)
    await stage.break({ kind: 'kill', node: group.master.id })
    if (stage.withRemedy) {
      await followFailover(stage, probe)
      return { lesson: ['Three of five Sentinels were left: a majority, and the failover went through.'] }
    }
    await watchNothingHappen(stage)
    return { lesson: ['One Sentinel of three was left: it saw the master down and had no majority to elect it.'] }
  },
}
