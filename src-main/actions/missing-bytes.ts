import type { InfoReply } from '../domain/replies/info-reply.ts'

/** What a master showed of its writes at one point of its stream. Undefined: not shown. */
export interface WriteMark {
  /** Of the stream; undefined in the section `persistence` alone. */
  readonly offset: number | undefined
  /** `rdb_changes_since_last_save`: moves with every write, and with no PUBLISH, no PING and no key that expires. */
  readonly changes: number | undefined
  /** Epoch milliseconds by the server's clock, in whole seconds. */
  readonly lastSaveAt: number | undefined
  /** Epoch milliseconds by the server's clock. */
  readonly readAt: number | undefined
}

/** Whether writes are among the last bytes of a master, which nobody else has. */
export interface MissingBytes {
  readonly hasWrites: 'no' | 'yes' | 'unknown'
  /** How that is known, or why not. */
  readonly because: string
}

/** A keep-alive PING on the stream: `*1 $4 PING`. No write is as short as that. */
const PING_BYTES = 14
/** `rdb_last_save_time` is whole seconds: within that second another save would not show. */
const SAVE_TIME_UNIT_MS = 1000

/** What one INFO shows. */
export function toWriteMark(info: InfoReply): WriteMark {
  const { persistence, replication, server } = info
  return {
    offset: replication.offset,
    changes: persistence.changesSinceSave,
    lastSaveAt: persistence.lastSaveAt,
    readAt: server.serverTimeUsec === undefined ? undefined : server.serverTimeUsec / 1000,
  }
}

/**
 * What the `bytes` behind the offset `from` are. Sentinels' hellos (PUBLISH) and PINGs go on in a master that refuses writes,
 * and the offset does not tell them from writes: the changes counter does. It is `level` before the bytes began, and `last`
 * when they ended. A save sets the counter back when it ends, so then it says nothing; one that still runs does not.
 */
export function judgeMissing(
  bytes: number,
  from: number,
  level: WriteMark | undefined,
  last: WriteMark | undefined,
): MissingBytes {
  if (bytes === 0) return { hasWrites: 'no', because: 'nothing is missing' }
  if (bytes === PING_BYTES) return { hasWrites: 'no', because: 'one keep-alive PING' }
  if (level?.offset !== undefined && level.changes !== undefined && level.offset > from)
    return unknown('its changes counter was seen too late')
  return judgeWritten(level, last)
}

const unknown = (why: string): MissingBytes => ({
  hasWrites: 'unknown',
  because: `writes or the hellos of Sentinels, which cannot be told: ${why}`,
})

/** Whether a node took writes in between two looks at it, by its changes counter. */
export function judgeWritten(level: WriteMark | undefined, last: WriteMark | undefined): MissingBytes {
  if (level?.offset === undefined || level.changes === undefined)
    return unknown('its changes counter was not seen when all was level')
  if (last?.changes === undefined) return unknown('its changes counter was not seen at its end as master')
  if (level.lastSaveAt === undefined || level.readAt === undefined || last.lastSaveAt === undefined)
    return unknown('its last save is not shown')
  if (last.lastSaveAt !== level.lastSaveAt || level.readAt - level.lastSaveAt < SAVE_TIME_UNIT_MS)
    return unknown('a save may have set its changes counter back meanwhile')
  const changes = last.changes - level.changes
  if (changes < 0) return unknown('its changes counter went back')
  return changes === 0
    ? {
        hasWrites: 'no',
        because: `no client write among them: rdb_changes_since_last_save stood still at ${last.changes} since all was level, and nothing was saved; the hellos of Sentinels, PINGs and expired keys move the offset alone`,
      }
    : {
        hasWrites: 'yes',
        because: `${changes === 1 ? 'up to one change' : `up to ${changes} changes`} among them, by rdb_changes_since_last_save`,
      }
}
