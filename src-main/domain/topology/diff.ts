import type { NodeId } from '../address.ts'
import type { GroupEvent, GroupSnapshot } from './model.ts'

/** What changed between two pictures of one group, as events at the time of the newer one. Empty for the first. */
export function diffGroup(before: GroupSnapshot | undefined, after: GroupSnapshot): readonly GroupEvent[] {
  if (before === undefined) return []
  const found: GroupEvent[] = []
  const at = after.takenAt
  const tell = (kind: GroupEvent['kind'], node: NodeId | undefined, what: string, detail: string) => {
    found.push({ at, kind, node, what, detail })
  }
  const said = (value: string | undefined) => value ?? 'unknown'
  if (before.master !== after.master) {
    tell('role', after.master, `${said(before.master)} -> ${said(after.master)}`, 'the group has another master')
  }
  for (const [id, node] of after.nodes) {
    const old = before.nodes.get(id)
    if (old === undefined) {
      tell('member', id, 'added', `${id} joined as ${node.role}`)
      continue
    }
    if (old.role !== node.role) tell('role', id, `${old.role} -> ${node.role}`, `${id} is ${node.role} now`)
    if (old.reachability !== node.reachability) {
      tell('reachability', id, `${old.reachability} -> ${node.reachability}`, `seen from here`)
    }
    if (old.runId !== undefined && node.runId !== undefined && old.runId !== node.runId) {
      tell('run-id', id, `${old.runId.slice(0, 8)} -> ${node.runId.slice(0, 8)}`, `${id} was restarted`)
    }
    const from = old.info?.replication.replid
    const to = node.info?.replication.replid
    if (node.kind === 'server' && from !== undefined && to !== undefined && from !== to) {
      tell('replid', id, `${from.slice(0, 8)} -> ${to.slice(0, 8)}`, `${id} writes another history`)
    }
  }
  for (const id of before.nodes.keys()) {
    if (!after.nodes.has(id)) tell('member', id, 'removed', `${id} is no longer listed by anybody`)
  }
  const links = new Map(before.links.map((link) => [link.replica, link]))
  for (const link of after.links) {
    const old = links.get(link.replica)
    if (old === undefined) continue
    if (old.state !== link.state)
      tell('link', link.replica, `${old.state} -> ${link.state}`, `link to ${said(link.upstream)}`)
    if (old.upstream !== link.upstream) {
      tell(
        'link',
        link.replica,
        `${said(old.upstream)} -> ${said(link.upstream)}`,
        `${link.replica} follows another node`,
      )
    }
  }
  return found
}
