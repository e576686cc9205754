import type { NodeId } from '../../../address.ts'
import { linkOf } from '../../../resync/parties.ts'
import { isAnswering, oncePerPicture } from '../../rule-facts.ts'
import { cli, type RuleContext } from '../../rule.ts'
import { isCollapse, keysOf, mostKeys } from '../../past-facts.ts'
import { monitorAgain, removeFromSentinels } from '../../rule-words.ts'

/** A replica that holds, or held a moment ago, what its master lost. */
interface Holder {
  readonly node: NodeId
  /** Keys now; undefined when not known. */
  readonly keys: number | undefined
  /** Most keys seen in the recent past. */
  readonly heldKeys: number
  /** Its data is still there: it answers, has about the keys that it had, and has not begun to load the empty dataset. */
  readonly isIntact: boolean
}

/** Replicas that hold or held keys, the fullest first. */
export const holders = oncePerPicture((context): readonly Holder[] =>
  context.snapshot.replicas
    .flatMap((node): readonly Holder[] => {
      const heldKeys = mostKeys(context, node) ?? 0
      if (heldKeys === 0) return []
      const snapshot = context.snapshot.nodes.get(node)
      const keys = keysOf(snapshot)
      const isLoading = snapshot?.reachability === 'loading' || linkOf(context.snapshot, node)?.state === 'loading'
      const hasKeys = (keys ?? 0) > 0 && !isCollapse(context, heldKeys, keys)
      const isIntact = isAnswering(snapshot) && !isLoading && hasKeys
      return [{ node, keys, heldKeys, isIntact }]
    })
    .sort((a, b) => Number(b.isIntact) - Number(a.isIntact) || (b.keys ?? b.heldKeys) - (a.keys ?? a.heldKeys)),
)

/** Keeps the fullest copy: let Sentinel go first, or it re-attaches the replica within seconds. */
export function rescueSteps(context: RuleContext, all: readonly Holder[]): readonly string[] {
  const best = all.find((one) => one.isIntact)
  if (best === undefined)
    return [
      'no replica that answers from here holds the data any more: stop the replicas that are not attached before they return, and look for an RDB or AOF file or a backup',
    ]
  return [
    ...removeFromSentinels(context),
    `${cli(best.node, 'REPLICAOF NO ONE')}   # ${best.node} holds ${best.keys} keys`,
    cli(best.node, 'BGSAVE'),
    'then point the clients and the other replicas at it, and let Sentinel monitor it again (its other settings must be set anew):',
    ...monitorAgain(context, best.node),
  ]
}
