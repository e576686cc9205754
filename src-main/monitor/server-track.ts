import { type Address, formatAddress, type NodeId } from '../domain/address.ts'
import type { Failure, Result } from '../domain/failure.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import { readConfigFile } from '../domain/replies/config-file.ts'
import { mergeInfo } from '../domain/replies/merge-info.ts'
import type { ConfigReply, ReplicaClient, RoleReply } from '../domain/replies/reply-types.ts'
import type { DirectAnswer } from '../domain/topology/facts.ts'
import type { NodeAccess } from '../domain/topology/model.ts'
import { LoadAccount } from './load-account.ts'
import type { Clock, Connector, DataNodeReader, ReplicationAnswer, Timing } from './ports.ts'

const DENIED_AGAIN_MS = 10 * 60_000

/** Which question to put: the fast, the medium or the slow tier. */
export type Tier = 'replication' | 'vitals' | 'settings'

/** What was refused, by when it is asked again. */
type Denied = Tier | 'role' | 'clients' | 'hello'

const NONE: readonly ReplicaClient[] = []

/** One data node under watch: the connection that asks it, its last good answers and its present trouble. */
export class ServerTrack {
  /** Changes when somebody announces another address for the same process. */
  id: NodeId
  readonly address: Address
  readonly aliases = new Set<NodeId>()
  readonly load: LoadAccount
  direct: DirectAnswer | undefined
  config: ConfigReply | undefined
  configAt: number | undefined
  replicaClients: readonly ReplicaClient[] | undefined
  access: NodeAccess | undefined
  /** What its configuration file says, where it lies on this machine. */
  configFile: ConfigReply | undefined
  failure: Failure | undefined
  lastSeenAt: number | undefined
  rttMs: number | undefined
  isSettled = false
  vitalsAt: number | undefined
  settingsAskedAt: number | undefined
  /** Commands this user may not run there. */
  notPermitted: readonly string[] = []
  /** It is dialled at another address than the one announced. */
  readonly isNatMapped: boolean
  /** Since when nobody lists it; kept by the session. */
  lostSince: number | undefined
  private readonly denied = new Map<Denied, readonly string[]>()
  /** When to try again what was denied: asking at every tick would only fill the server's ACL LOG. */
  private clientsAgainAt = 0
  private readonly connector: Connector
  private readonly reader: DataNodeReader
  private readonly clock: Clock
  private readonly hooks: ServerHooks
  private readonly pending = new Map<Tier, Promise<void>>()
  private readonly stopLost: () => void
  private isDisposed = false

  constructor(address: Address, connector: Connector, clock: Clock, hooks: ServerHooks) {
    this.id = formatAddress(address)
    this.address = address
    this.clock = clock
    this.hooks = hooks
    this.connector = connector
    this.load = new LoadAccount(clock.now())
    this.isNatMapped = formatAddress(connector.reachable(address)) !== formatAddress(address)
    this.reader = connector.dataNode(address)
    this.stopLost = this.reader.onLost(() => {
      this.hooks.onLost(this)
    })
  }

  /** What was refused outside the tiers. */
  noteDenied(what: 'hello', commands: readonly string[]): void {
    this.deny(what, commands)
  }

  private deny(what: Denied, commands: readonly string[]): void {
    if (commands.length === 0 && !this.isDenied(what)) return
    this.denied.set(what, commands)
    this.notPermitted = [...new Set([...this.denied.values()].flat())].sort()
  }

  private isDenied(what: Denied): boolean {
    return (this.denied.get(what)?.length ?? 0) > 0
  }

  /** An answer is still awaited: asking again would only queue behind it. */
  get isBusy(): boolean {
    return this.pending.has('replication') || this.pending.has('vitals')
  }

  /** Puts one question; settles when it is answered or failed. A question of the same tier under way is joined. */
  ask(tier: Tier): Promise<void> {
    if (this.isDisposed) return Promise.resolve()
    const under = this.pending.get(tier)
    if (under !== undefined) return under
    const run = (tier === 'settings' ? this.askSettings() : this.askState(tier)).finally(() => {
      this.pending.delete(tier)
    })
    this.pending.set(tier, run)
    return run
  }

  private async askState(tier: 'replication' | 'vitals'): Promise<void> {
    const before = this.direct?.info.replication
    // INFO says what ROLE would, but for the stages of a link that is down.
    const role = before?.role !== 'master' && before?.masterLink !== 'up'
    let isFollowed = before?.connectedReplicas !== 0
    if (tier === 'replication') {
      const answer = await this.reader.replication(role)
      // Who is sent everything takes over what this node holds now: keys counted seconds ago would mislead.
      if (!answer.ok || this.isDisposed || !feeds(answer.value.info) || feeds(this.direct?.info)) {
        this.take(tier, answer, role)
        return
      }
      isFollowed = true
    }
    const also = {
      role: role || this.isDenied('role'),
      // Where nobody is attached there is nothing to list.
      replicaClients: this.clock.now() >= this.clientsAgainAt && (isFollowed || this.isDenied('clients')),
    }
    const keysBefore = keyTotal(this.direct?.info)
    const answer = await this.reader.vitals(also)
    if (answer.ok) {
      this.vitalsAt = answer.value.receivedAt
      if (also.replicaClients) {
        const denied = answer.value.notPermitted.filter((command) => command === 'CLIENT LIST')
        this.replicaClients = answer.value.replicaClients
        this.deny('clients', denied)
        if (denied.length > 0) this.clientsAgainAt = answer.value.receivedAt + DENIED_AGAIN_MS
      } else if (!this.isDenied('clients')) {
        this.replicaClients = answer.value.info.replication.connectedReplicas === 0 ? NONE : undefined
      }
    }
    this.take('vitals', answer, also.role)
    // Whether somebody flushed is in the commandstats, and after a collapse of keys that cannot wait for the slow tier.
    if (hasCollapsed(keysBefore, keyTotal(this.direct?.info))) this.settingsAskedAt = undefined
  }

  private take(tier: Tier, answer: Result<ReplicationAnswer>, withRole: boolean): void {
    if (this.isDisposed) return
    this.isSettled = true
    if (!answer.ok) {
      this.failure = answer.failure
      this.hooks.onAnswer(this, undefined)
      return
    }
    const { info, role, notPermitted, ...timing } = answer.value
    this.failure = undefined
    this.load.record(timing)
    this.lastSeenAt = timing.receivedAt
    this.rttMs = timing.receivedAt - timing.sentAt
    this.deny(
      tier,
      notPermitted.filter((command) => command !== 'ROLE' && command !== 'CLIENT LIST'),
    )
    if (withRole)
      this.deny(
        'role',
        notPermitted.filter((command) => command === 'ROLE'),
      )
    const merged = mergeInfo(this.direct?.info, info)
    this.direct = {
      info: merged,
      role: role ?? roleOf(info),
      sentAt: timing.sentAt,
      receivedAt: timing.receivedAt,
    }
    this.hooks.onAnswer(this, timing)
  }

  private async askSettings(): Promise<void> {
    this.settingsAskedAt = this.clock.now()
    const answer = await this.reader.settings()
    if (this.isDisposed || !answer.ok) return
    this.load.record(answer.value)
    this.load.recordServerTime(answer.value.commandStats, answer.value.receivedAt)
    this.deny('settings', answer.value.notPermitted)
    this.access = answer.value.access
    if (answer.value.config === undefined) this.settingsAskedAt = this.clock.now() + DENIED_AGAIN_MS
    if (this.direct !== undefined && answer.value.commandStats !== undefined) {
      this.direct = { ...this.direct, info: { ...this.direct.info, commands: answer.value.commandStats } }
    }
    this.config = keptConfig(this.config, answer.value.config)
    this.configAt = answer.value.receivedAt
    await this.readConfigFile()
  }

  private async readConfigFile(): Promise<void> {
    const { configFile: path, processId } = this.direct?.info.server ?? {}
    if (this.connector.configFile === undefined || path === undefined || path === '' || processId === undefined) return
    const text = await this.connector.configFile(this.connector.reachable(this.address), path, processId)
    this.configFile = text === undefined ? undefined : readConfigFile(text)
  }

  dispose(): void {
    if (this.isDisposed) return
    this.isDisposed = true
    this.stopLost()
    this.reader.dispose()
  }
}

/** What a track tells its session. */
export interface ServerHooks {
  /** After every answer; without a timing when the question failed. */
  readonly onAnswer: (track: ServerTrack, timing: Timing | undefined) => void
  readonly onLost: (track: ServerTrack) => void
}

/** INFO says what ROLE would, but for the stages of a link that is down: those stay unknown until ROLE is asked. */
function roleOf(info: InfoReply): RoleReply | undefined {
  const { role, offset } = info.replication
  return role === 'master' ? { role, offset, replicas: [] } : undefined
}

/** The object of before where nothing in it changed: what was concluded from it is remembered by it. */
function keptConfig(before: ConfigReply | undefined, fresh: ConfigReply | undefined): ConfigReply | undefined {
  if (before === undefined || fresh === undefined || before.size !== fresh.size) return fresh
  for (const [name, value] of fresh) if (before.get(name) !== value) return fresh
  return before
}

/** Whether a replica is being sent the whole dataset. */
function feeds(info: InfoReply | undefined): boolean {
  return info?.replication.replicas.some(({ state }) => state === 'wait_bgsave' || state === 'send_bulk') === true
}

/** Keys of all databases; undefined before the first time they were counted. */
function keyTotal(info: InfoReply | undefined): number | undefined {
  return info?.keyspace?.reduce((sum, db) => sum + (db.keys ?? 0), 0)
}

/** So few are left of so many that a person would ask what happened. */
function hasCollapsed(before: number | undefined, now: number | undefined): boolean {
  return before !== undefined && now !== undefined && before > 0 && now <= before / 10
}
