import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Address } from '../domain/address.ts'
import type { DataNodePlan, SentinelPlan, WatchedGroup } from './config-files.ts'
import type { GroupPlan, LabOptions } from './options.ts'
import { freePorts, quietPorts } from './ports.ts'
import type { Whereabouts } from './whereabouts.ts'

/** The data nodes of one group, its master first. */
export interface GroupNodes {
  readonly group: GroupPlan
  readonly nodes: readonly DataNodePlan[]
}

/** A port as it is announced, and where the process listens; the same where there is no relay. */
export interface Endpoint {
  readonly announced: Address
  readonly direct: Address
}

/** Names, folders and addresses for every process of a lab, its ports chosen in one go. */
export async function planDeployment(
  options: LabOptions,
  groups: readonly GroupPlan[],
  labDir: string,
  where: Whereabouts,
): Promise<{ readonly groups: readonly GroupNodes[]; readonly sentinels: readonly SentinelPlan[] }> {
  const sentinelCount = options.sentinels ?? 3
  // Where only one side speaks TLS a Sentinel has two ports: one for clients, one for the nodes and its peers.
  const hasTwoPorts = options.tls !== undefined && (options.tls.on ?? 'both') !== 'both'
  const dataCount = groups.reduce((sum, group) => sum + 1 + group.replicas + group.chained, 0)
  const hosts = Array.from({ length: dataCount + sentinelCount }, (_, i) => where.hostOf(i))
  const endpoints = await chooseEndpoints(hasTwoPorts ? [...hosts, ...hosts.slice(dataCount)] : hosts, options, where)
  const forPeers = endpoints.slice(hosts.length)
  let next = 0
  const take = (count: number) => endpoints.slice(next, (next += count))
  const planned = groups.map((group) => ({
    group,
    nodes: planNodes(group, take(1 + group.replicas + group.chained), labDir, groups.length > 1),
  }))
  const sentinels = take(sentinelCount).map((forClients, i): SentinelPlan => {
    const name = `sentinel-${i + 1}`
    return {
      name,
      startedAs: 'sentinel',
      address: forClients.announced,
      direct: forClients.direct,
      forPeers: forPeers[i] ?? forClients,
      dir: join(labDir, name),
      myId: randomBytes(20).toString('hex'),
    }
  })
  return { groups: planned, sentinels }
}

/** Free ports on these hosts; behind a relay two for each. */
export async function chooseEndpoints(
  hosts: readonly string[],
  options: LabOptions,
  { isRelayed }: Whereabouts,
): Promise<readonly Endpoint[]> {
  const ports = isRelayed
    ? await quietPorts([...hosts, ...hosts], options.ports)
    : await freePorts(hosts, options.ports)
  return hosts.map((host, i) => {
    const announced = { host, port: ports[i] ?? 0 }
    return { announced, direct: isRelayed ? { host, port: ports[hosts.length + i] ?? 0 } : announced }
  })
}

/** A group as its Sentinels are told of it: its direct replicas only, as its master would list them. */
export function asWatched({ group, nodes }: GroupNodes): WatchedGroup {
  const [master] = nodes
  if (master === undefined) throw new Error('a group without a master')
  const replicas = nodes.filter((node) => node.startedAs === 'replica').map((node) => node.address)
  return { plan: group, master: master.address, replicas }
}

function planNodes(
  group: GroupPlan,
  endpoints: readonly Endpoint[],
  labDir: string,
  isOneOfSeveral: boolean,
): readonly DataNodePlan[] {
  const [master] = endpoints
  const replicas = endpoints.slice(1, 1 + group.replicas)
  const chained = endpoints.slice(1 + group.replicas)
  const plan = (startedAs: DataNodePlan['startedAs'], label: string, at: Endpoint, upstream?: Endpoint) => {
    const name = isOneOfSeveral ? `${group.group}/${label}` : label
    return {
      name,
      startedAs,
      group: group.group,
      address: at.announced,
      direct: at.direct,
      upstream: upstream?.announced,
      dir: join(labDir, ...name.split('/')),
    }
  }
  return [
    ...(master === undefined ? [] : [plan('master', 'master', master)]),
    ...replicas.map((at, i) => plan('replica', `replica-${i + 1}`, at, master)),
    ...chained.map((at, i) => plan('chained', `chained-${i + 1}`, at, replicas[0])),
  ]
}
