import { formatAddress } from '../domain/address.ts'
import type { RecentConnection } from '../storage/recents.ts'
import type { ParsedTarget } from './targets/model.ts'

/** What a deployment is called where its address was typed: the group, or the first address and how many more. */
export function describeTarget(target: ParsedTarget): string {
  const [first = 'nowhere', ...rest] = addressesOf(target)
  const where = rest.length === 0 ? first : `${first} and ${rest.length} more`
  return target.group === undefined ? where : `${target.group} at ${where}`
}

/** The part of a target that may be remembered: no user, no password, no key. */
export function toRecent(target: ParsedTarget): RecentConnection {
  const { access, sentinels, nodes } = target
  return {
    addresses: addressesOf(target).join('\n'),
    kind:
      target.undecided.length > 0 ? 'auto' : nodes.length === 0 ? 'sentinel' : sentinels.length === 0 ? 'node' : 'auto',
    group: target.group ?? null,
    usesTls: access.nodeTls !== undefined || access.sentinelTls !== undefined,
    needsPassword: access.node.password !== undefined || access.sentinel.password !== undefined,
  }
}

function addressesOf(target: ParsedTarget): readonly string[] {
  return [...target.sentinels, ...target.nodes, ...target.undecided].map(formatAddress)
}
