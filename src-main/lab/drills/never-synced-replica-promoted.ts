import { expectCrash } from '../../domain/drills/forecasts.ts'
import { settleRate, untilWriting } from './crash-master.ts'
import type { Drill } from './drill.ts'
import { watchNothingHappen } from './nobody-promoted.ts'
import type { Stage } from './stage.ts'

/** A link that was never up has been down for -1 s, and that is less than any limit. */
export const neverSyncedReplicaPromoted: Drill = {
  name: 'never-synced-replica-promoted',
  title: 'An empty replica is promoted',
  story:
    'A replica is restarted while a firewall keeps it from the master: it is empty, and has never had a link since its start. Sentinel reads the -1 of its link-down time as young. Then the good replica and the master die together, and the empty one becomes the master of nothing.',
  difficulty: 'hard',
  needs: [],
  remedy: {
    title: 'Priority 0 for a replica until it has synced: rather no master than an empty one',
    commands: ['CONFIG SET replica-priority 0', '# when master_link_status is up:', 'CONFIG SET replica-priority 100'],
  },
  seconds: 16,
  lab: { replicas: 2, chained: 0 },
  findings: ['empty-replica-electable', 'recent-failover'],
  findingsWithRemedy: ['failover-impossible'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [good, empty] = replicas
    if (good === undefined || empty === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 100 })
    await stage.break({ kind: 'partition', node: empty.id, peer: master.id })
    await stage.break({ kind: 'restart-empty', node: empty.id })
    if (stage.withRemedy) await stage.ask(empty, 'CONFIG', 'SET', 'replica-priority', '0')
    await stage.until('Sentinels that know the empty replica as it is', () => knowsEmpty(stage, empty.id))
    stage.say('the good replica dies')
    await stage.break({ kind: 'kill', node: good.id })
    await stage.until('good replica that is held for down', () => isHeldDown(stage, good.id))
    await settleRate(stage)
    await stage.forecast(expectCrash)
    await stage.break({ kind: 'kill', node: master.id })
    if (stage.withRemedy) {
      await watchNothingHappen(stage)
      return {
        lesson: ['Nobody was promoted: writes fail until the good replica or the master is back, with the data.'],
      }
    }
    const winner = await stage.newMaster(master.id)
    await untilWriting(stage, probe)
    const count = await stage.settle(probe, winner)
    return {
      lesson: [
        `${winner} had nothing: all ${count.ackedLost} writes acknowledged before are gone, and it takes new ones as if nothing had happened.`,
      ],
    }
  },
}

/** Every Sentinel has read that its link was never up, and its priority. */
async function knowsEmpty(stage: Stage, id: string): Promise<boolean> {
  const { snapshot } = stage.picture()
  const priority = stage.withRemedy ? 0 : 100
  return snapshot.views.every((view) =>
    view.replicas?.some((one) => one.node === id && one.neverConnected === true && one.priority === priority),
  )
}

async function isHeldDown(stage: Stage, id: string): Promise<boolean> {
  const { snapshot } = stage.picture()
  return snapshot.views.every((view) => view.replicas?.some((one) => one.node === id && one.flags.has('s_down')))
}
