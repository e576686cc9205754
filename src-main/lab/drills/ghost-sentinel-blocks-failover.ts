import { expectCrash } from '../../domain/drills/forecasts.ts'
import { followFailover, settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'
import { watchNothingHappen } from './nobody-promoted.ts'
import type { Stage } from './stage.ts'

/** Sentinels never forget: who left still counts, and nobody sees it until a vote is short. */
export const ghostSentinelBlocksFailover: Drill = {
  name: 'ghost-sentinel-blocks-failover',
  title: 'A Sentinel that left long ago costs the majority',
  story:
    'A fourth Sentinel was switched off for good, and nobody ran SENTINEL RESET: four are known, so three votes are needed. Now the machine dies that has the master and one Sentinel. The two that are left agree that the master is down, and cannot elect anybody; of three known ones they would have been enough.',
  difficulty: 'hard',
  needs: [],
  remedy: {
    title: 'SENTINEL RESET after a Sentinel has left for good, one Sentinel at a time',
    commands: ['SENTINEL RESET mymaster', 'SENTINEL CKQUORUM mymaster'],
  },
  seconds: 26,
  lab: { replicas: 2, chained: 0, sentinels: 4, quorum: 2 },
  findings: ['ghost-entries'],
  findingsWithRemedy: ['recent-failover'],
  run: async (stage) => {
    const { lab, group } = stage
    const [neighbour] = lab.sentinels
    const ghost = lab.sentinels.at(-1)
    if (neighbour === undefined || ghost === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 50 })
    await stage.break({ kind: 'kill', node: ghost.id })
    if (stage.withRemedy) await forget(stage)
    else {
      stage.say('the entry of the Sentinel that left grows old')
      await stage.until('finding on the ghost', () => raises(stage, 'ghost-entries'))
    }
    await settleRate(stage)
    stage.say('what if its neighbour on the machine went too')
    await stage.break({ kind: 'kill', node: neighbour.id })
    await stage.until('neighbour that is held for down', () => isHeldDown(stage, neighbour.id))
    await stage.forecast(expectCrash)
    await stage.break({ kind: 'kill', node: group.master.id })
    if (stage.withRemedy) {
      await followFailover(stage, probe)
      return { lesson: ['Three Sentinels were known and two were left: a majority, and the failover went through.'] }
    }
    await watchNothingHappen(stage)
    return {
      lesson: [
        'Two Sentinels agreed that the master was down; with the ghost four are known, and three votes were needed.',
      ],
    }
  },
}

function raises(stage: Stage, code: string): boolean {
  return stage.picture().findings.some((one) => one.code === code)
}

/** RESET on those that are left, one by one, each waited for until it knows its peers and the replicas again. */
async function forget(stage: Stage): Promise<void> {
  const left = stage.lab.sentinels.filter((node) => stage.lab.isRunning(node))
  for (const node of left) {
    await stage.ask(node, 'SENTINEL', 'RESET', stage.group.group)
    stage.mark({ lane: 'action', node: node.id, what: 'SENTINEL RESET', detail: `${node.name} forgets who left` })
    await stage.until(`${node.name} that knows everybody again`, async () => {
      const text = JSON.stringify(await stage.ask(node, 'SENTINEL', 'MASTER', stage.group.group))
      return (
        text.includes(`"num-other-sentinels","${left.length - 1}"`) &&
        text.includes(`"num-slaves","${stage.group.replicas.length}"`)
      )
    })
  }
}

function isHeldDown(stage: Stage, sentinel: string): boolean {
  const views = stage.picture().snapshot.views.filter((view) => view.isReachable)
  return views.every((view) => view.peers?.some((peer) => peer.node === sentinel && peer.flags.has('s_down')) === true)
}
