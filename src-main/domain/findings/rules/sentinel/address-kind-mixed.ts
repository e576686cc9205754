import type { NodeId } from '../../../address.ts'
import type { Evidence } from '../../model.ts'
import { evidence, type Rule, type RuleContext } from '../../rule.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { said, speakingViews } from './views.ts'

/** One node under a host name here and under an address there. */
export const addressKindMixed: Rule = {
  code: 'address-kind-mixed',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'Sentinels and servers name one node by a host name and by an address',
  matters: 'Sentinel keeps two entries for it, and takes a replica of the one for a stranger to the other.',
  advice: 'Use one kind everywhere: resolve-hostnames and announce-hostnames on all Sentinels, or addresses only.',
  holdForMs: 0,
  judge: (context) =>
    [...namings(context)].flatMap(([id, names]) => {
      const name = names.find((one) => !isAddress(one.host))
      const address = names.find((one) => isAddress(one.host))
      if (name === undefined || address === undefined) return []
      return {
        kind: 'fires' as const,
        subject: nodeSubject(id),
        severity: 'warning' as const,
        title: `${id} is called ${name.host} by ${name.evidence.node} and ${address.host} by ${address.evidence.node}`,
        evidence: [name.evidence, address.evidence],
        why: 'Sentinel compares what it was told: the same node becomes two entries, and replicas are re-pointed although they are right.',
        remedy: [
          'Either names everywhere: sentinel resolve-hostnames yes and announce-hostnames yes on every Sentinel, replica-announce-ip NAME on every server',
          `Or addresses everywhere: REPLICAOF and SENTINEL MONITOR with ${address.host}`,
        ],
      }
    }),
}

interface Naming {
  readonly host: string
  readonly evidence: Evidence
}

/** What Sentinels and replicas call each node, by node. */
function namings(context: RuleContext): ReadonlyMap<NodeId, readonly Naming[]> {
  const found = new Map<NodeId, Naming[]>()
  const add = (id: NodeId | undefined, host: string | undefined, proof: Evidence) => {
    if (id === undefined || host === undefined || host === '') return
    const list = found.get(id) ?? []
    list.push({ host, evidence: proof })
    found.set(id, list)
  }
  for (const view of speakingViews(context)) {
    add(view.master, view.facts.host, said(view, 'SENTINEL MASTERS ip', view.facts.host))
    for (const one of view.replicas ?? []) add(one.node, one.host, said(view, 'SENTINEL REPLICAS ip', one.host))
  }
  for (const node of answeringServers(context)) {
    const host = node.info?.replication.masterHost
    const upstream = context.snapshot.links.find((link) => link.replica === node.id)?.upstream
    add(upstream, host, evidence(context, node.id, 'master_host', host))
  }
  return found
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')
}
