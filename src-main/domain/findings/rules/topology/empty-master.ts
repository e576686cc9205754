import { describeSeconds } from '../../../units.ts'
import { comparable } from '../../../lag/byte-lag.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import type { Evidence } from '../../model.ts'
import { evidence, type Rule, type RuleContext } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { isCollapse, keysOf } from '../../past-facts.ts'
import { holders, rescueSteps } from './rescue.ts'
import { listed } from '../../rule-words.ts'

/** A master that came back without its data. An offset that starts anew is harmless and is not looked at. */
export const emptyMaster: Rule = {
  code: 'empty-master',
  section: 'topology',
  severities: ['critical'],
  fires: "The master's run id changed and its keys collapsed, while replicas hold or held data.",
  matters: 'The replicas copy the emptiness as soon as they synchronise.',
  advice:
    'At once: SENTINEL REMOVE on all Sentinels, then REPLICAOF NO ONE on the fullest replica. A replica that is only detached is re-attached within seconds.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master' || master.info?.persistence.loading === true) return []
    const keys = keysOf(master)
    const all = holders(context)
    if (keys === undefined || all.length === 0) return []
    const proof = restartWitness(context, master, keys)
    if (proof === undefined) return []
    const intact = all.filter((one) => one.isIntact)
    const uptime = master.info?.server.uptimeSeconds
    const still =
      intact.length === 0
        ? 'no replica that answers holds the data any more'
        : `${listed(intact.map((one) => `${one.node} still holds ${one.keys} keys`))}`
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: 'critical',
        title: `${master.id} restarted${uptime === undefined ? '' : ` ${describeSeconds(uptime)} ago`} and has ${keys} keys; ${still}`,
        evidence: [
          ...proof,
          evidence(context, master.id, 'keyspace keys', keys),
          ...all.map((one) => evidence(context, one.node, 'keyspace keys', one.keys)),
        ],
        why: 'The replicas will copy the emptiness. Old data on a replica goes only when it begins to load; until then it can be saved.',
        remedy: rescueSteps(context, all),
        ...(uptime === undefined || master.sampledAt === undefined
          ? {}
          : { knownSince: master.sampledAt - uptime * 1000 }),
      },
    ]
  },
}

/** The restart and the collapse: from the past, or from a younger process of another history beside full replicas. */
function restartWitness(context: RuleContext, master: NodeSnapshot, keys: number): readonly Evidence[] | undefined {
  const former = (context.past.samples.get(master.id) ?? []).findLast(
    (one) =>
      one.runId !== undefined && master.runId !== undefined && one.runId !== master.runId && one.keys !== undefined,
  )
  if (former !== undefined) {
    if (!isCollapse(context, former.keys, keys)) return undefined
    return [
      { node: master.id, field: 'run_id', value: former.runId, at: former.at },
      { node: master.id, field: 'keyspace keys', value: former.keys, at: former.at },
      evidence(context, master.id, 'run_id', master.runId),
    ]
  }
  const uptime = master.info?.server.uptimeSeconds
  if (keys > 0 || uptime === undefined) return undefined
  const elder = holders(context).find((one) => {
    const node = context.snapshot.nodes.get(one.node)
    const age = node?.info?.server.uptimeSeconds
    return one.isIntact && age !== undefined && age > uptime && isStranger(master, node)
  })
  return elder === undefined ? undefined : [evidence(context, master.id, 'uptime_in_seconds', uptime)]
}

/** It has a history, and it is not the master's. */
function isStranger(master: NodeSnapshot, node: NodeSnapshot | undefined): boolean {
  const M = master.info?.replication
  const R = node?.info?.replication
  if (M?.replid === undefined || R?.replid === undefined) return false
  if (R.appliedOffset === 1 && R.offset === 0) return false
  return !comparable(M, { ...R, offset: R.appliedOffset })
}
