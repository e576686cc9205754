import { elementsOf, read, textOf, toTextMap, unreadable } from './raw-map.ts'
import type { Parsed, RawReply } from './raw.ts'
import type { SentinelInstance, SentinelMaster, SentinelPeer, SentinelReplica } from './reply-types.ts'
import { integerOf, portOf, readNatural } from './wire-number.ts'

type Fields = ReadonlyMap<string, RawReply>

/**
 * Reads SENTINEL MASTERS, in the order sent. The reply to SENTINEL MASTER, a single map, gives a list of one.
 *
 * One map that cannot be read, or has no name, makes the whole reply unreadable: a shorter list would be a wrong one.
 * Source: `SENTINEL MASTERS`; flat arrays in RESP2, maps in RESP3.
 */
export function parseSentinelMasters(raw: RawReply): Parsed<readonly SentinelMaster[]> {
  return instancesOf(raw, 'master', (fields, instance) => ({
    ...instance,
    ...reportedRole(fields),
    configEpoch: readNatural(fields.get('config-epoch')),
    replicaTotal: readNatural(fields.get('num-slaves')),
    otherSentinelTotal: readNatural(fields.get('num-other-sentinels')),
    quorum: readNatural(fields.get('quorum')),
    failoverTimeoutMs: readNatural(fields.get('failover-timeout')),
    parallelSyncs: readNatural(fields.get('parallel-syncs')),
    failoverState: textOf(fields.get('failover-state')),
  }))
}

/** Reads SENTINEL REPLICAS, in the order sent. Fails as `parseSentinelMasters` does. */
export function parseSentinelReplicas(raw: RawReply): Parsed<readonly SentinelReplica[]> {
  return instancesOf(raw, 'replica', (fields, instance) => {
    const linkDown = integerOf(fields.get('master-link-down-time'))
    const link = fields.get('master-link-status')
    return {
      ...instance,
      ...reportedRole(fields),
      masterLinkDownMs: linkDown !== undefined && linkDown >= 0 ? linkDown : undefined,
      // a thousand times the -1 of the replica's own INFO
      neverConnected: linkDown === -1000,
      masterLink: link === 'ok' ? 'up' : link === 'err' ? 'down' : undefined,
      masterHost: knownHost(fields.get('master-host')),
      masterPort: portOf(fields.get('master-port')),
      priority: readNatural(fields.get('slave-priority')),
      offset: readNatural(fields.get('slave-repl-offset')),
      announced: flagOf(fields.get('replica-announced')),
    }
  })
}

/** Reads SENTINEL SENTINELS (never the one asked), in the order sent. Fails as `parseSentinelMasters` does. */
export function parseSentinelPeers(raw: RawReply): Parsed<readonly SentinelPeer[]> {
  return instancesOf(raw, 'Sentinel', (fields, instance) => {
    const leader = textOf(fields.get('voted-leader'))
    return {
      ...instance,
      lastHelloMs: readNatural(fields.get('last-hello-message')),
      votedLeader: leader === '?' ? undefined : leader,
      votedLeaderEpoch: readNatural(fields.get('voted-leader-epoch')),
    }
  })
}

function instancesOf<T>(
  raw: RawReply,
  kind: string,
  finish: (fields: Fields, instance: SentinelInstance) => T,
): Parsed<readonly T[]> {
  const elements = isOneMap(raw) ? [raw] : elementsOf(raw)
  if (elements === undefined) return unreadable(`an array of ${kind} maps`, raw)
  const instances: T[] = []
  for (const element of elements) {
    const fields = toTextMap(element)
    const name = textOf(fields?.get('name'))
    if (fields === undefined || name === undefined) return unreadable(`a ${kind} map with a name`, element)
    instances.push(finish(fields, instanceOf(fields, name)))
  }
  return read(instances)
}

/** SENTINEL MASTER answers with the map itself: in RESP2 an array whose first element is a text. */
function isOneMap(raw: RawReply): boolean {
  if (typeof raw !== 'object' || raw === null) return false
  const elements = elementsOf(raw)
  return elements === undefined || typeof elements[0] === 'string'
}

function instanceOf(fields: Fields, name: string): SentinelInstance {
  return {
    name,
    host: textOf(fields.get('ip')),
    port: portOf(fields.get('port')),
    runId: textOf(fields.get('runid')),
    flags: flagsOf(fields.get('flags')),
    lastPingSentMs: readNatural(fields.get('last-ping-sent')),
    lastOkPingReplyMs: readNatural(fields.get('last-ok-ping-reply')),
    lastPingReplyMs: readNatural(fields.get('last-ping-reply')),
    sDownMs: readNatural(fields.get('s-down-time')),
    oDownMs: readNatural(fields.get('o-down-time')),
    downAfterMs: readNatural(fields.get('down-after-milliseconds')),
    linkPendingCommands: readNatural(fields.get('link-pending-commands')),
  }
}

function reportedRole(fields: Fields) {
  return {
    infoRefreshMs: readNatural(fields.get('info-refresh')),
    roleReported: textOf(fields.get('role-reported')),
    roleReportedMs: readNatural(fields.get('role-reported-time')),
  }
}

// s_down,slave,disconnected
function flagsOf(raw: RawReply): ReadonlySet<string> {
  const text = textOf(raw)
  return new Set(text === undefined ? [] : text.split(',', 64).filter((flag) => flag !== ''))
}

/** A replica whose INFO was never seen has the master host `?`. */
function knownHost(raw: RawReply): string | undefined {
  const host = textOf(raw)
  return host === '?' ? undefined : host
}

function flagOf(raw: RawReply): boolean | undefined {
  const value = integerOf(raw)
  return value === 1 ? true : value === 0 ? false : undefined
}
