import { onScopeDispose, shallowRef } from 'vue'
import type { ContractFailure, Recent, TestStep } from '../../../src-main/contract/calls.ts'
import { useClient } from '../../stores/client.ts'
import { toTargetInput, type ConnectForm } from './connect-form.ts'

let tests = 0

/** Everything the connect screen asks of the host; each answer ends as a ref to show. */
export function useConnect(opened: (session: string) => void) {
  const client = useClient()
  const recents = shallowRef<readonly Recent[]>([])
  const failure = shallowRef<ContractFailure | null>(null)
  const busy = shallowRef<'idle' | 'opening' | 'testing'>('idle')
  const steps = shallowRef<readonly TestStep[]>([])
  let running: { readonly id: string; readonly abort: AbortController } | undefined

  const stoppers = [
    client.on('connection/step', ({ test, step }) => {
      if (test === running?.id) steps.value = placeStep(steps.value, step)
    }),
  ]
  onScopeDispose(() => {
    for (const stop of stoppers) stop()
    running?.abort.abort()
  })

  async function load(): Promise<void> {
    const list = await client.call('recents/list', {})
    if (list.ok) recents.value = list.value.recents
  }

  async function open(form: ConnectForm): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'opening'
    failure.value = null
    const answer = await client.call('deployment/open', { target: toTargetInput(form) })
    busy.value = 'idle'
    if (answer.ok) opened(answer.value.session)
    else failure.value = answer.failure
  }

  async function test(form: ConnectForm): Promise<void> {
    running?.abort.abort()
    const mine = { id: `test-${Date.now()}-${++tests}`, abort: new AbortController() }
    running = mine
    busy.value = 'testing'
    failure.value = null
    steps.value = []
    const answer = await client.call(
      'connection/test',
      { test: mine.id, target: toTargetInput(form) },
      { signal: mine.abort.signal },
    )
    if (running !== mine) return
    running = undefined
    busy.value = 'idle'
    if (answer.ok) steps.value = answer.value.steps
    else if (answer.failure.code !== 'cancelled') failure.value = answer.failure
  }

  function cancelTest(): void {
    running?.abort.abort()
    running = undefined
    busy.value = 'idle'
  }

  async function removeRecent(id: string): Promise<void> {
    const answer = await client.call('recents/remove', { id })
    if (answer.ok) recents.value = recents.value.filter((recent) => recent.id !== id)
  }

  return {
    recents,
    failure,
    busy,
    steps,
    load,
    open,
    test,
    cancelTest,
    removeRecent,
  }
}

/** A step told again replaces itself; a new one is put at the end. */
export function placeStep(steps: readonly TestStep[], step: TestStep): readonly TestStep[] {
  const at = steps.findIndex((one) => one.address === step.address && one.step === step.step)
  return at < 0 ? [...steps, step] : steps.with(at, step)
}
