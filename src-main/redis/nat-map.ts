import { formatAddress, type Address } from '../domain/address.ts'

export interface NatEntry {
  /** As servers announce it. */
  readonly from: Address
  /** As it can be dialled from here. */
  readonly to: Address
}

export interface NatMap {
  readonly reachable: (announced: Address) => Address
  readonly announced: (reachable: Address) => Address
}

/** Both directions of a NAT map; an address without an entry stands for itself, the first of two equal entries counts. */
export function createNatMap(entries: readonly NatEntry[]): NatMap {
  if (entries.length === 0) return { reachable: (announced) => announced, announced: (reachable) => reachable }
  const forward = new Map<string, Address>()
  const back = new Map<string, Address>()
  for (const { from, to } of entries) {
    if (!forward.has(formatAddress(from))) forward.set(formatAddress(from), to)
    if (!back.has(formatAddress(to))) back.set(formatAddress(to), from)
  }
  return {
    reachable: (announced) => forward.get(formatAddress(announced)) ?? announced,
    announced: (reachable) => back.get(formatAddress(reachable)) ?? reachable,
  }
}
