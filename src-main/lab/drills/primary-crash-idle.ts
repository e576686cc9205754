import { expectCrash } from '../../domain/drills/forecasts.ts'
import { crashMaster, settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'

/** The run id decides between level replicas, and nothing is lost but time. */
export const primaryCrashIdle: Drill = {
  name: 'primary-crash-idle',
  title: 'The master dies in a quiet hour',
  story:
    'A client writes a key a second, less than the Sentinels talk among themselves. The master is killed. Its replicas are level, so the smallest run id wins, as was known before; nothing is lost, and no write is taken until the failover is through.',
  difficulty: 'first',
  needs: [],
  seconds: 14,
  lab: { replicas: 2, chained: 1, sentinels: 5 },
  findings: ['recent-failover'],
  run: async (stage) => {
    const probe = await stage.probe({ perSecond: 1, valueBytes: 9, keyPrefix: 'p:' })
    await settleRate(stage)
    // Hellos come in rounds: only over some of them is the rate that of a quiet hour.
    await stage.pass(3000)
    await stage.forecast(expectCrash)
    await crashMaster(stage, probe)
    return { lesson: [] }
  },
}
