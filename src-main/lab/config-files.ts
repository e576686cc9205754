import { formatAddress, sameAddress, type Address, type NodeId } from '../domain/address.ts'
import type { GroupPlan, LabAuth, LabTls } from './options.ts'
import { isAtLeast, type ServerBinary } from './servers.ts'

/** The lab's own administrator, beside whatever users the options make. */
export const ADMIN_USER = 'lab-admin'

/** What every process of one lab shares. */
export interface LabFacts {
  readonly binary: ServerBinary
  readonly adminPassword: string
  readonly auth: LabAuth | undefined
  readonly sentinelAuth: LabAuth | undefined
  readonly tls:
    (LabTls & { readonly files: { readonly cert: string; readonly key: string; readonly ca: string } }) | undefined
}

export interface DataNodePlan {
  /** `master`, `replica-1`, `chained-1`; with several groups the group's name and a slash before it. */
  readonly name: string
  readonly startedAs: 'master' | 'replica' | 'chained'
  readonly group: string
  /** What it announces. */
  readonly address: Address
  /** Where it listens. */
  readonly direct: Address
  readonly dir: string
  readonly upstream: Address | undefined
}

export interface SentinelPlan {
  readonly name: string
  readonly startedAs: 'sentinel'
  /** Where clients go, and where it listens for them. */
  readonly address: Address
  readonly direct: Address
  /** The same for the other Sentinels; another port where only one side speaks TLS. */
  readonly forPeers: { readonly announced: Address; readonly direct: Address }
  readonly dir: string
  readonly myId: string
}

/** A group as the Sentinels are told of it. */
export interface WatchedGroup {
  readonly plan: GroupPlan
  readonly master: Address
  readonly replicas: readonly Address[]
}

export function usesTls(tls: LabTls | undefined, whom: 'nodes' | 'sentinels'): boolean {
  return tls !== undefined && (tls.on ?? 'both') !== (whom === 'nodes' ? 'sentinels' : 'nodes')
}

/** The configuration file of a data node, one directive an element. */
export function dataNodeConfig(
  node: DataNodePlan & { readonly dataDir: string },
  group: GroupPlan,
  lab: LabFacts,
): readonly string[] {
  return [
    ...common(node.direct, node.dir, node.dataDir, lab),
    ...listen(node.direct.port, undefined, usesTls(lab.tls, 'nodes'), lab),
    ...(sameAddress(node.address, node.direct)
      ? []
      : [`replica-announce-ip ${node.address.host}`, `replica-announce-port ${node.address.port}`]),
    ...access(lab.auth, lab),
    ...(lab.auth === undefined ? [] : [`masteruser ${ADMIN_USER}`, `masterauth ${lab.adminPassword}`]),
    ...PERSISTENCE[group.persistence],
    'repl-diskless-sync yes',
    'repl-diskless-sync-delay 0',
    // DEBUG SLEEP and its like are what a lab is for.
    ...(isAtLeast(lab.binary, 7) ? ['shutdown-timeout 0', 'enable-debug-command local'] : []),
    ...(node.upstream === undefined ? [] : [`replicaof ${node.upstream.host} ${node.upstream.port}`]),
    ...directives(group.set),
    ...directives(group.setNode[node.name.slice(node.name.indexOf('/') + 1)] ?? {}),
  ]
}

/** The configuration file of a Sentinel that knows its masters and replicas; its peers it learns by `helloOf`. */
export function sentinelConfig(
  sentinel: SentinelPlan,
  groups: readonly WatchedGroup[],
  lab: LabFacts,
): readonly string[] {
  const { direct, forPeers } = sentinel
  const other = direct.port === forPeers.direct.port ? undefined : forPeers.direct.port
  return [
    ...common(direct, sentinel.dir, sentinel.dir, lab),
    ...listen(direct.port, other, usesTls(lab.tls, 'sentinels'), lab),
    ...access(lab.sentinelAuth, lab),
    ...(sameAddress(forPeers.announced, forPeers.direct)
      ? []
      : [`sentinel announce-ip ${forPeers.announced.host}`, `sentinel announce-port ${forPeers.announced.port}`]),
    `sentinel myid ${sentinel.myId}`,
    ...(lab.sentinelAuth === undefined
      ? []
      : [`sentinel sentinel-user ${ADMIN_USER}`, `sentinel sentinel-pass ${lab.adminPassword}`]),
    ...groups.flatMap(({ plan, master, replicas }) => [
      `sentinel monitor ${plan.group} ${master.host} ${master.port} ${plan.quorum}`,
      `sentinel down-after-milliseconds ${plan.group} ${plan.downAfterMs}`,
      `sentinel failover-timeout ${plan.group} ${plan.failoverTimeoutMs}`,
      ...(lab.auth === undefined
        ? []
        : [`sentinel auth-user ${plan.group} ${ADMIN_USER}`, `sentinel auth-pass ${plan.group} ${lab.adminPassword}`]),
      ...Object.entries(plan.sentinelSet).map(([key, value]) => `sentinel ${key} ${plan.group} ${value}`),
      ...replicas.map((at) => `sentinel known-replica ${plan.group} ${at.host} ${at.port}`),
    ]),
  ]
}

/**
 * The message by which a Sentinel makes itself known for one group. Sentinels say it themselves after two seconds; the
 * lab says it for them once all of them listen. In their files instead, each would first find its peers refusing, and
 * try again only after a second.
 */
export function helloOf(sentinel: SentinelPlan, { plan, master }: WatchedGroup): string {
  const { myId } = sentinel
  const { announced } = sentinel.forPeers
  return [announced.host, announced.port, myId, 0, plan.group, master.host, master.port, 0].join(',')
}

/** The id under which a node is named everywhere. */
export function idOf(plan: { readonly address: Address }): NodeId {
  return formatAddress(plan.address)
}

function common(address: Address, dir: string, dataDir: string, lab: LabFacts): readonly string[] {
  return [
    `bind ${address.host}`,
    // Without it a node on 127.0.0.3 would call its master from 127.0.0.1, and be listed there.
    ...(isAtLeast(lab.binary, 7) ? [`bind-source-addr ${address.host}`] : []),
    'protected-mode no',
    'daemonize no',
    'tcp-backlog 128',
    `dir "${dataDir}"`,
    `logfile "${dir}/server.log"`,
  ]
}

function listen(port: number, other: number | undefined, tlsFirst: boolean, lab: LabFacts): readonly string[] {
  if (lab.tls === undefined) return [`port ${port}`]
  if (!tlsFirst && other === undefined) return [`port ${port}`]
  const { files, authClients } = lab.tls
  return [
    `port ${tlsFirst ? (other ?? 0) : port}`,
    `tls-port ${tlsFirst ? port : (other ?? 0)}`,
    `tls-cert-file "${files.cert}"`,
    `tls-key-file "${files.key}"`,
    `tls-ca-cert-file "${files.ca}"`,
    `tls-auth-clients ${authClients ?? 'no'}`,
    `tls-replication ${usesTls(lab.tls, 'nodes') ? 'yes' : 'no'}`,
  ]
}

function access(auth: LabAuth | undefined, lab: LabFacts): readonly string[] {
  if (auth === undefined) return []
  const channels = isAtLeast(lab.binary, 6, 2) ? ' &*' : ''
  return [
    ...(auth.password === undefined ? [] : [`requirepass ${auth.password}`]),
    `user ${ADMIN_USER} on >${lab.adminPassword} ~*${channels} +@all`,
    ...(auth.users ?? []).map((rules) => `user ${rules}`),
  ]
}

function directives(set: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(set).map(([key, value]) => `${key} ${value === '' ? '""' : value}`)
}

const PERSISTENCE = {
  none: ['save ""', 'appendonly no'],
  rdb: ['save 3600 1 300 100 60 10000', 'appendonly no'],
  aof: ['save ""', 'appendonly yes', 'appendfsync everysec'],
} as const
