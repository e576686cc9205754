import { expectCrash } from '../../domain/drills/forecasts.ts'
import type { Drill } from './drill.ts'

/** The run id decides between level replicas, and nothing is lost but time. */
export const primaryCrashIdle: Drill = {
  name: 'primary-crash-idle',
  title: 'The master dies in a quiet hour',
  story:
    'One client writes a few keys a second. The master is killed. Sentinel notices, agrees, elects a leader and promotes the replica that its order names, while every write fails.',
  difficulty: 'first',
  needs: [],
  seconds: 10,
  lab: { replicas: 2, chained: 1 },
  findings: ['recent-failover'],
  run: async (stage) => {
    const { master, replicas, chained } = stage.group
    const probe = await stage.probe({ perSecond: 5 })
    stage.say('the rate settles')
    await stage.pass(1500)
    await stage.forecast(expectCrash)
    await stage.break({ kind: 'kill', node: master.id })
    stage.say('the Sentinels find out')
    const winner = await stage.newMaster(master.id)
    const left = [...replicas, ...chained].filter((node) => node.id !== winner)
    for (const node of left) await stage.caughtUp(node)
    await stage.until('a write that is accepted', () => probe.tally().trouble === null)
    await stage.pass(500)
    await stage.settle(probe, winner)
    return { lesson: [] }
  },
}
