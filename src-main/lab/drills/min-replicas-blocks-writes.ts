import { NOTHING_SAID } from '../../domain/drills/forecasts.ts'
import { minReplicasOf, simulateMinReplicas } from '../../domain/failover/min-replicas.ts'
import { untilWriting } from './crash-master.ts'
import type { Drill } from './drill.ts'

const LASTS_MS = 3000

/** A guard that needs every replica turns one slow replica into an outage. */
export const minReplicasBlocksWrites: Drill = {
  name: 'min-replicas-blocks-writes',
  title: 'One silent replica stops all writes',
  story:
    'The master requires two good replicas, and there are two. One of them is cut off: after min-replicas-max-lag the master refuses every write, though it is well and no failover follows. The writes come back with the replica.',
  difficulty: 'common',
  needs: [],
  remedy: {
    title: 'One replica more than is required',
    commands: ['redis-server --port PORT --replicaof MASTER-HOST MASTER-PORT'],
  },
  seconds: 11,
  lab: { replicas: 2, chained: 0, set: { 'min-replicas-to-write': '2', 'min-replicas-max-lag': '2' } },
  remedyLab: { replicas: 3 },
  findings: ['writes-at-edge', 'writes-blocked'],
  findingsWithRemedy: ['writes-at-edge'],
  run: async (stage) => {
    const { master, replicas } = stage.group
    const [silent] = replicas
    if (silent === undefined) return { lesson: [] }
    const probe = await stage.probe({ perSecond: 100 })
    await stage.pass(1000)
    let after: number | undefined
    await stage.forecast(({ snapshot }) => {
      const guard = minReplicasOf(snapshot.nodes.get(master.id)?.config)
      const simulated = guard === undefined ? undefined : simulateMinReplicas(snapshot, guard)
      after = simulated?.ifStalled.find((one) => one.node === silent.id)?.afterSeconds
      return { ...NOTHING_SAID, lossBytes: { low: 0, high: 0 } }
    })
    const cut = await stage.break({ kind: 'partition', node: silent.id, peer: master.id })
    const cutAt = stage.now()
    if (stage.withRemedy) await stage.pass(LASTS_MS * 2)
    else await stage.until('write that is refused', () => (probe.tally().refusals.NOREPLICAS ?? 0) > 0)
    const refusedAfterMs = probe.since(cutAt).firstRefusedMs
    await stage.pass(LASTS_MS)
    await stage.heal(cut.id)
    await stage.caughtUp(silent)
    await untilWriting(stage, probe)
    await stage.settle(probe, master.id)
    const { refused, acknowledged } = probe.tally()
    const said = after === undefined ? 'that writes go on' : `NOREPLICAS within ${after} s`
    const came =
      refusedAfterMs === null
        ? `none of ${acknowledged} writes was refused`
        : `the first NOREPLICAS came after ${(refusedAfterMs / 1000).toFixed(1)} s, ${refused} writes were refused`
    stage.measure({ outageMs: null })
    return { lesson: [`Trying the guard had forecast ${said}; ${came}.`] }
  },
}
