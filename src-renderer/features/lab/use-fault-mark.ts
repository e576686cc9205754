import { computed, type ComputedRef } from 'vue'
import { useLabStore } from '../../stores/lab.ts'
import { faultsOfLink, faultsOfNode, marksText } from './fault-words.ts'

type Marked =
  | { readonly kind: 'node'; readonly id: string }
  | { readonly kind: 'link'; readonly id: string; readonly upstream: string | null }

/** What is broken on purpose of a card or an edge, in a word or two; empty for nothing and outside a lab. */
export function useFaultMark(of: () => Marked | null): ComputedRef<string> {
  const lab = useLabStore()
  return computed(() => {
    // Asked first, so that a deployment that is no lab pays nothing for it.
    if (lab.active.length === 0) return ''
    const thing = of()
    if (thing === null) return ''
    return marksText(
      thing.kind === 'node' ? faultsOfNode(lab.active, thing.id) : faultsOfLink(lab.active, thing.id, thing.upstream),
    )
  })
}
