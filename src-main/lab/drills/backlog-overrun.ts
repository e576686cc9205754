import { expectResync, NOTHING_SAID } from '../../domain/drills/forecasts.ts'
import { describeBytes } from '../../domain/units.ts'
import { settleRate, untilWriting } from './crash-master.ts'
import { cutOff, numberOf } from './cut-off.ts'
import type { Drill } from './drill.ts'

const AWAY_SECONDS = 4

/** A backlog is a time: its size over the write rate. */
export const backlogOverrun: Drill = {
  name: 'backlog-overrun',
  title: 'A short interruption ends in a full resync',
  story:
    'A replica loses its link for four seconds. The master keeps 64 KB of history, and more than that is written meanwhile: what the replica lacks is gone, and the whole dataset has to be sent again. With a backlog of the right size it is given the four seconds, and goes on.',
  difficulty: 'first',
  needs: [],
  remedy: {
    title: 'A backlog that holds a minute of writes at their peak, on every node',
    commands: ['CONFIG SET repl-backlog-size 16mb', 'CONFIG REWRITE'],
  },
  seconds: 9,
  lab: { replicas: 1, chained: 0, set: { 'repl-backlog-size': '64kb' } },
  remedyLab: { set: { 'repl-backlog-size': '16mb' } },
  findings: ['backlog-too-small'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [replica] = replicas
    if (replica === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 300, valueBytes: 200 })
    await settleRate(stage)
    await stage.forecast((picture) => ({
      ...NOTHING_SAID,
      resync: expectResync(picture, 'reconnect', [replica.id], AWAY_SECONDS),
    }))
    const before = await numberOf(stage, master, 'replication', 'master_repl_offset')
    const cut = await cutOff(stage, replica, master)
    await stage.pass(AWAY_SECONDS * 1000)
    const missed = (await numberOf(stage, master, 'replication', 'master_repl_offset')) - before
    const kept = await numberOf(stage, master, 'replication', 'repl_backlog_histlen')
    await stage.heal(cut.id)
    stage.say(`${replica.name} asks to continue`)
    await stage.caughtUp(replica)
    await untilWriting(stage, probe)
    await stage.settle(probe, master.id)
    stage.measure({ outageMs: null })
    return {
      lesson: [
        `In ${AWAY_SECONDS} s without a link ${describeBytes(missed)} were written; the backlog held ${describeBytes(kept)}.`,
      ],
    }
  },
}
