import type { AbortSignalLike, CallAnswer, CallName, CallParams, CallResult } from './calls.ts'
import type { ContractClient, EventName, EventPayload, LineState } from './calls.ts'
import { CONTRACT_VERSION } from './wire.ts'
import type { EventItem, HostFrame, LineCode, PageFrame, Timers } from './wire.ts'

/** Back-off between attempts to reach the host again: doubles from the first to the last, with jitter down to half. */
const RETRY_FIRST_MS = 250
const RETRY_LAST_MS = 5000
/** How long a call waits for the line before it fails as `line-closed`. */
const CALL_WAITS_MS = 10_000
/** Calls that may wait for the line. */
const MAX_WAITING_CALLS = 64
/** Silence after which the host is asked whether it is there, and the time it has to say so. */
const PING_AFTER_MS = 10_000
const PONG_WITHIN_MS = 10_000

/** The page's end of one line, made by a transport. */
export interface PageWire {
  readonly send: (frame: PageFrame) => void
  readonly close: () => void
}

/** What a transport tells about the line that it dials, never before `dial` returned. Late news of an old line is ignored. */
export interface PageWireEvents {
  /** The line stands: the greeting goes out. */
  readonly opened: () => void
  readonly received: (text: string) => void
  readonly closed: () => void
}

export interface ClientOptions {
  /** Begins one line. Called again, after a wait, whenever the last one ended. */
  readonly dial: (events: PageWireEvents) => PageWire
  readonly timers: Timers
  readonly token: () => string | null
  /** Words for a page that was let in before and no longer is; default: what the host says. */
  readonly describeRefusal?: (message: string, wasOpen: boolean) => string
  /** False where the line cannot die silently (Electron). */
  readonly isWatched?: boolean
}

interface Pending {
  readonly frame: Extract<PageFrame, { t: 'call' }>
  readonly settle: (answer: CallAnswer<CallName>) => void
  isSent: boolean
}

/**
 * The page's half of the contract, whatever carries it.
 *
 * A call made while the line is down waits up to 10 s for it, then fails as `line-closed`; a call under way when the
 * line ends fails as `line-closed` at once, for nobody can tell whether it was carried out: it is never sent twice.
 * After a reconnect the page asks `deployment/state` again; `not-found` then says that the host was started anew.
 * Slices older than what this page has seen of their group are dropped, within one line.
 */
export function createContractClient(options: ClientOptions): ContractClient & { readonly dispose: () => void } {
  let line: LineState = { state: 'connecting', attempt: 0 }
  let wire: PageWire | undefined
  let attempt = 0
  let wasOpen = false
  let isDisposed = false
  let nextCall = 1
  let stopRetry: (() => void) | undefined
  let stopWatch: (() => void) | undefined
  const pending = new Map<number, Pending>()
  const revisions = createRevisions()
  const listeners = createListeners()
  const lineListeners = new Set<(line: LineState) => void>()

  const setLine = (next: LineState): void => {
    line = next
    for (const listener of [...lineListeners]) listener(next)
  }

  const dial = (): void => {
    let isCurrent = true
    const leave = (): void => {
      isCurrent = false
      stopWatch?.()
      stopWatch = undefined
      wire = undefined
    }
    const lost = (): void => {
      if (!isCurrent) return
      leave()
      retry()
    }
    const dialled: PageWire = options.dial({
      opened: () => isCurrent && dialled.send({ t: 'hello', contract: CONTRACT_VERSION, token: options.token() }),
      received: (text) => {
        if (!isCurrent) return
        watch(() => {
          dialled.close()
          lost()
        })
        const frame = JSON.parse(text) as HostFrame
        if (frame.t === 'refused') {
          leave()
          dialled.close()
          return refuse(frame.message)
        }
        receive(frame)
      },
      closed: () => lost(),
    })
    wire = dialled
  }

  /** The host answers within a known time, or the line counts as dead: a tunnel may die without a word. */
  const watch = (giveUp: () => void): void => {
    if (options.isWatched === false) return
    stopWatch?.()
    stopWatch = options.timers.after(PING_AFTER_MS, () => {
      wire?.send({ t: 'ping' })
      stopWatch = options.timers.after(PONG_WITHIN_MS, giveUp)
    })
  }

  const retry = (): void => {
    failSent('The line to the host ended before the answer.')
    if (isDisposed) return
    attempt += 1
    setLine({ state: 'connecting', attempt })
    const ceiling = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** (attempt - 1))
    stopRetry = options.timers.after(ceiling * (0.5 + options.timers.random() / 2), dial)
  }

  const refuse = (message: string): void => {
    const words = options.describeRefusal?.(message, wasOpen) ?? message
    setLine({ state: 'refused', message: words })
    for (const [id, call] of pending) settle(id, call, failed('refused', words))
  }

  const failSent = (message: string): void => {
    for (const [id, call] of pending) if (call.isSent) settle(id, call, failed('line-closed', message))
  }

  const settle = (id: number, call: Pending, answer: CallAnswer<CallName>): void => {
    pending.delete(id)
    call.settle(answer)
  }

  const receive = (frame: Exclude<HostFrame, { t: 'refused' }>): void => {
    switch (frame.t) {
      case 'welcome':
        attempt = 0
        wasOpen = true
        revisions.forgetAll()
        setLine({ state: 'open' })
        for (const call of pending.values()) sendCall(call)
        return
      case 'answer': {
        const call = pending.get(frame.id)
        if (call !== undefined) settle(frame.id, call, frame.answer)
        return
      }
      case 'events':
        // Acknowledged after the listeners ran, whatever they did: that is what slows the host down for a slow page.
        try {
          for (const item of frame.events) tell(item)
        } finally {
          wire?.send({ t: 'ack', batch: frame.batch })
        }
        return
      case 'pong':
        return
    }
  }

  const tell = (item: EventItem): void => {
    if (item[0] !== 'deployment/changed') {
      if (item[0] === 'deployment/head' && item[1].phase === 'ended') revisions.forget(item[1].session)
      return listeners.tell(item)
    }
    const fresh = revisions.filter(item[1])
    if (fresh.slices.length + fresh.removed.length > 0) listeners.tell(['deployment/changed', fresh])
  }

  const sendCall = (call: Pending): void => {
    if (call.isSent) return
    call.isSent = true
    wire?.send(call.frame)
  }

  const call = <N extends CallName>(
    name: N,
    params: CallParams<N>,
    callOptions?: { readonly signal?: AbortSignalLike },
  ): Promise<CallAnswer<N>> => {
    const signal = callOptions?.signal
    if (signal?.aborted === true) return Promise.resolve(failed('cancelled', 'cancelled'))
    if (isDisposed) return Promise.resolve(failed('line-closed', 'This page has ended its line to the host.'))
    if (line.state === 'refused') return Promise.resolve(failed('refused', line.message))
    const isOpen = line.state === 'open'
    if (!isOpen && pending.size >= MAX_WAITING_CALLS)
      return Promise.resolve(failed('too-busy', 'Too many calls wait for the line to the host.'))
    return new Promise((resolve) => {
      const id = nextCall++
      const entry: Pending = {
        frame: { t: 'call', id, name, params },
        isSent: false,
        settle: (answer) => {
          stopWaiting?.()
          signal?.removeEventListener('abort', abort)
          // The answer to call `id` is of the type that `name` declares: the host's half is typed by the same map.
          const mine = answer as CallAnswer<N>
          if (name === 'deployment/state' && mine.ok) revisions.note(mine.value as CallResult<'deployment/state'>)
          resolve(mine)
        },
      }
      const abort = (): void => {
        if (entry.isSent) wire?.send({ t: 'cancel', id })
        settle(id, entry, failed('cancelled', 'cancelled'))
      }
      const stopWaiting = isOpen
        ? undefined
        : options.timers.after(CALL_WAITS_MS, () => {
            if (!entry.isSent) settle(id, entry, failed('line-closed', 'There is no line to the host.'))
          })
      pending.set(id, entry)
      signal?.addEventListener('abort', abort)
      if (isOpen) sendCall(entry)
    })
  }

  const dispose = (): void => {
    if (isDisposed) return
    isDisposed = true
    stopRetry?.()
    stopWatch?.()
    wire?.close()
    wire = undefined
    for (const [id, entry] of pending)
      settle(id, entry, failed('line-closed', 'This page has ended its line to the host.'))
    lineListeners.clear()
    listeners.clear()
  }

  dial()
  return {
    call,
    on: listeners.on,
    onLine: (listener) => {
      lineListeners.add(listener)
      listener(line)
      return () => void lineListeners.delete(listener)
    },
    dispose,
  }
}

function failed(
  code: LineCode | 'cancelled',
  message: string,
): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: { code, message } }
}

type ListenersByName = { readonly [N in EventName]: Set<(payload: EventPayload<N>) => void> }

function createListeners() {
  const byName: ListenersByName = {
    'deployment/head': new Set(),
    'deployment/changed': new Set(),
    'deployment/event': new Set(),
    'connection/step': new Set(),
    'drill/changed': new Set(),
    'lab/faults': new Set(),
    'lab/progress': new Set(),
    'findings/acknowledged': new Set(),
    'profiles/changed': new Set(),
    'action/progress': new Set(),
    'action/outcome': new Set(),
  }
  const tellAll = <N extends EventName>(name: N, payload: EventPayload<N>): void => {
    for (const listener of [...byName[name]]) listener(payload)
  }
  return {
    on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): (() => void) => {
      byName[name].add(listener)
      return () => void byName[name].delete(listener)
    },
    tell: (item: EventItem): void => tellAll<EventName>(item[0], item[1]),
    clear: (): void => {
      for (const set of Object.values(byName)) set.clear()
    },
  }
}

/** The newest revision seen of each group of each session: what is not newer is dropped. */
function createRevisions() {
  const seen = new Map<string, Map<string, number>>()
  return {
    /** `deployment/state` is the whole truth of its moment. */
    note: (state: CallResult<'deployment/state'>): void => {
      seen.set(state.head.session, new Map(state.slices.map((slice) => [slice.group.name, slice.revision])))
    },
    filter: (changed: EventPayload<'deployment/changed'>): EventPayload<'deployment/changed'> => {
      const groups = seen.get(changed.session) ?? new Map<string, number>()
      seen.set(changed.session, groups)
      for (const name of changed.removed) groups.delete(name)
      const slices = changed.slices.filter((slice) => slice.revision > (groups.get(slice.group.name) ?? -1))
      for (const slice of slices) groups.set(slice.group.name, slice.revision)
      return { ...changed, slices }
    },
    forget: (session: string): void => void seen.delete(session),
    forgetAll: (): void => seen.clear(),
  }
}
