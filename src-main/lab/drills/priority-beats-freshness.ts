import { expectCrash } from '../../domain/drills/forecasts.ts'
import { crashMaster, settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'
import { EVEN_PRIORITIES, UNEVEN_PRIORITIES } from './uneven-priorities.ts'

/** Sentinel looks at the priority before the offset. */
export const priorityBeatsFreshness: Drill = {
  name: 'priority-beats-freshness',
  title: 'The preferred replica is not the fresh one',
  story:
    'One replica has the better priority and has heard nothing of its master for some seconds; the other has everything. Sentinel compares priorities first, promotes the stale one, and the fresh one throws away what it alone has.',
  difficulty: 'common',
  needs: [],
  remedy: {
    title: 'The same priority for both, so that the offset decides',
    commands: EVEN_PRIORITIES,
  },
  seconds: 14,
  ...UNEVEN_PRIORITIES,
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [preferred] = replicas
    if (preferred === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 300, valueBytes: 100 })
    await settleRate(stage)
    await stage.break({ kind: 'partition', node: preferred.id, peer: master.id })
    stage.say(`${preferred.name} hears nothing any more, its link looks well`)
    await stage.pass(2500)
    await stage.forecast(expectCrash)
    const count = await crashMaster(stage, probe)
    return {
      lesson: stage.withRemedy
        ? ['With equal priorities the replica that had everything was promoted.']
        : [`The replica with priority 10 won over one that had ${count.ackedLost} acknowledged writes more.`],
    }
  },
}
