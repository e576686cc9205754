import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { ContractFailure, LabStatus } from '../../src-main/contract/calls.ts'
import type { ActiveFaultView, FaultRequestInput, FaultView } from '../../src-main/contract/lab.ts'
import { useClient } from './client.ts'
import { useDeploymentStore } from './deployment.ts'

/**
 * The lab that the session in view looks at, what can be broken in it and what is. All empty for any other deployment: the
 * host alone knows what is a lab.
 */
export const useLabStore = defineStore('lab', () => {
  const client = useClient()
  const deployment = useDeploymentStore()
  const lab = shallowRef<LabStatus | null>(null)
  const faults = shallowRef<readonly FaultView[]>([])
  /** Oldest first. */
  const active = shallowRef<readonly ActiveFaultView[]>([])
  /** Why the last fault or healing did not come about. */
  const failure = shallowRef<ContractFailure | null>(null)
  const isBusy = shallowRef(false)
  let asking = 0

  const isLab = computed(() => lab.value !== null)

  async function load(session: string | null): Promise<void> {
    const mine = ++asking
    if (session === null) return
    const answer = await client.call('lab/faults', { session })
    if (mine !== asking || !answer.ok) return
    lab.value = answer.value.lab
    faults.value = answer.value.faults
    active.value = answer.value.active
  }

  async function change(asked: () => ReturnType<typeof client.call<'lab/break' | 'lab/heal'>>): Promise<boolean> {
    const mine = asking
    isBusy.value = true
    failure.value = null
    const answer = await asked()
    isBusy.value = false
    if (mine !== asking) return answer.ok
    if (answer.ok) active.value = answer.value.active
    else failure.value = answer.failure
    return answer.ok
  }

  /** True when it is in force now (or has passed already). */
  async function breakIt(fault: FaultRequestInput): Promise<boolean> {
    const session = deployment.activeSession
    return session !== null && (await change(() => client.call('lab/break', { session, fault })))
  }

  /** Ends one fault; null ends all. */
  async function heal(fault: string | null): Promise<boolean> {
    const session = deployment.activeSession
    return session !== null && (await change(() => client.call('lab/heal', { session, fault })))
  }

  function dismissFailure(): void {
    failure.value = null
  }

  watch(
    // The host tells a lab by what its session has seen: one that was just opened is asked about again with its first picture.
    () => [deployment.activeSession, deployment.loads, deployment.activeGroup !== null] as const,
    ([session, loads], before) => {
      if (before?.[0] !== session) {
        asking += 1
        lab.value = null
        faults.value = []
        active.value = []
        failure.value = null
      }
      if (loads > 0 || before?.[0] !== session) void load(session)
    },
    { immediate: true },
  )
  const stop = client.on('lab/faults', (news) => {
    if (news.session === deployment.activeSession) active.value = news.active
  })

  return { lab, faults, active, failure, isBusy, isLab, breakIt, heal, dismissFailure, dispose: stop }
})
