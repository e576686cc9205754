import { hostAndPort, type NodeId } from '../../../address.ts'
import { describeFailure } from '../../../failure.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import type { Evidence } from '../../model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { answeringServers, groupSubject, isAnswering } from '../../rule-facts.ts'
import { swapHoldMs } from '../../past-facts.ts'
import { listed } from '../../rule-words.ts'

/** The group has no master that works. What cannot be reached from here alone is not called down. */
export const noMaster: Rule = {
  code: 'no-master',
  section: 'topology',
  severities: ['critical'],
  fires:
    'No node is known as the master; or the master does not answer here and a Sentinel calls it down, or a replica that answers lost its link to it; or the node that Sentinel names says that it is a replica.',
  matters: 'Writes fail now.',
  advice: 'See which replica is electable and what Sentinel is doing; without Sentinel promote the freshest replica.',
  holdForMs: 0,
  judge: (context) => {
    const { snapshot } = context
    if (snapshot.master === undefined) return withoutName(context)
    const node = snapshot.nodes.get(snapshot.master)
    if (isAnswering(node)) return answering(context, node)
    return silent(context, snapshot.master, node)
  },
}

function withoutName(context: RuleContext): readonly Verdict[] {
  const members = answeringServers(context)
  const isSentinelHeard = context.snapshot.views.some((view) => view.isReachable)
  if (members.length === 0 && !isSentinelHeard) return []
  const found = members.map((node) => evidence(context, node.id, 'role', node.role))
  return [fires(context, `${context.snapshot.name} has no master: no node and no Sentinel names one`, found)]
}

/** It answers: is it a master? */
function answering(context: RuleContext, node: NodeSnapshot): readonly Verdict[] {
  if (node.info?.replication.role !== 'replica') return []
  const hasOther = answeringServers(context).some((one) => one.info?.replication.role === 'master')
  if (hasOther) return []
  const title = `${node.id} is named as the master but says that it is a replica`
  const holdForMs = Math.max(swapHoldMs(context), context.thresholds.splitBrainGraceSeconds * 1000)
  return [{ ...fires(context, title, [evidence(context, node.id, 'role', 'slave')]), holdForMs }]
}

function silent(context: RuleContext, master: NodeId, node: NodeSnapshot | undefined): readonly Verdict[] {
  // it may well work: we were only not let in, or it is busy
  const reachability = node?.reachability
  if (reachability === 'auth-required' || reachability === 'not-permitted' || reachability === 'busy') return []
  const { snapshot } = context
  const views = snapshot.views.filter((view) => view.isReachable && view.facts !== undefined && view.master === master)
  const down = views.filter((view) => view.facts?.flags.has('s_down') || view.facts?.flags.has('o_down'))
  const cut = answeringServers(context).filter((one) => {
    const link = snapshot.links.find((entry) => entry.replica === one.id)
    return link?.upstream === master && one.info?.replication.masterLink === 'down'
  })
  const isContradicted = views.length > down.length || isFed(context, master)
  const here: Evidence = {
    node: master,
    field: 'reachability',
    value: reachability ?? 'never heard',
    at: snapshot.takenAt,
  }
  if (down.length === 0 && (cut.length === 0 || isContradicted)) {
    if (node === undefined || isContradicted) return []
    const reason = `${master} does not answer from here, and nobody else tells whether it works`
    return [{ kind: 'not-judged', subject: groupSubject(context), reason }]
  }
  if (down.length > 0 && !down.some((view) => view.facts?.flags.has('o_down')) && isFed(context, master)) return []
  const found: Evidence[] = [
    here,
    ...down.map((view) => ({
      node: view.sentinel,
      field: 'SENTINEL MASTERS flags',
      value: [...(view.facts?.flags ?? [])].join(','),
      at: view.at,
    })),
    ...cut.map((one) => evidence(context, one.id, 'master_link_status', 'down')),
  ]
  const since = down.flatMap((view) => {
    const ms = view.facts?.sDownMs ?? view.facts?.oDownMs
    return ms === undefined || view.at === undefined ? [] : [view.at - ms]
  })
  const who = down.length > 0 ? `${down.length} of ${views.length} Sentinels call it down` : 'its replicas lost it too'
  const verdict = fires(context, `${master} does not answer and ${who}: ${snapshot.name} has no master`, found, node)
  return [since.length === 0 ? verdict : { ...verdict, knownSince: Math.min(...since) }]
}

/** Somebody that answers from here still receives its stream. */
function isFed(context: RuleContext, master: NodeId): boolean {
  return context.snapshot.links.some(
    (link) =>
      link.upstream === master &&
      isAnswering(context.snapshot.nodes.get(link.replica)) &&
      context.snapshot.nodes.get(link.replica)?.info?.replication.masterLink === 'up',
  )
}

function fires(
  context: RuleContext,
  title: string,
  found: readonly Evidence[],
  node?: NodeSnapshot,
): Extract<Verdict, { kind: 'fires' }> {
  const trouble = node?.failure === undefined ? '' : ` ${describeFailure(node.failure)}.`
  return {
    kind: 'fires',
    subject: groupSubject(context),
    severity: 'critical',
    title,
    evidence: found,
    why: `Writes fail now.${trouble} ${prospects(context)}`,
    remedy: remedy(context),
  }
}

function prospects(context: RuleContext): string {
  const { forecast, snapshot } = context
  const eligible = forecast.ranking.filter((one) => one.isEligible).map((one) => one.node)
  const who = eligible.length === 0 ? 'No replica is electable' : `Electable: ${listed(eligible)}`
  const states = new Set(
    snapshot.views.flatMap((view) => (view.isReachable ? (view.facts?.failoverState ?? []) : [])).filter(Boolean),
  )
  const doing = states.size > 0 ? ` Sentinel is in ${listed([...states])}.` : ''
  return `${who}; ${forecast.works.reasons.join('; ')}.${doing}`
}

function remedy(context: RuleContext): readonly string[] {
  const { forecast, snapshot } = context
  const best = forecast.ranking.find((one) => one.isEligible)?.node
  const sentinel = snapshot.views.find((view) => view.isReachable)?.sentinel
  const start = snapshot.master === undefined ? [] : [`start ${snapshot.master} again, or see why it does not answer`]
  if (sentinel !== undefined)
    return [
      ...start,
      cli(sentinel, `SENTINEL CKQUORUM ${snapshot.name}`),
      ...(best === undefined ? [] : [cli(sentinel, `SENTINEL FAILOVER ${snapshot.name}`)]),
    ]
  if (best === undefined) return start
  const others = snapshot.replicas.filter((node) => node !== best)
  return [
    ...start,
    `or promote the freshest replica: ${cli(best, 'REPLICAOF NO ONE')}`,
    ...others.map((node) => cli(node, `REPLICAOF ${hostAndPort(best)}`)),
  ]
}
