import { expectRefusingMaster } from '../../domain/drills/restart-forecasts.ts'
import { followFailover, settleRate } from './crash-master.ts'
import { comesUp } from './cut-off.ts'
import type { Drill } from './drill.ts'

const DEMOTED_WITHIN_MS = 45_000
const REFUSED_WITHIN_MS = 20_000

/** A master that cannot append refuses writes, and PING as well. */
export const aofErrorDiskFull: Drill = {
  name: 'aof-error-disk-full',
  title: "The disk of the master's append-only file is full",
  story:
    'The master appends every write to a file, and the disk fills up. It refuses all writes with MISCONF, and answers even PING with that: the Sentinels take it for dead and promote a replica, which has a disk of its own. But the old master lives and answers, so that a patient client stays with it until it is demoted.',
  difficulty: 'hard',
  needs: ['root'],
  seconds: 18,
  lab: { replicas: 2, chained: 0, persistence: 'aof' },
  findings: ['aof-write-error', 'recent-failover', 'aof-restart-full-sync'],
  run: async (stage) => {
    const { master } = stage.group
    const probe = await stage.probe({ perSecond: 300, valueBytes: 500 })
    await settleRate(stage)
    await stage.forecast(expectRefusingMaster)
    const full = await stage.break({ kind: 'disk-full', node: master.id, amount: 0 })
    const struckAt = stage.now()
    await stage.until('write that is refused', () => (probe.tally().refusals.MISCONF ?? 0) > 0, REFUSED_WITHIN_MS)
    const refusedAfterMs = stage.now() - struckAt
    await comesUp(stage, 'aof-write-error', 3000)
    await followFailover(stage, probe)
    // Writes go on until the last page is full, so the outage is the pause and not the time since the fault.
    const since = probe.since(struckAt)
    stage.measure({ outageMs: since.longestKeptGapMs })
    stage.say('the disk has room again')
    await stage.heal(full.id)
    await stage.until(
      'demotion of the old master',
      async () => (await stage.info(master, 'replication')).get('role') === 'slave',
      DEMOTED_WITHIN_MS,
    )
    await stage.caughtUp(master, DEMOTED_WITHIN_MS)
    const { refused } = probe.tally()
    const longest = ((since.longestKeptGapMs ?? 0) / 1000).toFixed(1)
    return {
      lesson: [
        `The first MISCONF came ${(refusedAfterMs / 1000).toFixed(1)} s after the disk was full. The client stayed with the old master until that was demoted: ${refused} writes were refused in ${longest} s. One that listens for +switch-master would have left it sooner.`,
      ],
    }
  },
}
