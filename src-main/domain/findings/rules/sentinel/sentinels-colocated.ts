import { hostOf, type NodeId } from '../../../address.ts'
import type { Rule, RuleContext } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'

/** Sentinels that share a host fail together. */
export const sentinelsColocated: Rule = {
  code: 'sentinels-colocated',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'two Sentinels have one host address, or a majority of them has the master’s (not on loopback, not in a lab)',
  matters: 'One host takes several votes with it, perhaps the majority and the master at once.',
  advice: 'Put every Sentinel on a host, and best in a failure domain, of its own.',
  holdForMs: 0,
  judge: (context) => {
    if (context.environment === 'lab') return []
    const { name, sentinels, master, knownSentinels } = context.snapshot
    const majority = Math.floor(knownSentinels / 2) + 1
    const masterHost = master === undefined ? undefined : hostOf(master)
    const shared = [...byHost(sentinels)].filter(
      ([host, ids]) => !isLoopback(host) && (ids.length > 1 || (host === masterHost && ids.length >= majority)),
    )
    if (shared.length === 0) return []
    const words = shared.map(
      ([host, ids]) =>
        `${host} has ${ids.length} of ${knownSentinels} Sentinels${host === masterHost ? ' and the master' : ''}`,
    )
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${name}: ${words.join('; ')}`,
        evidence: shared.flatMap(([, ids]) => ids.map((id) => addressEvidence(context, id))),
        why: shared.some(([, ids]) => ids.length >= majority)
          ? `The loss of one host takes the majority of ${majority} votes: no failover can follow, least of all that of a master on it.`
          : `The loss of one host takes several of ${knownSentinels} votes; ${majority} are needed.`,
        remedy: shared.map(
          ([host, ids]) => `Move ${ids.slice(1).join(' and ') || ids.join(' and ')} away from ${host}`,
        ),
      },
    ]
  },
}

function addressEvidence(context: RuleContext, id: NodeId) {
  const at = context.snapshot.views.find((view) => view.sentinel === id)?.at
  return { node: id, field: 'ip', value: hostOf(id), at }
}

function byHost(ids: readonly NodeId[]): ReadonlyMap<string, readonly NodeId[]> {
  const hosts = new Map<string, readonly NodeId[]>()
  for (const id of ids) hosts.set(hostOf(id), [...(hosts.get(hostOf(id)) ?? []), id])
  return hosts
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host.toLowerCase() === 'localhost'
}
