import { expectCrash } from '../../domain/drills/forecasts.ts'
import { crashMaster, settleRate } from './crash-master.ts'
import type { Drill } from './drill.ts'
import { EVEN_PRIORITIES, UNEVEN_PRIORITIES } from './uneven-priorities.ts'

/** WAIT counts replicas; it does not choose who is promoted. */
export const waitDoesNotSaveYou: Drill = {
  name: 'wait-does-not-save-you',
  title: 'Writes that a replica confirmed are lost',
  story:
    'The client is careful: after every write it waits until a replica has it. One replica confirms them all. The other one has the better priority and is cut off. The master dies, the other one is promoted, and writes that WAIT confirmed are gone.',
  difficulty: 'hard',
  needs: [],
  remedy: {
    title: 'The same priority for both, so that the replica that confirmed is the one promoted',
    commands: EVEN_PRIORITIES,
  },
  seconds: 13,
  ...UNEVEN_PRIORITIES,
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [preferred] = replicas
    if (preferred === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 200, wait: { replicas: 1, timeoutMs: 1000, every: 1 } })
    await settleRate(stage)
    await stage.break({ kind: 'partition', node: preferred.id, peer: master.id })
    stage.say(`${preferred.name} is cut off; the other replica goes on to confirm`)
    await stage.pass(2500)
    await stage.forecast(expectCrash)
    const count = await crashMaster(stage, probe)
    const { confirmed } = probe.tally()
    return {
      lesson: [
        `WAIT confirmed ${confirmed} writes; ${count.confirmedLost} of them are gone.`,
        ...(stage.withRemedy
          ? []
          : [
              'WAIT 2 would have waited for the replica that was cut off: every write would have run into its time-out.',
            ]),
      ],
    }
  },
}
