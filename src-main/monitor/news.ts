import type { SentinelTrack } from './sentinel-track.ts'
import type { ServerTrack } from './server-track.ts'

/** What about a node decides who belongs to whom: when it changes, the roster is decided anew. */
export function structureKey(track: ServerTrack): string {
  const replication = track.direct?.info.replication
  return [
    track.failure?.kind ?? 'up',
    track.direct?.info.server.runId,
    replication?.role,
    replication?.masterHost,
    replication?.masterPort,
    replication?.masterLink,
    replication?.replicas.map((line) => `${line.host}/${line.port ?? ''}/${line.state ?? ''}`).join(),
  ].join('|')
}

/** What a Sentinel says of one group (of itself, for the empty name) that is worth a picture of its own when it changes. */
export function opinionOf(track: SentinelTrack, name: string): string {
  if (name === '') return [track.failure?.kind ?? 'up', track.overview?.myId, track.isSettled].join('|')
  const master = track.overview?.masters.find((one) => one.name === name)
  const answer = track.groups.get(name)
  const one = (instance: {
    readonly host: string | undefined
    readonly port: number | undefined
    readonly runId: string | undefined
    readonly flags: ReadonlySet<string>
  }) => `${instance.host ?? ''}:${instance.port ?? ''} ${instance.runId ?? ''} ${[...instance.flags].join()}`
  return [
    master === undefined ? '' : one(master),
    master?.configEpoch,
    master?.quorum,
    master?.failoverState,
    ...(answer?.replicas ?? []).map(one),
    ...(answer?.peers ?? []).map(one),
  ].join('|')
}
