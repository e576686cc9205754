import { computed, onMounted, shallowRef, watch, type ComputedRef } from 'vue'
import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import { useClient } from '../../stores/client.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { joinEvents } from '../../stores/timeline.ts'
import { toEvents, toldActions, untoldActions } from './journal-events.ts'

/**
 * Actions that the host's timeline does not know of, out of the journal: read when the view opens and when another group is
 * shown; what happens from then on the host tells, whoever did it. Without a journal there are none, and no word is made of it.
 */
export function useJournalEvents(
  group: () => string,
  known: () => readonly ContractEvent[],
  from: () => number,
): ComputedRef<readonly ContractEvent[]> {
  const client = useClient()
  const deployment = useDeploymentStore()
  const events = shallowRef<readonly ContractEvent[]>([])
  let turn = 0

  async function read(): Promise<void> {
    const mine = ++turn
    const session = deployment.activeSession
    if (session === null) return
    const listed = await client.call('journal/list', {})
    if (mine !== turn || !listed.ok) return
    const actions = untoldActions(listed.value.actions, known(), { session, group: group(), from: from() })
    let found: readonly ContractEvent[] = []
    for (const { id } of actions) {
      const shown = await client.call('journal/show', { action: id })
      if (mine !== turn) return
      if (shown.ok) found = joinEvents(found, toEvents(shown.value))
    }
    events.value = found
  }

  // The host tells an action of another process as soon as it goes on while the page looks: then its telling holds.
  const untold = computed(() => {
    const told = toldActions(known())
    return events.value.filter((event) => event.about?.kind !== 'action' || !told.has(event.about.id))
  })

  onMounted(read)
  watch(
    () => [group(), deployment.activeSession, deployment.loads],
    () => {
      events.value = []
      void read()
    },
  )
  return untold
}
