import { groupSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { listed } from '../../rule-words.ts'
import { answeringNodes, versionField, versionWords } from './hosts.ts'

/** Nodes of one kind that are not of one version. */
export const mixedVersions: Rule = {
  code: 'mixed-versions',
  section: 'operations',
  severities: ['info'],
  fires: 'the data nodes of a group, or its Sentinels, run different versions.',
  matters: 'Right during an upgrade; as a habit, a failover changes more than the master.',
  advice: 'Finish the upgrade: replicas first, the master last.',
  holdForMs: 0,
  judge: (context) => {
    const groups = (['server', 'sentinel'] as const).flatMap((kind) => {
      const nodes = answeringNodes(context).filter((node) => node.kind === kind && versionWords(node) !== undefined)
      const versions = [...new Set(nodes.map((node) => versionWords(node) ?? ''))].sort()
      return versions.length > 1 ? [{ kind, nodes, versions }] : []
    })
    if (groups.length === 0) return []
    const words = groups.map(
      ({ kind, versions }) => `${kind === 'server' ? 'data nodes' : 'Sentinels'} run ${listed(versions)}`,
    )
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'info',
        title: `${context.snapshot.name}: ${words.join('; ')}`,
        evidence: groups.flatMap(({ nodes }) =>
          nodes.map((node) => evidence(context, node.id, versionField(node), versionWords(node))),
        ),
        why: 'A failover then changes the version too. A replica that is older than its master may not be able to load its RDB.',
        remedy: ['Bring all to the newest: replicas one at a time, then a failover, the old master last.'],
      },
    ]
  },
}
