import { expectCrash } from '../../domain/drills/forecasts.ts'
import { crashMaster, settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'

/** Less than the client writes, so that the replica falls behind for as long as this lasts. */
const LINE_BYTES_PER_SECOND = 20_000

/** min-replicas does not see it: a replica on a slow line acknowledges every second, only ever older bytes. */
export const primaryCrashLaggingReplica: Drill = {
  name: 'primary-crash-lagging-replica',
  title: 'The only replica lags behind when the master dies',
  story:
    'The replica hangs on a line that carries less than is written. It acknowledges every second, so no guard by age objects, but it is further behind with each. Then the master dies, and there is nobody else to promote.',
  difficulty: 'common',
  needs: [],
  remedy: {
    title: 'A second replica on a good line: Sentinel takes the one that received more',
    commands: ['redis-server --port PORT --replicaof MASTER-HOST MASTER-PORT'],
  },
  seconds: 13,
  lab: { replicas: 1, chained: 0 },
  remedyLab: { replicas: 2, chained: 0 },
  findings: ['writes-unguarded', 'recent-failover'],
  run: async (stage) => {
    const [slow] = stage.group.replicas
    const probe = await stage.probe({ perSecond: 400, valueBytes: 100 })
    if (slow !== undefined) await stage.break({ kind: 'slow-replica', node: slow.id, amount: LINE_BYTES_PER_SECOND })
    await settleRate(stage)
    await stage.pass(1000)
    await stage.forecast(expectCrash)
    const count = await crashMaster(stage, probe)
    const said =
      count.ackedLost === 0 ? 'Nothing acknowledged was lost' : `${count.ackedLost} acknowledged writes are gone`
    return {
      lesson: [`${said}: ${stage.withRemedy ? 'the replica on the good line' : 'the only replica'} was promoted.`],
    }
  },
}
