import type { NodeId } from '../address.ts'
import type { NodeSnapshot } from '../topology/model.ts'
import type { RuleContext, Verdict } from './rule.ts'
import type { Subject } from './model.ts'

/** The master's snapshot; undefined where the group has none or it was never heard. */
export function masterOf(context: RuleContext): NodeSnapshot | undefined {
  const { master, nodes } = context.snapshot
  return master === undefined ? undefined : nodes.get(master)
}

/** Data nodes that speak for themselves now. */
export const answeringServers = oncePerPicture((context): readonly NodeSnapshot[] =>
  [...context.snapshot.nodes.values()].filter((node) => node.kind === 'server' && isAnswering(node)),
)

/** For what several rules ask of one picture: found out once. */
export function oncePerPicture<T>(find: (context: RuleContext) => T): (context: RuleContext) => T {
  const found = new WeakMap<RuleContext, { readonly value: T }>()
  return (context) => {
    const known = found.get(context)
    if (known !== undefined) return known.value
    const value = find(context)
    found.set(context, { value })
    return value
  }
}

/** It answered last time, itself. Facts of others are older than they look. */
export function isAnswering(node: NodeSnapshot | undefined): node is NodeSnapshot {
  return (
    node !== undefined &&
    node.info !== undefined &&
    node.observedThrough === 'direct' &&
    (node.reachability === 'up' || node.reachability === 'loading')
  )
}

/** The verdict for a rule that needs CONFIG where it may not be read. */
export function configNotPermitted(node: NodeSnapshot, subject: Subject): Verdict {
  const isDenied = node.notPermitted.some((command) => command.startsWith('CONFIG'))
  const reason = isDenied ? `CONFIG GET not permitted on ${node.id}` : `CONFIG GET not answered by ${node.id}`
  return { kind: 'not-judged', subject, reason }
}

export function nodeSubject(id: NodeId): Subject {
  return { kind: 'node', id }
}

export function linkSubject(replica: NodeId): Subject {
  return { kind: 'link', id: replica }
}

export function groupSubject(context: RuleContext): Subject {
  return { kind: 'group', id: context.snapshot.name }
}
