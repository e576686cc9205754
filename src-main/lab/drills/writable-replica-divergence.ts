import { expectResync, NOTHING_SAID } from '../../domain/drills/forecasts.ts'
import { cutOff } from './cut-off.ts'
import type { Drill } from './drill.ts'

/** Local writes move no offset, so nothing that compares offsets can see them. */
export const writableReplicaDivergence: Drill = {
  name: 'writable-replica-divergence',
  title: 'A replica that takes writes of its own',
  story:
    'A replica was made writable for a quick job, and an application is still connected to it. Its writes are acknowledged and are nowhere else. No offset shows it; a reconnect goes on where it was and leaves the difference in place. The next full resync takes it all away.',
  difficulty: 'first',
  needs: [],
  remedy: {
    title: 'Replicas stay read-only',
    commands: ['CONFIG SET replica-read-only yes', 'CONFIG REWRITE'],
  },
  seconds: 6,
  lab: { replicas: 1, chained: 0, set: { 'replica-read-only': 'no' } },
  remedyLab: { set: { 'replica-read-only': 'yes' } },
  findings: ['replica-writable'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [replica] = replicas
    if (replica === undefined) return { lesson: [] }
    const proper = await stage.probe({ perSecond: 50 })
    const stray = await stage.probe({ perSecond: 100, pinnedTo: replica.address })
    await stage.pass(3000)
    await stage.forecast((picture) => ({
      ...NOTHING_SAID,
      resync: expectResync(picture, 'reconnect', [replica.id]),
    }))
    await stray.stop()
    const cut = await cutOff(stage, replica, master)
    await stage.pass(500)
    await stage.heal(cut.id)
    await stage.caughtUp(replica)
    const onReplica = await stage.settle(stray, replica.id)
    await proper.stop()
    const onMaster = await stage.settle(stray, master.id)
    stage.say('a full resync, as after any longer absence')
    await stage.break({ kind: 'restart-empty', node: replica.id })
    await stage.caughtUp(replica)
    const afterwards = await stage.settle(stray, replica.id)
    // They never were in the stream: the count says it, bytes of the stream would not.
    stage.measure({ outageMs: null, lossBytes: null, count: onMaster })
    const { acknowledged, refused } = stray.tally()
    return {
      lesson: stage.withRemedy
        ? [`All ${refused} writes to the replica were refused: the application knew at once.`]
        : [
            `The replica acknowledged ${acknowledged} writes; the master has ${onMaster.ackedKept} of them.`,
            `After a partial resync the replica still had ${onReplica.ackedKept}, after a full one ${afterwards.ackedKept}.`,
          ],
    }
  },
}
