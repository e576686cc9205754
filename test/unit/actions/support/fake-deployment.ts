import type { ActionDialler, ActionLine, ActionReply, Sent } from '../../../../src-main/actions/ports.ts'
import { fail, ok } from '../../../../src-main/domain/failure.ts'
import { isChanging } from '../../../../src-main/domain/plans/command-words.ts'
import type { CommandWords, PeerKind } from '../../../../src-main/domain/plans/model.ts'
import type { AutoClock } from './auto-clock.ts'

export interface FakeServer {
  readonly node: string
  runId: string
  role: 'master' | 'replica'
  follows: string | undefined
  replid: string
  secondOffset: number
  offset: number
  readonly config: Map<string, string>
  clientNames: string[]
  isUp: boolean
  isPaused: boolean
  /** Keys by database. */
  dbs: Map<number, number>
  /** How often it saved, and carried out a flush. */
  saves: number
  /** Written since it saved. */
  changes: number
  flushes: number
  syncFull: number
  syncPartialOk: number
  /** After SHUTDOWN somebody starts it again so much later; undefined: nobody does. */
  startsAfterMs: number | undefined
  /** What it gets when it is back. */
  resyncs: 'partial' | 'full'
}

export interface FakeSentinel {
  readonly node: string
  readonly myId: string
  master: string
  epoch: number
  isFailingOver: boolean
  /** Whom it has told to be master in the failover under way; undefined: nobody yet. */
  promoted: string | undefined
  isUp: boolean
}

/** What happens to one command instead of an ordinary answer. */
export type Fault =
  /** Carried out, and the answer never comes. */
  | 'lose-answer'
  /** Not carried out, and no answer comes. */
  | 'lose-command'
  /** Refused with an error. */
  | 'refuse'
  /** The connection closes before the command is read. */
  | 'close'

/** One command that a fake server carried out or was sent. */
export interface Received {
  readonly node: string
  readonly command: CommandWords
}

/**
 * A group of servers that exists in memory: one master, replicas that follow it, Sentinels that promote and tell. `fault` is
 * asked about each command that changes something; `onCommand` may change the world at any point.
 */
export class FakeDeployment {
  readonly servers = new Map<string, FakeServer>()
  readonly sentinels = new Map<string, FakeSentinel>()
  /** Every changing command that arrived, in order, carried out or not. */
  readonly received: Received[] = []
  fault: (node: string, command: CommandWords, index: number) => Fault | undefined = () => undefined
  onCommand: (node: string, command: CommandWords) => void = () => undefined
  /** How long a process takes to answer; beyond the time-out the commands are never read. */
  delay: (node: string, command: CommandWords) => number = () => 0
  promotes: string | undefined
  readonly clock: AutoClock

  constructor(clock: AutoClock, options: { readonly replicas?: number; readonly sentinels?: number } = {}) {
    this.clock = clock
    const names = ['m:1', ...Array.from({ length: options.replicas ?? 2 }, (_, i) => `r:${i + 1}`)]
    for (const [i, node] of names.entries())
      this.servers.set(node, {
        node,
        runId: String(i).repeat(40),
        role: i === 0 ? 'master' : 'replica',
        follows: i === 0 ? undefined : 'm:1',
        replid: 'a'.repeat(40),
        secondOffset: -1,
        offset: 1000,
        config: new Map([
          ['min-replicas-to-write', '0'],
          ['min-replicas-max-lag', '10'],
          ['replica-priority', '100'],
          ['appendonly', 'no'],
          ['save', '3600 1'],
          ['maxmemory', '0'],
        ]),
        clientNames: ['app'],
        isUp: true,
        isPaused: false,
        dbs: new Map([[0, 1000]]),
        saves: 0,
        changes: 0,
        flushes: 0,
        syncFull: 0,
        syncPartialOk: 0,
        startsAfterMs: 500,
        resyncs: 'partial',
      })
    for (let i = 1; i <= (options.sentinels ?? 3); i++)
      this.sentinels.set(`s:${i}`, {
        node: `s:${i}`,
        myId: String(i).repeat(40),
        master: 'm:1',
        epoch: 0,
        isFailingOver: false,
        promoted: undefined,
        isUp: true,
      })
  }

  server(node: string): FakeServer {
    const server = this.servers.get(node)
    if (server === undefined) throw new Error(`no fake server ${node}`)
    return server
  }

  /** Every changing command that arrived, as text. */
  texts(): readonly string[] {
    return this.received.map(({ node, command }) => `${node} ${command.join(' ')}`)
  }

  dialler(): ActionDialler {
    return {
      open: (node, peer, name) => {
        const isUp = peer === 'server' ? this.servers.get(node)?.isUp : this.sentinels.get(node)?.isUp
        if (isUp !== true)
          return Promise.resolve(
            fail({ kind: 'unreachable', at: node, cause: 'refused', stage: 'connect', detail: '' }),
          )
        if (peer === 'server') this.server(node).clientNames.push(name)
        return Promise.resolve(ok(this.line(node, peer)))
      },
      dispose: () => undefined,
    }
  }

  private line(node: string, peer: PeerKind): ActionLine {
    let isOpen = true
    const process = peer === 'server' ? this.server(node).runId : ''
    return {
      node,
      isOpen: () => isOpen,
      close: () => {
        isOpen = false
      },
      send: async (commands, timeoutMs): Promise<Sent> => {
        const closed = { kind: 'unreachable', at: node, cause: 'closed', stage: 'command', detail: '' } as const
        if (!isOpen) return { state: 'not-sent', failure: closed }
        const sentAt = this.clock.now()
        const delayMs = Math.max(0, ...commands.map((command) => this.delay(node, command)))
        if (delayMs >= timeoutMs) {
          await this.pass(timeoutMs)
          isOpen = false
          return { state: 'unknown', failure: { ...closed, cause: 'timeout' }, replies: [], isClosed: false }
        }
        await this.pass(1 + delayMs)
        const replies: ActionReply[] = []
        const isUp = (): boolean =>
          peer === 'server'
            ? this.server(node).isUp && this.server(node).runId === process
            : this.sentinels.get(node)?.isUp === true
        for (const command of commands) {
          if (isChanging(command)) this.received.push({ node, command })
          this.onCommand(node, command)
          const fault = isChanging(command) ? this.fault(node, command, this.received.length) : undefined
          if (fault === 'close' || !isUp()) {
            isOpen = false
            return { state: 'unknown', failure: closed, replies, isClosed: true }
          }
          if (command[0] === 'SHUTDOWN' && fault === undefined) {
            this.shutDown(this.server(node))
            isOpen = false
            return { state: 'unknown', failure: closed, replies, isClosed: true }
          }
          if (fault === 'refuse') replies.push({ error: 'ERR refused for the test' })
          else if (fault !== 'lose-command') replies.push(this.answer(node, peer, command))
          if (fault === 'lose-answer' || fault === 'lose-command') {
            isOpen = false
            await this.pass(timeoutMs)
            const failure = { ...closed, cause: 'timeout' } as const
            return { state: 'unknown', failure, replies: replies.slice(0, -1), isClosed: false }
          }
        }
        return {
          state: 'answered',
          replies: this.joinTransaction(commands, replies),
          sentAt,
          receivedAt: this.clock.now(),
        }
      },
    }
  }

  /** What was queued in MULTI is answered by EXEC. */
  private joinTransaction(commands: readonly CommandWords[], replies: readonly ActionReply[]): readonly ActionReply[] {
    if (commands[0]?.[0] !== 'MULTI') return replies
    const inner = replies.slice(1, -1).map((reply) => ('error' in reply ? { error: reply.error } : reply.value))
    return [...replies.slice(0, -1), { value: inner }]
  }

  private pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  private answer(node: string, peer: PeerKind, command: CommandWords): ActionReply {
    if (command[0] === 'ACL' && command[1] === 'WHOAMI') return { value: 'default' }
    return peer === 'server' ? this.answerServer(this.server(node), command) : this.answerSentinel(node, command)
  }

  private answerServer(server: FakeServer, [name, ...args]: CommandWords): ActionReply {
    const OK = { value: 'OK' }
    switch (name) {
      case 'ROLE':
        return server.role === 'master'
          ? { value: ['master', String(server.offset), []] }
          : { value: ['slave', ...(server.follows ?? 'x:0').split(':'), 'connected', String(server.offset)] }
      case 'INFO':
        return { value: args[0] === 'commandstats' ? statsOf(server) : this.infoOf(server) }
      case 'BGSAVE':
        server.saves += 1
        server.changes = 0
        return { value: 'Background saving started' }
      case 'SHUTDOWN':
        this.shutDown(server)
        return OK
      case 'FLUSHALL':
        this.flush(server)
        return OK
      case 'CONFIG':
        return this.answerConfig(server, args)
      case 'CLIENT':
        if (args[0] === 'LIST')
          return { value: server.clientNames.map((one) => `id=1 addr=x name=${one} age=1`).join('\n') }
        if (args[0] === 'PAUSE') {
          server.isPaused = true
          void this.pass(Number(args[1])).then(() => (server.isPaused = false))
        }
        if (args[0] === 'UNPAUSE') server.isPaused = false
        return OK
      case 'REPLICAOF':
        this.follow(server, `${args[0] ?? ''}:${args[1] ?? ''}`)
        return OK
      default:
        return OK
    }
  }

  private answerConfig(server: FakeServer, [verb, ...rest]: readonly string[]): ActionReply {
    if (verb === 'GET') {
      const value = server.config.get(rest[0] ?? '')
      return { value: value === undefined ? [] : [rest[0] ?? '', value] }
    }
    for (let i = 0; i + 1 < rest.length; i += 2) server.config.set(rest[i] ?? '', rest[i + 1] ?? '')
    return { value: 'OK' }
  }

  private answerSentinel(node: string, [name, verb = '']: CommandWords): ActionReply {
    if (name === 'ROLE') return { value: ['sentinel', ['g']] }
    const sentinel = this.sentinels.get(node)
    if (sentinel === undefined) return { error: 'ERR gone' }
    const [host = '', port = ''] = sentinel.master.split(':')
    switch (verb) {
      case 'MYID':
        return { value: sentinel.myId }
      case 'MASTER':
        return {
          value: [
            'name',
            'g',
            'ip',
            host,
            'port',
            port,
            'flags',
            sentinel.isFailingOver ? 'master,failover_in_progress' : 'master',
            'config-epoch',
            String(sentinel.epoch),
            'quorum',
            '2',
            'num-other-sentinels',
            '2',
            'down-after-milliseconds',
            '5000',
            'failover-timeout',
            '10000',
            'role-reported-time',
            '900000',
          ],
        }
      case 'REPLICAS':
        return {
          value: [...this.servers.values()]
            .filter((one) => one.node !== sentinel.master)
            .map((one) => [
              'name',
              one.node,
              'ip',
              one.node.split(':')[0] ?? '',
              'port',
              one.node.split(':')[1] ?? '',
              'flags',
              sentinel.promoted === one.node ? 'slave,promoted' : 'slave',
              'slave-priority',
              one.config.get('replica-priority') ?? '100',
              'runid',
              one.runId,
            ]),
        }
      case 'GET-MASTER-ADDR-BY-NAME':
        return { value: [host, port] }
      case 'SENTINELS':
        return { value: [] }
      case 'CKQUORUM':
        return { value: 'OK 3 usable Sentinels. Quorum and failover authorization can be reached' }
      case 'FAILOVER':
        if (sentinel.isFailingOver) return { error: 'INPROG Failover already in progress' }
        void this.failOver(sentinel)
        return { value: 'OK' }
      default:
        return { value: 'OK' }
    }
  }

  /**
   * As a Sentinel does it: some 200 ms to the promotion; when it sees that its choice is master, it tells its peers, who
   * then drop what they had begun themselves.
   */
  async failOver(by: FakeSentinel, choice = this.promotes): Promise<void> {
    by.isFailingOver = true
    await this.pass(200)
    const replicas = [...this.servers.values()].filter((one) => one.role === 'replica' && one.isUp)
    const winner = replicas.find((one) => one.node === choice) ?? replicas[0]
    if (winner !== undefined) {
      by.promoted = winner.node
      winner.role = 'master'
      winner.follows = undefined
      winner.secondOffset = winner.offset + 1
      winner.replid = 'b'.repeat(40)
      await this.pass(300)
      if (by.isFailingOver && winner.role === 'master') {
        for (const other of replicas) if (other !== winner) this.follow(other, winner.node)
        for (const sentinel of this.sentinels.values()) {
          sentinel.master = winner.node
          sentinel.epoch += 1
          sentinel.isFailingOver = false
          sentinel.promoted = undefined
        }
      }
    }
    by.isFailingOver = false
    by.promoted = undefined
  }

  /** As it is replicated: at once, and everywhere. */
  private flush(server: FakeServer): void {
    server.dbs = new Map()
    server.flushes += 1
    for (const other of this.servers.values()) if (other.follows === server.node) this.flush(other)
  }

  /** The process ends; somebody starts another one, which follows again. */
  private shutDown(server: FakeServer): void {
    server.isUp = false
    if (server.startsAfterMs === undefined) return
    void this.pass(server.startsAfterMs).then(() => {
      server.runId = `${server.runId.slice(0, -2)}${String(this.received.length).padStart(2, '0')}`
      server.isUp = true
      const upstream = this.servers.get(server.follows ?? '')
      if (upstream === undefined) return
      if (server.resyncs === 'partial') upstream.syncPartialOk += 1
      else upstream.syncFull += 1
    })
  }

  private follow(server: FakeServer, whom: string): void {
    server.role = 'replica'
    server.follows = whom
    server.replid = this.servers.get(whom)?.replid ?? server.replid
  }

  private infoOf(server: FakeServer): string {
    const follows = server.follows?.split(':') ?? []
    const replicas = [...this.servers.values()].filter((one) => one.follows === server.node && one.isUp)
    return [
      '# Server',
      'redis_version:7.0.15',
      `run_id:${server.runId}`,
      'config_file:/etc/redis.conf',
      `server_time_usec:${this.clock.now() * 1000}`,
      '# Clients',
      'connected_clients:3',
      'blocked_clients:0',
      '# Persistence',
      'loading:0',
      `rdb_changes_since_last_save:${server.changes}`,
      'rdb_bgsave_in_progress:0',
      'rdb_last_bgsave_status:ok',
      `rdb_last_save_time:${1_750_000_000 + server.saves}`,
      `rdb_saves:${server.saves}`,
      'aof_enabled:0',
      'aof_rewrite_in_progress:0',
      '# Stats',
      `sync_full:${server.syncFull}`,
      `sync_partial_ok:${server.syncPartialOk}`,
      '# Replication',
      `role:${server.role === 'master' ? 'master' : 'slave'}`,
      ...(server.role === 'master'
        ? [
            `connected_slaves:${replicas.length}`,
            ...replicas.map(
              (one, i) =>
                `slave${i}:ip=${one.node.split(':')[0] ?? ''},port=${one.node.split(':')[1] ?? ''},state=online,offset=${one.offset},lag=0`,
            ),
          ]
        : [
            `master_host:${follows[0] ?? ''}`,
            `master_port:${follows[1] ?? ''}`,
            'master_link_status:up',
            `slave_repl_offset:${server.offset}`,
            `slave_priority:${server.config.get('replica-priority') ?? '100'}`,
          ]),
      `master_replid:${server.replid}`,
      `master_repl_offset:${server.offset}`,
      `second_repl_offset:${server.secondOffset}`,
      'repl_backlog_active:1',
      'repl_backlog_size:1048576',
      'repl_backlog_first_byte_offset:1',
      `repl_backlog_histlen:${server.offset}`,
      '# Keyspace',
      ...[...server.dbs].map(([db, keys]) => `db${db}:keys=${keys},expires=0,avg_ttl=0`),
      '',
    ].join('\r\n')
  }
}

function statsOf({ flushes }: FakeServer): string {
  return `# Commandstats\r\ncmdstat_flushall:calls=${flushes},usec=1,usec_per_call=1.00\r\n`
}
