import { hostOf } from '../../../address.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { listed } from '../../rule-words.ts'

/** Host names under which services are reached. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [
    /\.(cache|memorydb)\.[a-z0-9.-]*amazonaws\.com(\.cn)?$|\.memorydb\.[a-z0-9.-]+\.amazonaws\.com$/,
    'Amazon ElastiCache or MemoryDB',
  ],
  [/\.cache\.amazonaws\.com(\.cn)?$/, 'Amazon ElastiCache'],
  [
    /\.redis\.cache\.(windows\.net|azure\.net|usgovcloudapi\.net|chinacloudapi\.cn)$|\.redis\.azure\.net$|\.redisenterprise\.cache\.azure\.net$/,
    'Azure',
  ],
  [/\.(redislabs\.com|redis-cloud\.com|redis\.cloud|rlrcp\.com)$/, 'Redis Cloud'],
  [/\.upstash\.io$/, 'Upstash'],
  [/\.aivencloud\.com$/, 'Aiven'],
  [/\.db\.ondigitalocean\.com$/, 'DigitalOcean'],
  [/\.memorystore\.goog$|\.redis\.[a-z0-9-]+\.gcp\.cloud$/, 'Google Memorystore'],
]

/** Somebody else runs it, and refuses part of what is asked. */
export const managedService: Rule = {
  code: 'managed-service',
  section: 'operations',
  severities: ['info'],
  fires: 'the host name or the os field of INFO is one of a known service.',
  matters: 'Services refuse CONFIG, ROLE, REPLICAOF, SHUTDOWN and others: part of the audit cannot be judged.',
  advice: "Look these settings up in the service's own console.",
  holdForMs: 0,
  judge: (context) =>
    answeringServers(context).flatMap((node) => {
      const service = serviceOf(node)
      if (service === undefined) return []
      const { id, notPermitted } = node
      const refused =
        notPermitted.length === 0 ? 'it refused nothing that was asked' : `it refuses ${listed(notPermitted)}`
      return [
        {
          kind: 'fires' as const,
          subject: nodeSubject(id),
          severity: 'info' as const,
          title: `${id} is run by ${service.name}: ${refused}`,
          evidence: [
            evidence(context, id, service.field, service.value),
            ...notPermitted.map((command) => evidence(context, id, command, 'not permitted')),
          ],
          why:
            node.config === undefined
              ? 'Without CONFIG nothing can be said of save points, fsync, memory and buffer limits, min-replicas and the backlog on the replicas. Failovers there are decided by the service, not by Sentinel.'
              : 'Failovers there are decided by the service, not by Sentinel; persistence and versions may be patched in ways that INFO does not show.',
          remedy: [
            "Look up persistence, replicas, memory limits and maintenance windows in the service's own console.",
          ],
        },
      ]
    }),
}

function serviceOf(node: NodeSnapshot): { name: string; field: string; value: string } | undefined {
  const os = node.info?.server.os
  if (os !== undefined && /elasticache|memorydb/i.test(os))
    return { name: 'Amazon ElastiCache or MemoryDB', field: 'os', value: os }
  for (const address of [node.id, ...node.aliases]) {
    const host = hostOf(address)
    const name = SERVICES.find(([pattern]) => pattern.test(host))?.[1]
    if (name !== undefined) return { name, field: 'address', value: host }
  }
  return undefined
}
