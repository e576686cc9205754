import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Address } from '../domain/address.ts'
import type { DataNodePlan, SentinelPlan, WatchedGroup } from './config-files.ts'
import type { GroupPlan, LabOptions } from './options.ts'
import { freePorts } from './ports.ts'

/** The data nodes of one group, its master first. */
export interface GroupNodes {
  readonly group: GroupPlan
  readonly nodes: readonly DataNodePlan[]
}

/** Names, folders and addresses for every process of a lab, its ports chosen in one go. */
export async function planDeployment(
  options: LabOptions,
  groups: readonly GroupPlan[],
  labDir: string,
): Promise<{ readonly groups: readonly GroupNodes[]; readonly sentinels: readonly SentinelPlan[] }> {
  const sentinelCount = options.sentinels ?? 3
  // Where only one side speaks TLS a Sentinel has two ports: one for clients, one for the nodes and its peers.
  const hasTwoPorts = options.tls !== undefined && (options.tls.on ?? 'both') !== 'both'
  const dataCount = groups.reduce((sum, group) => sum + 1 + group.replicas + group.chained, 0)
  const hosts = Array.from({ length: dataCount + sentinelCount }, (_, i) => hostOf(options, i))
  const ports = await freePorts(hasTwoPorts ? [...hosts, ...hosts.slice(dataCount)] : hosts)
  const addresses = hosts.map((host, i) => ({ host, port: ports[i] ?? 0 }))
  const secondPorts = ports.slice(hosts.length)
  let next = 0
  const take = (count: number) => addresses.slice(next, (next += count))
  const planned = groups.map((group) => ({
    group,
    nodes: planNodes(group, take(1 + group.replicas + group.chained), labDir, groups.length > 1),
  }))
  const sentinels = take(sentinelCount).map((address, i): SentinelPlan => {
    const name = `sentinel-${i + 1}`
    const announced = { ...address, port: secondPorts[i] ?? address.port }
    const myId = randomBytes(20).toString('hex')
    return { name, startedAs: 'sentinel', address, announced, dir: join(labDir, name), myId }
  })
  return { groups: planned, sentinels }
}

/** The host of the process with this index: all on one, or each on its own. */
export function hostOf(options: LabOptions, index: number): string {
  const host = options.host ?? '127.0.0.1'
  return host === 'own' ? `127.0.0.${index + 2}` : host
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
  addresses: readonly Address[],
  labDir: string,
  isOneOfSeveral: boolean,
): readonly DataNodePlan[] {
  const [master] = addresses
  const replicas = addresses.slice(1, 1 + group.replicas)
  const chained = addresses.slice(1 + group.replicas)
  const plan = (startedAs: DataNodePlan['startedAs'], label: string, address: Address, upstream?: Address) => {
    const name = isOneOfSeveral ? `${group.group}/${label}` : label
    return { name, startedAs, group: group.group, address, upstream, dir: join(labDir, ...name.split('/')) }
  }
  return [
    ...(master === undefined ? [] : [plan('master', 'master', master)]),
    ...replicas.map((address, i) => plan('replica', `replica-${i + 1}`, address, master)),
    ...chained.map((address, i) => plan('chained', `chained-${i + 1}`, address, replicas[0])),
  ]
}
