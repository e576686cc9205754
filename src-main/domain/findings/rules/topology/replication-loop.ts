import { hostAndPort, type NodeId } from '../../../address.ts'
import { cli, evidence, type Rule, type RuleContext } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { swapHoldMs } from '../../past-facts.ts'

/** Replicas that follow one another in a circle: nobody of them has a master. */
export const replicationLoop: Rule = {
  code: 'replication-loop',
  section: 'topology',
  severities: ['critical'],
  fires: 'A node follows its own replica, directly or along a path.',
  matters: 'Nobody in the circle gets the stream of a master; they are stuck on an old address.',
  advice: 'Point one of them at the real master, or promote the freshest.',
  holdForMs: 0,
  judge: (context) =>
    loops(context).map((loop) => {
      const first = loop[0] ?? ''
      const { master } = context.snapshot
      const outside = master !== undefined && !loop.includes(master) ? master : undefined
      return {
        kind: 'fires',
        subject: linkSubject(first),
        severity: 'critical',
        title: `${[...loop, first].join(' follows ')}: nobody of them has a master`,
        evidence: loop.flatMap((id) => {
          const replication = context.snapshot.nodes.get(id)?.info?.replication
          return [
            evidence(context, id, 'role', 'slave'),
            evidence(context, id, 'master_host:master_port', `${replication?.masterHost}:${replication?.masterPort}`),
          ]
        }),
        why: 'Each waits for the stream of the next. They are stuck on an old address, and their data stands still.',
        remedy:
          outside === undefined
            ? [`promote the one with the newest data: ${freshest(context, loop)}`]
            : [cli(first, `REPLICAOF ${hostAndPort(outside)}`)],
        holdForMs: swapHoldMs(context),
      }
    }),
}

function freshest(context: RuleContext, loop: readonly NodeId[]): string {
  const offset = (id: NodeId) => context.snapshot.nodes.get(id)?.info?.replication.appliedOffset ?? 0
  const best = [...loop].sort((a, b) => offset(b) - offset(a))[0] ?? ''
  return cli(best, 'REPLICAOF NO ONE')
}

/** Circles of two or more nodes that all answer and say whom they follow; each once, from its smallest id. */
function loops(context: RuleContext): readonly (readonly NodeId[])[] {
  const follows = new Map<NodeId, NodeId>()
  for (const link of context.snapshot.links) {
    const node = context.snapshot.nodes.get(link.replica)
    if (link.upstream === undefined || link.upstream === link.replica) continue
    if (isAnswering(node) && node.info?.replication.role === 'replica') follows.set(link.replica, link.upstream)
  }
  return [...follows.keys()].flatMap((start) => {
    const path: NodeId[] = []
    let at: NodeId | undefined = start
    while (at !== undefined && !path.includes(at)) {
      path.push(at)
      at = follows.get(at)
    }
    const isOwn = at === start && path.every((id) => start <= id)
    return isOwn ? [path] : []
  })
}
