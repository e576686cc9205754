import type { Failure } from '../domain/failure.ts'
import { backoffMs } from './backoff.ts'
import { openLink, type Link } from './link.ts'
import { authRefusal, greetingOf, troubleOf, type Command, type PeerOptions } from './peer.ts'
import { translateReply, translateTimeout, translateTrouble } from './translate-error.ts'

/** Lower case, because the library tells these two apart by their exact spelling. */
export type Topic = readonly ['subscribe' | 'psubscribe', string]

export interface SubscriptionEvents {
  readonly onMessage: (channel: string, payload: string) => void
  readonly onLive: () => void
  /** Once, unless it was stopped first. */
  readonly onEnded: (failure: Failure) => void
}

/** A subscription may be silent for days; a question this often finds a peer that is gone without a word. */
const PING_EVERY_MS = 5_000

/** Subscribes on a connection of its own. Returns its stopper. */
export function subscribe(options: PeerOptions, topic: Topic, events: SubscriptionEvents): () => void {
  const { clock, timeoutMs } = options
  let isOver = false
  let cancelTimer = (): void => {}

  const link: Link = openLink(options, {
    onReady: () => {
      start()
    },
    onClosed: (error) => {
      finish(translateTrouble(error, troubleOf(link, options, topic, false)))
    },
  })

  const stop = (): void => {
    if (isOver) return
    isOver = true
    cancelTimer()
    link.redis.removeAllListeners('message')
    link.redis.removeAllListeners('pmessage')
    link.destroy()
  }

  const finish = (failure: Failure): void => {
    if (isOver) return
    stop()
    events.onEnded(failure)
  }

  /** The whole conversation up to here must be answered before the time-out. */
  const expect = (): void => {
    cancelTimer()
    cancelTimer = clock.after(timeoutMs, () => {
      finish(translateTimeout(troubleOf(link, options, topic, false)))
    })
  }

  const start = (): void => {
    if (isOver) return
    const greeting = greetingOf(options.credentials)
    link.redis.on('message', (channel: string, payload: string) => {
      events.onMessage(channel, payload)
    })
    link.redis.on('pmessage', (_: string, channel: string, payload: string) => {
      events.onMessage(channel, payload)
    })
    link.send([...greeting, topic], (replies) => {
      if (isOver) return
      const refusal = authRefusal(replies, greeting.length, options)
      const last = replies[replies.length - 1]
      if (refusal !== undefined) finish(refusal)
      else if (last !== undefined && 'error' in last)
        finish(translateReply(last.error, troubleOf(link, options, topic, false).at, topic[0].toUpperCase()))
      else {
        events.onLive()
        rest()
      }
    })
  }

  /** Waits, then asks whether the peer is still there; an error is an answer too. */
  const rest = (): void => {
    cancelTimer()
    if (isOver) return
    cancelTimer = clock.after(PING_EVERY_MS, () => {
      expect()
      const ping: Command = ['ping']
      link.send([ping], rest)
    })
  }

  expect()
  return stop
}

/** Keeps a subscription up, with back-off, until stopped. `onState` hears every change between live and not. */
export function keepSubscribed(
  options: PeerOptions,
  topic: Topic,
  onMessage: SubscriptionEvents['onMessage'],
  onState: (live: boolean) => void,
): () => void {
  const { clock } = options
  let failuresTotal = 0
  let isLive = false
  let isOver = false
  let end = (): void => {}

  const setLive = (live: boolean): void => {
    if (isLive === live) return
    isLive = live
    onState(live)
  }

  const open = (): void => {
    end = subscribe(options, topic, {
      onMessage: (channel, payload) => {
        // The first one may come in one packet with the confirmation, and be told before it.
        setLive(true)
        onMessage(channel, payload)
      },
      onLive: () => {
        failuresTotal = 0
        setLive(true)
      },
      onEnded: () => {
        failuresTotal += 1
        end = clock.after(backoffMs(failuresTotal, clock.random()), open)
        setLive(false)
      },
    })
  }

  open()
  return () => {
    if (isOver) return
    isOver = true
    end()
  }
}
