import type {
  CallAnswer,
  CallName,
  CallParams,
  ContractClient,
  EventName,
  EventPayload,
  LineState,
} from '../../src-main/contract/calls.ts'

type Responder<N extends CallName> = (params: CallParams<N>) => CallAnswer<N> | Promise<CallAnswer<N>>
type Responders = { [N in CallName]?: Responder<N> }
type EventListeners = { readonly [N in EventName]: Set<(payload: EventPayload<N>) => void> }

/** One call that the page made. */
export type FakeCall = { [N in CallName]: { readonly name: N; readonly params: CallParams<N> } }[CallName]

/** A host that a test plays by hand. */
export interface FakeBridge extends ContractClient {
  /** Answers every later call of that name. A call without a responder fails as `internal`, naming itself. */
  readonly respond: <N extends CallName>(name: N, responder: Responder<N>) => void
  readonly emit: <N extends EventName>(name: N, payload: EventPayload<N>) => void
  readonly setLine: (line: LineState) => void
  /** All calls so far, oldest first. */
  readonly made: readonly FakeCall[]
}

/** A bridge for tests of stores and components; the line is open at first. Every listener is called in the same turn. */
export function createFakeBridge(responders: Responders = {}): FakeBridge {
  const known: Responders = { ...responders }
  const made: FakeCall[] = []
  let line: LineState = { state: 'open' }
  const lineListeners = new Set<(line: LineState) => void>()
  const listeners: EventListeners = {
    'deployment/head': new Set(),
    'deployment/changed': new Set(),
    'deployment/event': new Set(),
    'connection/step': new Set(),
    'drill/changed': new Set(),
    'findings/acknowledged': new Set(),
    'profiles/changed': new Set(),
    'lab/faults': new Set(),
    'lab/progress': new Set(),
    'action/progress': new Set(),
    'action/outcome': new Set(),
  }
  return {
    made,
    respond: (name, responder) => {
      Object.assign(known, { [name]: responder })
    },
    emit: (name, payload) => {
      for (const listener of [...listeners[name]]) listener(payload)
    },
    setLine: (next) => {
      line = next
      for (const listener of [...lineListeners]) listener(next)
    },
    call: async <N extends CallName>(name: N, params: CallParams<N>): Promise<CallAnswer<N>> => {
      made.push({ name, params } as FakeCall)
      const responder = known[name] as Responder<N> | undefined
      if (responder === undefined)
        return { ok: false, failure: { code: 'internal', message: `the fake has no answer to ${name}` } }
      return await responder(params)
    },
    on: (name, listener) => {
      listeners[name].add(listener)
      return () => void listeners[name].delete(listener)
    },
    onLine: (listener) => {
      lineListeners.add(listener)
      listener(line)
      return () => void lineListeners.delete(listener)
    },
  }
}
