import { formatAddress } from '../domain/address.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import { parseInfoCache } from '../domain/replies/info-cache.ts'
import { parseQuorumCheck } from '../domain/replies/quorum-check.ts'
import type { Parsed, RawReply } from '../domain/replies/raw.ts'
import type { QuorumCheck } from '../domain/replies/reply-types.ts'
import { parseSentinelEvent } from '../domain/replies/sentinel-event.ts'
import { parseSentinelMasters, parseSentinelPeers, parseSentinelReplicas } from '../domain/replies/sentinel-maps.ts'
import type { SentinelReader } from '../monitor/ports.ts'
import { createConnection } from './connection.ts'
import { timingOf } from './data-node-reader.ts'
import type { Reply } from './link.ts'
import type { PeerOptions } from './peer.ts'
import { deniedAmong, failureAmong, parseInfoText, readReply, type Reading } from './read-reply.ts'
import { keepSubscribed } from './subscription.ts'
import { firstWord, isUnknownCommand } from './translate-error.ts'

/** Reads one Sentinel. */
export function createSentinelReader(options: PeerOptions): SentinelReader {
  const at = formatAddress(options.address)
  const connection = createConnection(options)
  const stoppers = new Set<() => void>()
  let isDisposed = false

  return {
    address: options.address,
    overview: async () => {
      const answer = await connection.ask([['SENTINEL', 'MASTERS'], ['SENTINEL', 'MYID'], ['INFO']])
      if (!answer.ok) return answer
      const [mastersReply, idReply, infoReply] = answer.value.replies
      const info = readReply(infoReply, at, 'INFO', parseInfoText)
      const masters = readReply(mastersReply, at, 'SENTINEL MASTERS', parseSentinelMasters)
      if (isNoSentinel(mastersReply) && info.value?.server.mode !== 'sentinel')
        return fail({ kind: 'not-a-sentinel', at })
      const failure = failureAmong([masters, info])
      if (failure !== undefined) return fail(failure)
      // Without the list there is nothing to go on: none would be a lie.
      if (masters.value === undefined) return fail(masters.refusal ?? masters.failure)
      const id = readId(idReply, at)
      return ok({
        ...timingOf(answer.value),
        myId: id?.value,
        masters: masters.value,
        info: info.value,
        notPermitted: deniedAmong([id, info]),
      })
    },
    group: async (name) => {
      const answer = await connection.ask([
        ['SENTINEL', 'REPLICAS', name],
        ['SENTINEL', 'SENTINELS', name],
        ['SENTINEL', 'CKQUORUM', name],
      ])
      if (!answer.ok) return answer
      const [replicasReply, peersReply, quorumReply] = answer.value.replies
      if (isUnknownGroup(replicasReply)) return unknownGroup(name, at)
      if (isNoSentinel(replicasReply)) return fail({ kind: 'not-a-sentinel', at })
      const replicas = readReply(replicasReply, at, 'SENTINEL REPLICAS', parseSentinelReplicas)
      const peers = readReply(peersReply, at, 'SENTINEL SENTINELS', parseSentinelPeers)
      const quorumCheck = readQuorum(quorumReply, at)
      const failure = failureAmong([replicas, peers, quorumCheck])
      if (failure !== undefined) return fail(failure)
      return ok({
        ...timingOf(answer.value),
        replicas: replicas.value,
        peers: peers.value,
        quorumCheck: quorumCheck.value,
        notPermitted: deniedAmong([replicas, peers, quorumCheck]),
      })
    },
    infoCache: async (name) => {
      const answer = await connection.ask([['SENTINEL', 'INFO-CACHE', name]])
      if (!answer.ok) return answer
      const [reply] = answer.value.replies
      if (isUnknownGroup(reply)) return unknownGroup(name, at)
      const cached = readReply(reply, at, 'SENTINEL INFO-CACHE', (raw) => parseInfoCache(raw, answer.value.receivedAt))
      if (cached.value !== undefined) return ok(cached.value)
      return fail(cached.failure ?? cached.refusal)
    },
    events: (onEvent, onState = () => {}) => {
      if (isDisposed) return () => {}
      const stopSubscription = keepSubscribed(
        options,
        ['psubscribe', '*'],
        (channel, payload) => {
          onEvent(parseSentinelEvent(channel, payload))
        },
        onState,
      )
      const stop = (): void => {
        stoppers.delete(stop)
        stopSubscription()
      }
      stoppers.add(stop)
      return stop
    },
    onLost: connection.onLost,
    dispose: () => {
      isDisposed = true
      connection.dispose()
      for (const stop of [...stoppers]) stop()
    },
  }
}

/** MYID came with 6.2: an older Sentinel that does not know it has an id nobody can ask for, and denies nothing. */
function readId(reply: Reply | undefined, at: string): Reading<string> | undefined {
  if (reply !== undefined && 'error' in reply && firstWord(reply.error) === 'ERR') return undefined
  const reading = readReply(reply, at, 'SENTINEL MYID', parseId)
  return reading.failure === undefined ? reading : undefined
}

function parseId(raw: RawReply): Parsed<string> {
  return typeof raw === 'string' && /^[0-9a-f]{40}$/.test(raw)
    ? { ok: true, value: raw }
    : { ok: false, problem: { detail: 'not an id' } }
}

/** NOQUORUM is an error on the wire and an answer to us. */
function readQuorum(reply: Reply | undefined, at: string): Reading<QuorumCheck> {
  const isAnswer = reply !== undefined && 'error' in reply && firstWord(reply.error) === 'NOQUORUM'
  return readReply(isAnswer ? { value: reply.error } : reply, at, 'SENTINEL CKQUORUM', (raw) =>
    parseQuorumCheck(typeof raw === 'string' ? raw : ''),
  )
}

function isNoSentinel(reply: Reply | undefined): boolean {
  return reply !== undefined && 'error' in reply && isUnknownCommand(reply.error)
}

function isUnknownGroup(reply: Reply | undefined): boolean {
  return reply !== undefined && 'error' in reply && /^ERR No such master/i.test(reply.error)
}

function unknownGroup(name: string, at: string): Result<never> {
  return fail({ kind: 'not-found', detail: `${at} monitors no group "${name}"`, known: [] })
}
