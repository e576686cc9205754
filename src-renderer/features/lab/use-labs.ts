import { onScopeDispose, shallowRef } from 'vue'
import type { ContractFailure, LabStatus } from '../../../src-main/contract/calls.ts'
import type { LabRequest } from '../../../src-main/contract/lab.ts'
import { useClient } from '../../stores/client.ts'

/** What the form of a practice lab holds; the numbers as typed. */
export interface LabForm {
  readonly name: string
  readonly replicas: string
  readonly chained: string
  readonly sentinels: string
  readonly persistence: NonNullable<LabRequest['persistence']>
  readonly supervised: boolean
}

export const EMPTY_LAB: LabForm = {
  name: '',
  replicas: '2',
  chained: '1',
  sentinels: '3',
  persistence: 'none',
  supervised: false,
}

/** Bounds of the numbers, as the host takes them. */
export const LAB_BOUNDS = { replicas: 20, chained: 20, sentinels: 15 } as const

/** Why the form cannot be sent; null: it can. */
export function labTrouble(form: LabForm): string | null {
  for (const [field, most] of Object.entries(LAB_BOUNDS)) {
    const text = form[field as keyof typeof LAB_BOUNDS].trim()
    if (!/^\d+$/.test(text) || Number(text) > most) return `${field}: a whole number from 0 to ${most} is needed.`
  }
  if (Number(form.replicas) === 0 && Number(form.chained) > 0) return 'chained: they need a replica to follow.'
  if (form.name !== '' && !/^[A-Za-z0-9][\w.-]{0,59}$/.test(form.name))
    return 'name: letters, digits, dots, dashes and underscores are taken.'
  return null
}

/** Nothing for a form that nobody touched: the host then gives the usual lab, or the one that runs already. */
export function toLabRequest(form: LabForm): LabRequest {
  if (JSON.stringify(form) === JSON.stringify(EMPTY_LAB)) return {}
  return {
    ...(form.name === '' ? {} : { name: form.name }),
    replicas: Number(form.replicas),
    chained: Number(form.chained),
    sentinels: Number(form.sentinels),
    persistence: form.persistence,
    supervised: form.supervised,
  }
}

/** `1 master, 3 replicas, 1 chained, 3 Sentinels`. */
export function labShape(lab: LabStatus): string {
  const parts = [
    lab.replicas.length === 1 ? '1 replica' : `${lab.replicas.length} replicas`,
    ...(lab.chained.length === 0 ? [] : [`${lab.chained.length} chained`]),
    lab.sentinels.length === 1 ? '1 Sentinel' : `${lab.sentinels.length} Sentinels`,
  ]
  return parts.join(', ')
}

/** The labs of this machine, and starting one; each answer ends as a ref to show. */
export function useLabs(opened: (session: string) => void) {
  const client = useClient()
  const labs = shallowRef<readonly LabStatus[]>([])
  /** Null: a lab can be started; undefined: not known yet. */
  const unavailable = shallowRef<string | null | undefined>(undefined)
  const failure = shallowRef<ContractFailure | null>(null)
  const busy = shallowRef<'idle' | 'starting' | 'opening' | 'ending'>('idle')
  /** What was told while it starts, oldest first. */
  const progress = shallowRef<readonly string[]>([])
  const ratio = shallowRef<number | null>(null)
  let starting: AbortController | undefined

  const stop = client.on('lab/progress', (news) => {
    if (busy.value !== 'starting') return
    ratio.value = news.ratio
    if (progress.value.at(-1) !== news.text) progress.value = [...progress.value, news.text].slice(-6)
  })
  onScopeDispose(() => {
    stop()
    starting?.abort()
  })

  async function load(): Promise<void> {
    const [info, list] = await Promise.all([client.call('app/info', {}), client.call('lab/list', {})])
    if (info.ok) unavailable.value = info.value.labUnavailable
    if (list.ok) labs.value = list.value.labs
  }

  async function start(form: LabForm): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'starting'
    failure.value = null
    progress.value = ['Starting servers on this machine']
    ratio.value = null
    starting = new AbortController()
    const answer = await client.call('lab/start', toLabRequest(form), { signal: starting.signal })
    starting = undefined
    busy.value = 'idle'
    progress.value = []
    if (answer.ok) opened(answer.value.session)
    else if (answer.failure.code !== 'cancelled') failure.value = answer.failure
  }

  async function open(name: string): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'opening'
    failure.value = null
    const answer = await client.call('lab/open', { name })
    busy.value = 'idle'
    if (answer.ok) opened(answer.value.session)
    else failure.value = answer.failure
  }

  async function takeDown(name: string): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'ending'
    failure.value = null
    const answer = await client.call('lab/stop', { name })
    busy.value = 'idle'
    if (answer.ok) labs.value = labs.value.filter((lab) => lab.name !== name)
    else failure.value = answer.failure
  }

  return {
    labs,
    unavailable,
    failure,
    busy,
    progress,
    ratio,
    load,
    start,
    cancelStart: () => starting?.abort(),
    open,
    takeDown,
  }
}
