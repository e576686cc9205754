import { formatAddress, type NodeId } from '../address.ts'
import type { Failure } from '../failure.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import type {
  ConfigReply,
  QuorumCheck,
  RoleReply,
  SentinelMaster,
  SentinelPeer,
  SentinelReplica,
} from '../replies/reply-types.ts'
import type { Facts } from './model.ts'

/** One data node, read for an action on a connection of the action's own. Absent parts could not be read. */
export interface ObservedServer {
  readonly node: NodeId
  readonly failure: Failure | undefined
  readonly info: InfoReply | undefined
  readonly role: RoleReply | undefined
  readonly config: ConfigReply | undefined
  /** Names of its ordinary clients, ours left out; undefined when not permitted. */
  readonly clientNames: readonly string[] | undefined
}

/** One Sentinel and its view of the group. */
export interface ObservedSentinel {
  readonly node: NodeId
  readonly failure: Failure | undefined
  readonly myId: string | undefined
  readonly master: SentinelMaster | undefined
  readonly replicas: readonly SentinelReplica[] | undefined
  readonly peers: readonly SentinelPeer[] | undefined
  readonly quorumCheck: QuorumCheck | undefined
}

/** All that was read at once. `at` is epoch ms. */
export interface Observed {
  readonly at: number
  readonly servers: ReadonlyMap<NodeId, ObservedServer>
  readonly sentinels: ReadonlyMap<NodeId, ObservedSentinel>
}

/** Every fact that a plan can rely on. What could not be read is absent. Nothing here grows by itself: no offset, no age. */
export function factsOf(observed: Observed): Facts {
  const facts: Record<string, string> = {}
  const put = (key: string, value: string | number | undefined): void => {
    if (value !== undefined) facts[key] = String(value)
  }
  for (const [node, server] of observed.servers) {
    const { info, role, config } = server
    put(`server:${node}:run-id`, info?.server.runId)
    put(`server:${node}:role`, role?.role ?? info?.replication.role)
    put(`server:${node}:replid`, info?.replication.replid)
    if (info?.replication.role === 'replica') {
      const { masterHost, masterPort, masterLink } = info.replication
      if (masterHost !== undefined && masterPort !== undefined)
        put(`server:${node}:follows`, formatAddress({ host: masterHost, port: masterPort }))
      put(`server:${node}:link`, masterLink)
    }
    for (const [key, value] of config ?? []) put(`server:${node}:config:${key}`, value)
  }
  for (const [node, sentinel] of observed.sentinels) {
    const { master } = sentinel
    put(`sentinel:${node}:id`, sentinel.myId)
    if (master?.host !== undefined && master.port !== undefined)
      put(`sentinel:${node}:master`, formatAddress({ host: master.host, port: master.port }))
    put(`sentinel:${node}:config-epoch`, master?.configEpoch)
    if (master !== undefined)
      put(`sentinel:${node}:failover`, master.flags.has('failover_in_progress') ? 'under way' : 'none')
  }
  return facts
}

/** The facts whose key begins with one of the prefixes. */
export function factsAbout(facts: Facts, prefixes: readonly string[]): Facts {
  return Object.fromEntries(
    Object.entries(facts).filter(([key]) => prefixes.some((prefix) => key === prefix || key.startsWith(prefix))),
  )
}
