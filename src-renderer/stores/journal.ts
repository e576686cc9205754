import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { JournalStory } from '../../src-main/contract/actions.ts'
import type { CallResult, ContractFailure } from '../../src-main/contract/calls.ts'
import { useClient } from './client.ts'

/** The journal as the host reads it; never changed from here. */
export const useJournalStore = defineStore('journal', () => {
  const client = useClient()
  const actions = shallowRef<readonly JournalStory[] | null>(null)
  const shown = shallowRef<CallResult<'journal/show'> | null>(null)
  const verdict = shallowRef<CallResult<'journal/verify'> | null>(null)
  const failure = shallowRef<ContractFailure | null>(null)
  let turn = 0

  async function load(): Promise<void> {
    const answer = await client.call('journal/list', {})
    failure.value = answer.ok ? null : answer.failure
    if (answer.ok) actions.value = answer.value.actions
  }

  async function show(action: string | null): Promise<void> {
    const mine = ++turn
    if (action === null || shown.value?.story.id !== action) shown.value = null
    if (action === null) return
    const answer = await client.call('journal/show', { action })
    if (mine !== turn) return
    failure.value = answer.ok ? null : answer.failure
    shown.value = answer.ok ? answer.value : null
  }

  async function verify(): Promise<void> {
    verdict.value = null
    const answer = await client.call('journal/verify', {})
    failure.value = answer.ok ? null : answer.failure
    verdict.value = answer.ok ? answer.value : null
  }

  /** The whole journal as one file; null when it cannot be read. */
  async function exported(): Promise<CallResult<'journal/export'> | null> {
    const answer = await client.call('journal/export', {})
    failure.value = answer.ok ? null : answer.failure
    return answer.ok ? answer.value : null
  }

  return { actions, shown, verdict, failure, load, show, verify, exported }
})
