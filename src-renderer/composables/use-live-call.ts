import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { CallName, CallParams, CallResult, ContractFailure } from '../../src-main/contract/calls.ts'
import { useClient } from '../stores/client.ts'

/** What was answered last, and whether it still answers what is asked now. */
export interface LiveCall<T> {
  /** Of the same `subject`; null until the first answer about it. */
  readonly value: Readonly<ShallowRef<T | null>>
  readonly failure: Readonly<ShallowRef<ContractFailure | null>>
  /** Params have changed since what is shown was asked for. */
  readonly isBehind: Readonly<ShallowRef<boolean>>
}

/**
 * Asks anew whenever what is asked changes, and whenever `tick` does. One call at a time: what changes meanwhile is asked
 * once afterwards. An answer about another `subject` (the group, say) is never shown.
 */
export function useLiveCall<N extends CallName>(
  name: N,
  ask: () => { readonly subject: string; readonly params: CallParams<N> } | null,
  tick: () => unknown,
): LiveCall<CallResult<N>> {
  const client = useClient()
  const value = shallowRef(null) as ShallowRef<CallResult<N> | null>
  const failure = shallowRef<ContractFailure | null>(null)
  const isBehind = shallowRef(false)
  let subject: string | undefined
  let asked = ''
  let isAsking = false
  let isWanted = false
  let isEnded = false
  onScopeDispose(() => {
    isEnded = true
  })

  async function run(): Promise<void> {
    isWanted = true
    if (isAsking) return
    isAsking = true
    while (isWanted && !isEnded) {
      isWanted = false
      const now = ask()
      if (now === null) break
      const answer = await client.call(name, now.params)
      if (isEnded || now.subject !== subject) continue
      failure.value = answer.ok ? null : answer.failure
      if (answer.ok) value.value = answer.value
      isBehind.value = JSON.stringify(now.params) !== asked
    }
    isAsking = false
  }

  watch(
    () => [JSON.stringify(ask()), tick()] as const,
    () => {
      const now = ask()
      if (now?.subject !== subject) {
        subject = now?.subject
        value.value = null
        failure.value = null
        isBehind.value = false
      }
      const params = JSON.stringify(now?.params) ?? ''
      if (params !== asked && value.value !== null) isBehind.value = true
      asked = params
      void run()
    },
    { immediate: true },
  )
  return { value, failure, isBehind }
}
