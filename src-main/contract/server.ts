import { z } from 'zod'
import { calls, events } from './calls.ts'
import type { CallAnswer, CallName, CallParams, EventName, EventPayload } from './calls.ts'
import { createOutbox } from './outbox.ts'
import { CONTRACT_VERSION, EVENT_GATHER_MS, EVENT_WINDOW, HELLO_WITHIN_MS } from './wire.ts'
import { MAX_CALLS_IN_FLIGHT, MAX_PAGE_FRAME_CHARS, MAX_UNSENT_BYTES } from './wire.ts'
import type { HostFrame, LineCode, PageFrame, Timers } from './wire.ts'

/** A page as the handlers see it: whom to tell, and when it went away. */
export interface Page {
  /** Unique within this host's life. */
  readonly id: string
  /** Tells this page alone. Gathered and bounded: newest state wins while the page does not read. */
  readonly emit: <N extends EventName>(name: N, payload: EventPayload<N>) => void
  /** Runs once when the page goes away. Returns its own stopper. */
  readonly onGone: (listener: () => void) => () => void
}

/** What a handler gets beside its params. `signal` aborts when the call is cancelled or the page goes away. */
export interface CallContext {
  readonly page: Page
  readonly signal: AbortSignal
}

/** One handler a call. A call that is declared and not served does not compile. */
export type Handlers = {
  readonly [N in CallName]: (params: CallParams<N>, context: CallContext) => Promise<CallAnswer<N>>
}

/** The host's end of one line, made by a transport. */
export interface HostWire {
  readonly send: (text: string) => void
  /** Ends the line; what was sent before still arrives where the transport can. */
  readonly close: () => void
  /** Bytes sent that the peer's side has not taken; 0 where the transport cannot tell. */
  readonly unsentBytes: () => number
}

/** What the transport tells the server half about its line. */
export interface LineEnd {
  readonly receive: (text: string) => void
  /** The line ended. Idempotent. */
  readonly closed: () => void
}

export interface ServerOptions {
  readonly handlers: Handlers
  readonly timers: Timers
  /** Bugs, with the reference that the page was given. Never told to the page. */
  readonly logBug: (reference: string, call: string, error: unknown) => void
  /** Undefined lets the page in; a text refuses it and says what to do. */
  readonly admit: (token: string | null) => string | undefined
  /** Checks results and events against the declaration as well: on in tests. */
  readonly isChecking?: boolean
}

export interface ContractServer {
  readonly accept: (wire: HostWire) => LineEnd
  /** Pages that said hello and are still there. */
  readonly pageCount: () => number
  /** Ends every line. Idempotent. */
  readonly dispose: () => void
}

const id = z.number().int().nonnegative()
const pageFrame: z.ZodType<PageFrame> = z.discriminatedUnion('t', [
  z.object({ t: z.literal('hello'), contract: z.number(), token: z.string().max(4096).nullable() }),
  z.object({ t: z.literal('call'), id, name: z.string().max(64), params: z.unknown() }),
  z.object({ t: z.literal('cancel'), id }),
  z.object({ t: z.literal('ack'), batch: id }),
  z.object({ t: z.literal('ping') }),
])

/** The host's half of the contract: reads frames into types, runs handlers, gathers events. Transports feed it texts. */
export function serveContract(options: ServerOptions): ContractServer {
  const lines = new Set<Line>()
  let nextPage = 1
  return {
    accept: (wire) => {
      const line = createLine(`page-${nextPage++}`, wire, options, () => lines.delete(line))
      lines.add(line)
      return line
    },
    pageCount: () => [...lines].filter((line) => line.isOpen()).length,
    dispose: () => {
      for (const line of lines) line.end()
    },
  }
}

interface Line extends LineEnd {
  readonly isOpen: () => boolean
  readonly end: () => void
}

function createLine(pageId: string, wire: HostWire, options: ServerOptions, forget: () => void): Line {
  let state: 'greeting' | 'open' | 'ended' = 'greeting'
  const running = new Map<number, AbortController>()
  const goneListeners = new Set<() => void>()
  const outbox = createOutbox()
  let sentBatches = 0
  let ackedBatches = 0
  let stopGathering: (() => void) | undefined
  const stopGreeting = options.timers.after(HELLO_WITHIN_MS, () => end())

  const send = (frame: HostFrame): void => {
    if (state === 'ended') return
    wire.send(JSON.stringify(frame))
    if (wire.unsentBytes() > MAX_UNSENT_BYTES) end()
  }

  /** Sends what was gathered, unless the page still has batches to acknowledge: the next acknowledgement flushes then. */
  const flush = (): void => {
    stopGathering = undefined
    if (state !== 'open' || outbox.isEmpty() || sentBatches - ackedBatches >= EVENT_WINDOW) return
    sentBatches += 1
    send({ t: 'events', batch: sentBatches, events: outbox.take() })
  }

  const gather = (): void => {
    if (stopGathering === undefined && sentBatches - ackedBatches < EVENT_WINDOW)
      stopGathering = options.timers.after(EVENT_GATHER_MS, flush)
  }

  const page: Page = {
    id: pageId,
    emit: (name, payload) => {
      if (state === 'ended') return
      if (options.isChecking === true) checkEvent(name, payload)
      outbox.put(name, payload)
      if (state === 'open') gather()
    },
    onGone: (listener) => {
      if (state === 'ended') listener()
      else goneListeners.add(listener)
      return () => void goneListeners.delete(listener)
    },
  }

  const end = (): void => {
    if (state === 'ended') return
    state = 'ended'
    stopGreeting()
    stopGathering?.()
    forget()
    for (const controller of running.values()) controller.abort()
    running.clear()
    for (const listener of goneListeners) listener()
    goneListeners.clear()
    wire.close()
  }

  const refuse = (message: string): void => {
    send({ t: 'refused', message })
    end()
  }

  const greet = (contract: number, token: string | null): void => {
    const refusal = options.admit(token)
    if (refusal !== undefined) return refuse(refusal)
    if (contract !== CONTRACT_VERSION)
      return refuse('This page belongs to another version of the host. Reload the page.')
    stopGreeting()
    state = 'open'
    send({ t: 'welcome', contract: CONTRACT_VERSION })
  }

  const answerCall = async (callId: number, name: string, params: unknown): Promise<void> => {
    const reply = (answer: CallAnswer<CallName>): void => send({ t: 'answer', id: callId, answer })
    if (!isCallName(name)) return reply(lineFailure('unknown-call', `There is no call named ${JSON.stringify(name)}.`))
    if (running.has(callId)) return reply(lineFailure('bad-params', 'This call number is in use.'))
    if (running.size >= MAX_CALLS_IN_FLIGHT)
      return reply(lineFailure('too-busy', `More than ${MAX_CALLS_IN_FLIGHT} calls at once from one page.`))
    const controller = new AbortController()
    running.set(callId, controller)
    const answer = await runCall(name, params, { page, signal: controller.signal }, options)
    // After `end` the map was cleared; a cancelled call has been answered on the page's side already.
    if (!running.delete(callId) || controller.signal.aborted) return
    reply(answer)
  }

  const receive = (text: string): void => {
    if (state === 'ended') return
    const frame = readFrame(text)
    if (frame === undefined) return refuse('The host could not read what this page sent. Reload the page.')
    if (state === 'greeting')
      return frame.t === 'hello' ? greet(frame.contract, frame.token) : refuse('Say hello first.')
    switch (frame.t) {
      case 'call':
        return void answerCall(frame.id, frame.name, frame.params)
      case 'cancel':
        return running.get(frame.id)?.abort()
      case 'ack':
        // Only numbers that were sent count: a page cannot open its window wider.
        if (frame.batch <= sentBatches && frame.batch > ackedBatches) ackedBatches = frame.batch
        return outbox.isEmpty() ? undefined : gather()
      case 'ping':
        return send({ t: 'pong' })
      case 'hello':
        return refuse('This line has said hello before.')
    }
  }

  return { receive, closed: end, end, isOpen: () => state === 'open' }
}

function readFrame(text: string): PageFrame | undefined {
  if (text.length > MAX_PAGE_FRAME_CHARS) return undefined
  try {
    return pageFrame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(calls, name)
}

function lineFailure(
  code: LineCode,
  message: string,
): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: { code, message } }
}

let nextBug = 1

async function runCall<N extends CallName>(
  name: N,
  raw: unknown,
  context: CallContext,
  options: ServerOptions,
): Promise<CallAnswer<N>> {
  const parsed = calls[name].params.safeParse(raw)
  if (!parsed.success) return lineFailure('bad-params', `${name}: ${describeIssues(parsed.error)}`)
  try {
    // The schema that was just passed is the one that CallParams<N> is inferred from; the union over names hides it.
    const answer = await options.handlers[name](parsed.data as CallParams<N>, context)
    if (options.isChecking === true && answer.ok) calls[name].result.parse(answer.value)
    return answer
  } catch (error) {
    const reference = `bug-${nextBug++}`
    options.logBug(reference, name, error)
    return lineFailure('internal', `A bug in Repliscope: the host's log has it as ${reference}.`)
  }
}

/** Where and what, never the value: a value may be a password. */
function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'params'}: ${issue.code}`)
    .join('; ')
}

function checkEvent<N extends EventName>(name: N, payload: EventPayload<N>): void {
  events[name].parse(payload)
}
