import type { NodeId } from '../domain/address.ts'
import type { GroupFacts, SentinelProcessFacts, ServerFacts } from '../domain/topology/facts.ts'
import type { RosterGroup } from '../domain/topology/roster.ts'
import type { Directory } from './directory.ts'
import type { Connector } from './ports.ts'
import type { SentinelCache } from './sentinel-cache.ts'
import type { SentinelTrack } from './sentinel-track.ts'
import type { ServerTrack } from './server-track.ts'

/** Where the facts of a group lie. */
export interface FactSources {
  readonly directory: Directory
  readonly cache: SentinelCache
  readonly connector: Connector
}

/** Everything known of one group's processes at this moment, ready to be joined into a picture. */
export function gatherFacts(
  group: RosterGroup,
  sources: FactSources,
  moment: { readonly now: number; readonly staleAfterMs: number; readonly previousMaster: NodeId | undefined },
): GroupFacts {
  const { directory } = sources
  const servers = group.members.flatMap((id) => directory.servers.get(directory.canonical(id)) ?? [])
  const sentinels = group.sentinels.flatMap((id) => directory.sentinels.get(directory.canonical(id)) ?? [])
  return {
    name: group.name,
    isNamedBySentinel: group.isNamedBySentinel,
    now: moment.now,
    staleAfterMs: moment.staleAfterMs,
    resolve: (host, port) => directory.resolve(host, port),
    previousMaster: moment.previousMaster === undefined ? undefined : directory.canonical(moment.previousMaster),
    servers: servers.map((track) => serverFacts(track, group, sources)),
    sentinels: sentinels.map(sentinelFacts),
    views: sentinels.map((track) => directory.viewOf(track, group.name)),
  }
}

function serverFacts(
  track: ServerTrack,
  group: RosterGroup,
  { directory, cache, connector }: FactSources,
): ServerFacts {
  const memory = directory.memoryOf(track)
  return {
    id: track.id,
    aliases: [...track.aliases],
    direct: track.direct,
    cached: cache.of(group.name, track.id),
    failure: track.failure,
    lastSeenAt: track.lastSeenAt,
    rttMs: track.rttMs,
    config: track.config,
    configFile: track.configFile,
    access: track.access,
    replicaClients: track.replicaClients,
    notPermitted: track.notPermitted,
    samples: memory.samples,
    replicaSamples: memory.replicaSamples,
    ages: memory.ages,
    writeRate: memory.writeRate,
    earlier: memory.earlier,
    isNatMapped: track.isNatMapped,
    isTls: connector.isTls,
  }
}

function sentinelFacts(track: SentinelTrack): SentinelProcessFacts {
  const { overview, info } = track
  return {
    id: track.id,
    aliases: [...track.aliases],
    info,
    facts:
      overview === undefined
        ? undefined
        : { myId: overview.myId, tilt: info?.sentinel?.tilt, groups: overview.masters.map((master) => master.name) },
    failure: track.failure,
    lastSeenAt: track.lastSeenAt,
    rttMs: track.rttMs,
    notPermitted: track.notPermitted,
  }
}
