import { expectBareFailover, expectSwitchover } from '../../domain/drills/forecasts.ts'
import { settleRate, untilWriting } from './crash-master.ts'
import type { Drill } from './drill.ts'
import { DrillTrouble } from './drill.ts'

const DEMOTED_WITHIN_MS = 45_000

/** SENTINEL FAILOVER pauses nobody: the old master acknowledges until it is demoted. */
export const switchoverUnderLoad: Drill = {
  name: 'switchover-under-load',
  title: 'A planned switchover under load',
  story:
    'The master has to go for maintenance while clients write. SENTINEL FAILOVER promotes a replica at once, but nobody stops the old master: it goes on to acknowledge writes until it is demoted seconds later, and all of them are gone. The guarded switchover fences it first and loses nothing.',
  difficulty: 'common',
  needs: ['6.2+'],
  remedy: {
    title: 'The guarded switchover: fence, pause, level, fail over, demote, verify',
    commands: ['repliscope act switchover'],
  },
  seconds: 24,
  lab: { replicas: 2, chained: 0, downAfterMs: 2000 },
  findings: ['recent-failover'],
  findingsWithRemedy: ['recent-failover'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const probe = await stage.probe({ perSecond: 500, writers: 2 })
    await settleRate(stage)
    await stage.forecast(stage.withRemedy ? expectSwitchover : expectBareFailover)
    const lesson: string[] = []
    const calledAt = stage.now()
    if (stage.withRemedy) {
      stage.struck('switchover begins', master.id)
      const done = await stage.act({ action: 'switchover' })
      lesson.push(`The guarded switchover ${done.state}, in ${Math.round(done.tookMs)} ms.`)
      if (done.state !== 'succeeded') lesson.push(...done.said)
    } else {
      const [sentinel] = stage.lab.sentinels
      if (sentinel === undefined) throw new DrillTrouble('a lab without a Sentinel')
      stage.struck(`SENTINEL FAILOVER ${stage.group.group}`, master.id)
      await stage.ask(sentinel, 'SENTINEL', 'FAILOVER', stage.group.group)
      const role = async () => (await stage.info(master, 'replication')).get('role')
      await stage.newMaster(master.id)
      stage.say('the old master still takes writes')
      await stage.until('demotion of the old master', async () => (await role()) === 'slave', DEMOTED_WITHIN_MS)
      lesson.push(
        `The old master was demoted ${((stage.now() - calledAt) / 1000).toFixed(1)} s after SENTINEL FAILOVER.`,
      )
    }
    const winner = await stage.newMaster(master.id)
    await Promise.all([master, ...replicas].filter((node) => node.id !== winner).map((node) => stage.caughtUp(node)))
    await untilWriting(stage, probe)
    await stage.settle(probe, winner)
    // Writes go on for a moment after the command, so the first one that stays says nothing; the gap does.
    stage.measure({ outageMs: probe.since(calledAt).longestKeptGapMs })
    return { lesson }
  },
}
