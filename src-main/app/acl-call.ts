import { aclHint } from '../contract/acl-hint.ts'
import type { AclRecipes } from '../contract/calls.ts'
import { aclRecipesFor } from '../domain/acl/recipes.ts'
import type { AclPeer } from '../domain/acl/recipes.ts'
import type { NodeSnapshot } from '../domain/topology/model.ts'
import type { SessionState } from '../monitor/session.ts'

/** The lines for every kind of server in a picture, and what its nodes refuse the present user. */
export function aclRecipesForPage(state: SessionState): AclRecipes {
  const nodes = new Map<string, NodeSnapshot>()
  for (const { snapshot } of state.groups.values())
    for (const node of snapshot.nodes.values()) nodes.set(`${node.kind} ${node.id}`, node)
  const kinds = groupByKind([...nodes.values()])
  return {
    peers: kinds.map(({ peer, ids }) => ({
      ...peer,
      version: peer.version ?? null,
      nodes: ids,
      recipes: aclRecipesFor(peer).map(({ purpose, line, note }) => ({
        purpose,
        line: line ?? null,
        note: note ?? null,
      })),
    })),
    lacking: [...nodes.values()]
      .filter((node) => node.notPermitted.length > 0)
      .map((node) => ({
        node: node.id,
        user: node.access?.user ?? null,
        commands: [...node.notPermitted],
        line: aclHint(node.notPermitted, node.kind, node.info?.server.version),
      })),
  }
}

function groupByKind(nodes: readonly NodeSnapshot[]) {
  const kinds = new Map<string, { readonly peer: AclPeer; readonly ids: string[] }>()
  for (const node of nodes.toSorted((a, b) => b.kind.localeCompare(a.kind) || a.id.localeCompare(b.id))) {
    const { flavour = 'unknown', version } = node.info?.server ?? {}
    const peer: AclPeer = { kind: node.kind, flavour, version }
    const key = `${node.kind} ${flavour} ${version ?? ''}`
    const known = kinds.get(key)
    if (known === undefined) kinds.set(key, { peer, ids: [node.id] })
    else known.ids.push(node.id)
  }
  return [...kinds.values()]
}
