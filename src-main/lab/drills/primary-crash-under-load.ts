import { expectCrash } from '../../domain/drills/forecasts.ts'
import { crashMaster, settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'

/** Acknowledged is not replicated: what the winner had not received when the master died is gone. */
export const primaryCrashUnderLoad: Drill = {
  name: 'primary-crash-under-load',
  title: 'The master dies under load',
  story:
    'Two writers keep the master busy when it is killed. Both replicas are close behind, so who wins depends on who received more at that moment, and what neither had received is lost although it was acknowledged.',
  difficulty: 'first',
  needs: [],
  seconds: 11,
  lab: { replicas: 2, chained: 0 },
  findings: ['writes-unguarded', 'recent-failover'],
  run: async (stage) => {
    const probe = await stage.probe({ perSecond: 1000, writers: 2, valueBytes: 100 })
    await settleRate(stage)
    await stage.forecast(expectCrash)
    const count = await crashMaster(stage, probe)
    return {
      lesson: [
        `${count.unknownLost + count.unknownKept} writes had no answer when the master died; ${count.unknownKept} of them are there all the same: a client that sends them again writes twice.`,
      ],
    }
  },
}
