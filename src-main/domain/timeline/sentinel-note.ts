import type { Address, NodeId } from '../address.ts'
import { portOf } from '../replies/wire-number.ts'
import type { SentinelEvent } from '../replies/reply-types.ts'
import type { TimelineNote } from './model.ts'

/** What a Sentinel published, as a note. `idOf` names a process by any address of it. */
export function sentinelNote(
  event: SentinelEvent,
  by: NodeId,
  at: number,
  idOf: (address: Address) => NodeId,
): TimelineNote {
  const address = subjectOf(event)
  const node = address === undefined ? undefined : idOf(address)
  return {
    at,
    kind: 'sentinel',
    node,
    what: event.channel,
    detail: event.payload,
    by,
    // Votes are counted in the payload (`#quorum 3/2`), so Sentinels word one thing differently.
    key: `sentinel ${event.channel} ${node ?? withoutVotes(event.payload)}`,
  }
}

/**
 * The process that an event is about: the instance it names first, or the new master of +switch-master; undefined for events
 * about the Sentinel itself (+tilt, +new-epoch).
 */
export function subjectOf({ payload, switched }: SentinelEvent): Address | undefined {
  if (switched !== undefined) return switched.to
  // slave 10.0.0.6:6379 10.0.0.6 6379 @ orders 10.0.0.5 6379
  // master orders 10.0.0.5 6379 #quorum 2/2
  const words = payload.split(' ')
  const [type = '', , host = ''] = words
  const port = portOf(words[3])
  if (!/^(master|slave|sentinel)$/.test(type) || host === '' || port === undefined) return undefined
  return { host, port }
}

function withoutVotes(payload: string): string {
  return payload.replace(/ #quorum .*$/, '')
}
