import { fail, ok, type Failure, type Result } from '../domain/failure.ts'
import type { Timing } from '../monitor/ports.ts'
import { backoffMs } from './backoff.ts'
import { openLink, type Link, type Reply } from './link.ts'
import { authRefusal, greetingOf, troubleOf, type Command, type PeerOptions } from './peer.ts'
import { translateTimeout, translateTrouble, type LinkTrouble } from './translate-error.ts'

export interface Answer extends Timing {
  readonly replies: readonly Reply[]
  /** Counts the connections made, from 1: what was learnt of the server holds for one of them only. */
  readonly linkNumber: number
}

/** A persistent connection that dials on demand. */
export interface Connection {
  /** One round trip. Settles within the time-out, always; questions go out one after another. */
  readonly ask: (commands: readonly Command[]) => Promise<Result<Answer>>
  readonly onLost: (listener: () => void) => () => void
  /** Idempotent. */
  readonly dispose: () => void
}

interface Question {
  readonly commands: readonly Command[]
  readonly settle: (result: Result<Answer>) => void
  readonly isSettled: () => boolean
  sentAt: number
}

/** A peer that leaves a question open this long is dialled again; doubled each time, so that a stopped one is not flooded. */
const PATIENCE_MS = 10_000
const LONGEST_PATIENCE_MS = 60_000

/**
 * States: no link (waiting for the back-off or never dialled) -> dialling -> ready -> asking -> ready …; any end leads back to
 * no link. A question that meets the back-off is answered at once with the last failure. One that times out after it
 * was sent stays in flight until its answer comes, so replies can never be taken for another question's.
 */
export function createConnection(options: PeerOptions): Connection {
  const { clock, timeoutMs } = options
  const waiting: Question[] = []
  const lostListeners = new Set<() => void>()
  let link: Link | undefined
  let linkNumber = 0
  let inFlight: Question | undefined
  let isGreeted = false
  let hasSpoken = false
  let failuresTotal = 0
  let impatienceTotal = 0
  let retryAt = 0
  let lastFailure: Failure = { kind: 'cancelled' }
  let isDisposed = false

  const dial = (): void => {
    linkNumber += 1
    isGreeted = false
    const made: Link = openLink(options, {
      onReady: pump,
      onClosed: (error) => {
        if (link === made) ended(translateTrouble(error, trouble(made, inFlight ?? waiting[0])), made.wasReady())
      },
    })
    link = made
  }

  /** Gives the next question to the link, or makes one. */
  function pump(): void {
    while (waiting[0]?.isSettled() === true) waiting.shift()
    const next = waiting[0]
    if (next === undefined || inFlight !== undefined || isDisposed) return
    if (link === undefined) {
      if (clock.now() >= retryAt) dial()
      else settleAll(lastFailure)
      return
    }
    if (!link.isReady()) return
    waiting.shift()
    put(link, next)
  }

  const put = (on: Link, question: Question): void => {
    const greeting = isGreeted ? [] : greetingOf(options.credentials)
    const bytesBefore = on.guard()?.bytesReceived() ?? 0
    isGreeted = true
    inFlight = question
    question.sentAt = clock.now()
    on.send([...greeting, ...question.commands], (replies) => {
      if (link !== on) return
      const refusal = authRefusal(replies, greeting.length, options)
      if (refusal !== undefined) {
        abandon(on, refusal)
        return
      }
      inFlight = undefined
      failuresTotal = 0
      impatienceTotal = 0
      hasSpoken = true
      question.settle(
        ok({
          replies: replies.slice(greeting.length),
          linkNumber,
          sentAt: question.sentAt,
          receivedAt: clock.now(),
          commands: replies.length,
          bytes: (on.guard()?.bytesReceived() ?? bytesBefore) - bytesBefore,
        }),
      )
      pump()
    })
  }

  /** The link is gone: everyone who waits hears why, and nobody dials before the back-off says so. */
  const ended = (failure: Failure, wasLive: boolean): void => {
    link = undefined
    failuresTotal += 1
    retryAt = clock.now() + backoffMs(failuresTotal, clock.random())
    settleAll(failure)
    if (wasLive && !isDisposed) for (const listener of [...lostListeners]) listener()
  }

  /** Gives up a link for a reason of ours. */
  const abandon = (on: Link, failure: Failure): void => {
    ended(failure, on.isReady())
    on.destroy()
  }

  const settleAll = (failure: Failure): void => {
    lastFailure = failure
    const open = inFlight === undefined ? waiting.splice(0) : [inFlight, ...waiting.splice(0)]
    inFlight = undefined
    for (const question of open) question.settle(fail(failure))
  }

  const expire = (question: Question): void => {
    if (link === undefined) {
      question.settle(fail(lastFailure))
      return
    }
    const failure = translateTimeout(trouble(link, question))
    lastFailure = failure
    if (!link.isReady() || failure.kind === 'not-redis') {
      abandon(link, failure)
      return
    }
    question.settle(fail(failure))
    const patienceMs = Math.max(
      Math.min(PATIENCE_MS * 2 ** Math.min(impatienceTotal, 8), LONGEST_PATIENCE_MS),
      3 * timeoutMs,
    )
    if (inFlight !== undefined && clock.now() - inFlight.sentAt >= patienceMs) {
      impatienceTotal += 1
      abandon(link, failure)
    }
  }

  const trouble = (of: Link, question: Question | undefined): LinkTrouble =>
    troubleOf(of, options, question?.commands[0] ?? ['PING'], hasSpoken)

  return {
    ask: (commands) =>
      new Promise((resolve) => {
        if (isDisposed) {
          resolve(fail({ kind: 'cancelled' }))
          return
        }
        let isSettled = false
        const question: Question = {
          commands,
          sentAt: 0,
          isSettled: () => isSettled,
          settle: (result) => {
            if (isSettled) return
            isSettled = true
            cancel()
            resolve(result)
          },
        }
        const cancel = clock.after(timeoutMs, () => {
          expire(question)
        })
        waiting.push(question)
        pump()
      }),
    onLost: (listener) => {
      lostListeners.add(listener)
      return () => {
        lostListeners.delete(listener)
      }
    },
    dispose: () => {
      if (isDisposed) return
      isDisposed = true
      lostListeners.clear()
      const on = link
      link = undefined
      settleAll({ kind: 'cancelled' })
      on?.destroy()
    },
  }
}
