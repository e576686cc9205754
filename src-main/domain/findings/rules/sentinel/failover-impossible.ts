import { hostAndPort } from '../../../address.ts'
import type { RankedCandidate } from '../../../failover/model.ts'
import { isUnderWay } from '../../../failover/works.ts'
import type { Evidence } from '../../model.ts'
import { cli, evidence, type Rule, type RuleContext } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { addressOf, flagsText, isFailingOver, isIll, listedReplica, said, speakingViews } from './views.ts'

/** Would a failover work right now? The forecast says no. */
export const failoverImpossible: Rule = {
  code: 'failover-impossible',
  section: 'sentinel',
  severities: ['critical'],
  fires:
    'no replica can be promoted, the quorum or the majority cannot be reached, or the last attempt is cooling down',
  matters: 'The death of the master would be a lasting outage. CKQUORUM OK alone does not promise a failover.',
  advice: 'Lift what excludes each candidate, bring the missing Sentinels back, or clean out those that are gone.',
  holdForMs: 0,
  judge: (context) => {
    const { snapshot, forecast } = context
    if (snapshot.master === undefined || isFailingOver(context) || isUnderWay(snapshot, context.past.events)) return []
    const subject = groupSubject(context)
    const views = speakingViews(context)
    if (views.length === 0)
      return [{ kind: 'not-judged', subject, reason: 'no Sentinel that monitors this group answers from here' }]
    if (forecast.works.ok) return []
    const unknown = unknownOf(context)
    if (unknown !== undefined) return [{ kind: 'not-judged', subject, reason: unknown }]
    const { reasons } = forecast.works
    return [
      {
        kind: 'fires',
        subject,
        severity: 'critical',
        title: `${snapshot.master}: Sentinel could not replace it now: ${reasons.join('; ')}`,
        evidence: [
          ...views.map((view) => said(view, 'SENTINEL CKQUORUM', view.quorumCheck?.text)),
          ...excluded(context).map((one) => exclusion(context, one)),
        ],
        why: `If ${snapshot.master} dies, nothing takes its place and writes fail until somebody acts by hand. ${candidatesInWords(context)}`,
        remedy: remedies(context),
      },
    ]
  },
}

/** What stands in the way is that it was not told. */
function unknownOf(context: RuleContext): string | undefined {
  const { quorum, ranking } = context.forecast
  const followers = speakingViews(context).filter((view) => view.master === context.snapshot.master)
  if (!ranking.some((one) => one.isEligible) && followers.every((view) => view.replicas === undefined))
    return 'no Sentinel that follows the master tells its replicas (SENTINEL REPLICAS)'
  if (quorum.ok || (quorum.needed !== undefined && quorum.majorityNeeded !== undefined)) return undefined
  return 'no Sentinel tells the quorum and the number of the others (SENTINEL MASTERS)'
}

function excluded(context: RuleContext): readonly RankedCandidate[] {
  return context.forecast.ranking.filter((one) => !one.isEligible)
}

function candidatesInWords(context: RuleContext): string {
  const { ranking } = context.forecast
  if (ranking.length === 0) return 'It has no replica that anybody knows of.'
  const out = excluded(context).map((one) => `${one.node}: ${one.excludedBecause ?? 'excluded'}`)
  return out.length === 0 ? '' : `Not electable: ${out.join('; ')}.`
}

function exclusion(context: RuleContext, one: RankedCandidate): Evidence {
  if (one.priority === 0) return evidence(context, one.node, 'slave_priority', 0)
  const listed = listedReplica(context, one.node)
  return listed === undefined
    ? evidence(context, one.node, 'SENTINEL REPLICAS', 'not listed')
    : said(listed.view, `SENTINEL REPLICAS ${one.node} flags`, flagsText(listed.entry))
}

function remedies(context: RuleContext): readonly string[] {
  const { snapshot, forecast } = context
  const list: string[] = []
  if (!forecast.quorum.ok) {
    const missing = new Set(
      speakingViews(context).flatMap((view) => (view.peers ?? []).filter(isIll).map((peer) => addressOf(peer))),
    )
    for (const address of missing)
      list.push(`Start the Sentinel ${address} again, or clean it out if it is gone for good`)
    if (missing.size === 0) list.push('Bring more Sentinels back: their votes are missing')
  }
  if (!forecast.ranking.some((one) => one.isEligible)) {
    for (const one of forecast.ranking) {
      if (one.priority === 0) list.push(cli(one.node, 'CONFIG SET replica-priority 100'))
      else list.push(`Look after ${one.node}: ${one.excludedBecause ?? 'not electable'}`)
    }
    if (forecast.ranking.length === 0 && snapshot.master !== undefined)
      list.push(`redis-cli -h NEW-HOST -p NEW-PORT REPLICAOF ${hostAndPort(snapshot.master)}`)
  }
  const ask = speakingViews(context)[0]
  if (ask !== undefined) list.push(`${cli(ask.sentinel, `SENTINEL CKQUORUM ${snapshot.name}`)} (then look here again)`)
  return list
}
