import type { InfoReply } from '../../../replies/info-reply.ts'

/** Keys of all databases and how many of them expire. */
export interface KeyCount {
  readonly keys: number
  readonly expires: number
}

/** Undefined when the keyspace section was not sent, or a number in it was not readable. */
export function keyCount(info: InfoReply): KeyCount | undefined {
  return info.keyspace?.reduce<KeyCount | undefined>(
    (sum, db) =>
      sum === undefined || db.keys === undefined || db.expires === undefined
        ? undefined
        : { keys: sum.keys + db.keys, expires: sum.expires + db.expires },
    { keys: 0, expires: 0 },
  )
}

/** Bytes that count against `maxmemory`: replica buffers and the AOF buffer do not. */
export function countedBytes(info: InfoReply): number | undefined {
  const { usedBytes, notCountedForEvictBytes } = info.memory
  return usedBytes === undefined ? undefined : Math.max(0, usedBytes - (notCountedForEvictBytes ?? 0))
}
