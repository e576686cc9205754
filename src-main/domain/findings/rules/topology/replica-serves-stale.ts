import { describeSeconds } from '../../../units.ts'
import { configFlag } from '../../../replies/config-get.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { answeringServers, configNotPermitted, linkSubject } from '../../rule-facts.ts'
import { swapHoldMs } from '../../past-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

/** A cut-off replica that goes on answering reads. */
export const replicaServesStale: Rule = {
  code: 'replica-serves-stale',
  section: 'topology',
  severities: ['warning', 'info'],
  fires:
    'A replica whose link is down has replica-serve-stale-data yes; info while its link is down only because it synchronises.',
  matters: 'Its clients read the past without noticing. With `no` they would get an error, except for a few commands.',
  advice: 'Where that matters, CONFIG SET replica-serve-stale-data no.',
  holdForMs: 0,
  judge: (context) =>
    answeringServers(context).flatMap((node) => {
      const replication = node.info?.replication
      if (replication?.role !== 'replica' || replication.masterLink !== 'down') return []
      // while it loads, readers get LOADING anyway
      if (node.info?.persistence.loading === true) return []
      const servesStale = node.config === undefined ? undefined : configFlag(node.config, 'replica-serve-stale-data')
      if (servesStale === undefined) return [configNotPermitted(node, linkSubject(node.id))]
      return servesStale ? [stale(context, node)] : []
    }),
}

function stale(context: RuleContext, node: NodeSnapshot): Verdict {
  const replication = node.info?.replication
  const seconds = replication?.linkDownSeconds
  const isSyncing = replication?.syncInProgress === true
  const age = context.snapshot.links.find((link) => link.replica === node.id)?.staleSeconds
  const old = age === undefined ? '' : `; its data is ${describeSeconds(age)} old`
  return {
    kind: 'fires',
    subject: linkSubject(node.id),
    severity: isSyncing ? 'info' : 'warning',
    title: `${node.id} answers reads while its link is down${seconds === undefined ? '' : ` (${describeSeconds(seconds)})`}${old}`,
    evidence: [
      evidence(context, node.id, 'replica-serve-stale-data', 'yes'),
      evidence(context, node.id, 'master_link_status', 'down'),
      evidence(context, node.id, 'master_link_down_since_seconds', seconds),
      evidence(context, node.id, 'connected_clients', node.info?.clients.connected),
    ],
    why: 'Clients read the past and cannot tell. With `no` they would get MASTERDOWN, except for a short list of commands.',
    remedy: [
      `where stale reads are worse than errors: ${setConfig(node.id, 'replica-serve-stale-data', 'no')}`,
      keepConfig(node),
    ],
    holdForMs: swapHoldMs(context),
    ...(seconds === undefined || node.sampledAt === undefined ? {} : { knownSince: node.sampledAt - seconds * 1000 }),
  }
}
