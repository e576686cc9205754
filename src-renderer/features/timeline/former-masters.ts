import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import type { TimeWindow } from '../../ui/time-axis/time-window.ts'

/** Nodes that became master or ceased to be it within the window, each once, in the order in which that was seen. */
export function mastersWithin(events: readonly ContractEvent[], { from, to }: TimeWindow): readonly string[] {
  const changed = events.filter(({ at, kind, what, node }) => {
    const moment = Date.parse(at)
    return kind === 'role' && node !== null && /^master ->|-> master$/.test(what) && moment >= from && moment <= to
  })
  return [...new Set(changed.map((event) => event.node ?? ''))]
}
