import type { Clock } from '../monitor/ports.ts'

/** How often the journal's stamp is looked at: one `stat` of one file. */
const LOOK_MS = 1000

/** Tells when the journal on disk may have grown, whoever wrote to it. */
export interface JournalWatch {
  /** Begins to look; without effect while it does. It ends by itself when nobody needs it any more. */
  readonly begin: () => void
  /** Idempotent. */
  readonly dispose: () => void
}

/**
 * Looks at the journal's stamp once a second while `isNeeded`, and calls `changed` only when it is another one than before
 * (and once more when it rests): the file itself is not opened to find that out.
 */
export function createJournalWatch(options: {
  readonly clock: Clock
  /** Changes with each write; the same text while there is no file. */
  readonly stamp: () => string
  readonly isNeeded: () => boolean
  /** `since` is when the watch began, epoch ms. */
  readonly changed: (since: number) => void
}): JournalWatch {
  const { clock, stamp, isNeeded, changed } = options
  let stopTimer: (() => void) | undefined
  let isEnded = false
  let isLooking = false
  let since = 0
  let seen: string | undefined
  let wasChanged = false

  const look = (): void => {
    const now = stamp()
    if (!isNeeded()) {
      isLooking = false
      seen = undefined
      wasChanged = false
      return
    }
    const isChanged = seen !== undefined && seen !== now
    // Two writes within one tick of the file system have one stamp: once it rests, one more look makes sure.
    if (isChanged || wasChanged) changed(since)
    seen = now
    wasChanged = isChanged
    stopTimer = clock.after(LOOK_MS, look)
  }

  return {
    begin: () => {
      if (isEnded || isLooking) return
      isLooking = true
      since = clock.now()
      look()
    },
    dispose: () => {
      isEnded = true
      stopTimer?.()
    },
  }
}
