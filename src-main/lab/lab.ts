import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatAddress, type Address, type NodeId } from '../domain/address.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import {
  ADMIN_USER,
  dataNodeConfig,
  helloOf,
  idOf,
  sentinelConfig,
  usesTls,
  type DataNodePlan,
  type LabFacts,
  type SentinelPlan,
  type WatchedGroup,
} from './config-files.ts'
import { type GroupPlan, type LabOptions, planGroups, problemWith } from './options.ts'
import { freePorts } from './ports.ts'
import { endProcesses, isRunning, markOf, type ProcessMark, signalProcess, spawnServer } from './processes.ts'
import { answers, followsItsMaster, type Missing, seesGroup } from './readiness.ts'
import { defaultLabRoot, makeLabDir, sweepOrphanedLabs, writeLabRecord } from './record.ts'
import { askOnce, openRespClient, type RespClient, type RespClientOptions, type RespReply } from './resp-client.ts'
import { findServer, type ServerBinary } from './servers.ts'

/** One process of the lab. Its pid changes with a restart; everything else stays. */
export interface LabNode {
  readonly id: NodeId
  readonly name: string
  readonly address: Address
  /** The role it was started in; a failover changes roles, never this. */
  readonly startedAs: 'master' | 'replica' | 'chained' | 'sentinel'
  /** Undefined for a Sentinel. */
  readonly group: string | undefined
  /** Whom it was told to follow at the start. */
  readonly upstream: NodeId | undefined
  readonly dir: string
  readonly configFile: string
  readonly logFile: string
  /** The last process started for it. */
  readonly pid: number
}

export interface LabGroup {
  readonly group: string
  readonly master: LabNode
  readonly replicas: readonly LabNode[]
  readonly chained: readonly LabNode[]
}

/** A deployment of real servers. Whoever starts it calls `down`. */
export interface Lab {
  readonly name: string
  readonly dir: string
  readonly binary: ServerBinary
  readonly groups: readonly LabGroup[]
  readonly sentinels: readonly LabNode[]
  /** Every process, data nodes first. */
  readonly nodes: readonly LabNode[]
  /** How a client that may do everything reaches data nodes, or Sentinels. */
  readonly access: (node: LabNode | NodeId) => RespClientOptions
  /** One command on a connection of its own; an error reply is a value. */
  readonly ask: (node: LabNode | NodeId, ...args: readonly string[]) => Promise<RespReply>
  /** Sends a signal (SIGKILL) and, when it is one that ends, waits until the process is gone. */
  readonly kill: (node: LabNode | NodeId, signal?: NodeJS.Signals) => Promise<void>
  /** SIGSTOP: the sockets stay open and nothing answers. */
  readonly stop: (node: LabNode | NodeId) => void
  readonly cont: (node: LabNode | NodeId) => void
  /** Ends the process when it runs, starts it again from its (rewritten) configuration file, waits until it answers. */
  readonly restart: (node: LabNode | NodeId) => Promise<void>
  /** One more replica, linked up, of a group's master or of any node. */
  readonly addReplica: (of: LabNode | NodeId) => Promise<LabNode>
  readonly isRunning: (node: LabNode | NodeId) => boolean
  /** Ends every process and removes the folder. Idempotent. */
  readonly down: (options?: { readonly keepFolder?: boolean }) => Promise<void>
}

interface Running {
  node: LabNode
  mark: ProcessMark | undefined
}

type Check = (client: RespClient, node: LabNode) => Promise<Missing>

const POLL_MS = 15

/**
 * Starts a deployment and resolves when every link is up and every Sentinel sees all of it. Whatever goes wrong,
 * nothing is left behind. A port that another program took in between starts it anew on other ports.
 */
export async function startLab(options: LabOptions = {}): Promise<Result<Lab>> {
  const problem = problemWith(options)
  if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: `no lab started: ${problem}` })
  const found = options.server === undefined ? await findServer() : ok(options.server)
  if (!found.ok) return found
  const root = options.root ?? defaultLabRoot()
  await sweepOrphanedLabs(root)
  for (let attempt = 1; ; attempt++) {
    const deployment = new Deployment(options, found.value, root)
    try {
      await deployment.start()
      return ok(deployment.lab)
    } catch (error) {
      await deployment.down(false)
      if (options.signal?.aborted === true) return fail({ kind: 'cancelled' })
      if (!(error instanceof NotReady)) throw error
      if (error.isPortTaken && attempt < 4) continue
      return fail({ kind: 'unreachable', at: error.at, cause: 'timeout', stage: 'connect', detail: error.message })
    }
  }
}

/** Labs that end with this process even when nobody calls `down`. */
const owned = new Set<Deployment>()
process.on('exit', () => {
  for (const deployment of owned) deployment.endNow()
})

class NotReady extends Error {
  readonly at: NodeId
  readonly isPortTaken: boolean
  constructor(at: NodeId, message: string, log: string) {
    super(`the lab did not come up: ${message}${log === '' ? '' : `; its log ends: ${log}`}`)
    this.at = at
    this.isPortTaken = /address already in use/i.test(log)
  }
}

class Deployment {
  readonly lab: Lab
  readonly #options: LabOptions
  readonly #facts: LabFacts
  readonly #dir: string
  readonly #groups: readonly GroupPlan[]
  readonly #running = new Map<NodeId, Running>()
  readonly #labGroups: LabGroup[] = []
  #sentinels: readonly LabNode[] = []
  #ended: Promise<void> | undefined

  constructor(options: LabOptions, binary: ServerBinary, root: string) {
    this.#options = options
    this.#groups = planGroups(options)
    this.#dir = makeLabDir(root, options.name ?? 'lab')
    if (options.outlivesParent !== true) owned.add(this)
    this.#facts = {
      binary,
      adminPassword: randomBytes(16).toString('hex'),
      auth: options.auth,
      sentinelAuth: options.sentinelAuth,
      tls: options.tls === undefined ? undefined : { ...options.tls, files: this.#writePem(options.tls) },
    }
    this.lab = this.#api(options.name ?? 'lab', binary)
    this.#record()
  }

  async start(): Promise<void> {
    const { plans, sentinels } = await this.#plan()
    const deadline = performance.now() + (this.#options.readyWithinMs ?? 20_000)
    const say = this.#options.onProgress ?? (() => undefined)
    const startAll = (startedAs: DataNodePlan['startedAs']) =>
      plans.flatMap(({ group, nodes }) =>
        nodes.filter((node) => node.startedAs === startedAs).map((node) => this.#startDataNode(node, group)),
      )
    // Each step waits for what the next one would otherwise retry only a second later.
    say(`starting ${this.#facts.binary.flavour} ${this.#facts.binary.version} in ${this.#dir}`)
    await this.#until(deadline, startAll('master'), answers)
    const replicas = startAll('replica')
    await this.#until(deadline, replicas, followsItsMaster)
    say('replicas are linked up')
    const chained = startAll('chained')
    await Promise.all([
      this.#until(deadline, chained, followsItsMaster),
      this.#startSentinels(deadline, sentinels, plans.map(asWatched)),
    ])
    for (const { group, nodes } of plans) this.#labGroups.push(this.#asGroup(group, nodes))
    say('every Sentinel sees all of it')
  }

  down(keepFolder: boolean): Promise<void> {
    this.#ended ??= this.#end(keepFolder)
    return this.#ended
  }

  /** For the moment when the process ends and nothing can be awaited. */
  endNow(): void {
    for (const { mark } of this.#running.values()) if (mark !== undefined) signalProcess(mark, 'SIGKILL')
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #end(keepFolder: boolean): Promise<void> {
    await endProcesses([...this.#running.values()].flatMap(({ mark }) => (mark === undefined ? [] : [mark])))
    if (!keepFolder) rmSync(this.#dir, { recursive: true, force: true })
    owned.delete(this)
  }

  async #seesAll(client: RespClient): Promise<Missing> {
    for (const group of this.#groups) {
      const missing = await seesGroup(client, group, this.#sentinels.length - 1)
      if (missing !== undefined) return missing
    }
    return undefined
  }

  /** Addresses for every process, chosen in one go. */
  async #plan() {
    const { tls } = this.#options
    const sentinelCount = this.#options.sentinels ?? 3
    const isMixed = tls !== undefined && (tls.on ?? 'both') !== 'both'
    const dataCount = this.#groups.reduce((sum, group) => sum + 1 + group.replicas + group.chained, 0)
    const hosts = Array.from({ length: dataCount + sentinelCount }, (_, i) => this.#hostOf(i))
    const ports = await freePorts(isMixed ? [...hosts, ...hosts.slice(dataCount)] : hosts)
    const addresses = hosts.map((host, i): Address => ({ host, port: ports[i] ?? 0 }))
    let next = 0
    const take = () => addresses[next++] ?? { host: '127.0.0.1', port: 0 }
    const plans = this.#groups.map((group) => ({ group, nodes: this.#planNodes(group, take) }))
    const sentinels = Array.from({ length: sentinelCount }, (_, i): SentinelPlan => {
      const address = take()
      const announced = isMixed ? { host: address.host, port: ports[hosts.length + i] ?? 0 } : address
      const name = `sentinel-${i + 1}`
      return {
        name,
        startedAs: 'sentinel',
        address,
        announced,
        dir: join(this.#dir, name),
        myId: randomBytes(20).toString('hex'),
      }
    })
    return { plans, sentinels }
  }

  #hostOf(index: number): string {
    const host = this.#options.host ?? '127.0.0.1'
    return host === 'own' ? `127.0.0.${index + 2}` : host
  }

  #planNodes(group: GroupPlan, take: () => Address): readonly DataNodePlan[] {
    const master = take()
    const replicas = Array.from({ length: group.replicas }, take)
    const chained = Array.from({ length: group.chained }, take)
    const plan = (startedAs: DataNodePlan['startedAs'], label: string, address: Address, upstream?: Address) => {
      const name = this.#groups.length > 1 ? `${group.group}/${label}` : label
      return { name, startedAs, group: group.group, address, upstream, dir: join(this.#dir, ...name.split('/')) }
    }
    return [
      plan('master', 'master', master),
      ...replicas.map((address, i) => plan('replica', `replica-${i + 1}`, address, master)),
      ...chained.map((address, i) => plan('chained', `chained-${i + 1}`, address, replicas[0])),
    ]
  }

  #asGroup(group: GroupPlan, plans: readonly DataNodePlan[]): LabGroup {
    const nodes = plans.map((plan) => this.#live(idOf(plan)).node)
    const [master] = nodes
    if (master === undefined) throw new Error('a group without a master')
    return {
      group: group.group,
      get master() {
        return master
      },
      replicas: nodes.filter((node) => node.startedAs === 'replica'),
      chained: nodes.filter((node) => node.startedAs === 'chained'),
    }
  }

  #startDataNode(plan: DataNodePlan, group: GroupPlan): LabNode {
    return this.#create(plan, plan.group, plan.upstream, dataNodeConfig(plan, group, this.#facts))
  }

  async #startSentinels(
    deadline: number,
    sentinels: readonly SentinelPlan[],
    groups: readonly WatchedGroup[],
  ): Promise<void> {
    this.#sentinels = sentinels.map((plan) =>
      this.#create(plan, undefined, undefined, sentinelConfig(plan, groups, this.#facts)),
    )
    await this.#until(deadline, this.#sentinels, answers)
    await this.#until(deadline, this.#sentinels, async (client, node) => {
      const peers = sentinels.filter((peer) => idOf(peer) !== node.id)
      const hellos = peers.flatMap((peer) => groups.map((group) => helloOf(peer, group)))
      await Promise.all(hellos.map((hello) => client.ask('PUBLISH', '__sentinel__:hello', hello)))
      return undefined
    })
    await this.#until(deadline, this.#sentinels, (client) => this.#seesAll(client))
  }

  #create(
    plan: DataNodePlan | SentinelPlan,
    group: string | undefined,
    upstream: Address | undefined,
    config: readonly string[],
  ): LabNode {
    const configFile = join(plan.dir, plan.startedAs === 'sentinel' ? 'sentinel.conf' : 'redis.conf')
    mkdirSync(plan.dir, { recursive: true, mode: 0o700 })
    writeFileSync(configFile, `${config.join('\n')}\n`, { mode: 0o600 })
    const running: Running = { mark: undefined, node: undefined as unknown as LabNode }
    running.node = {
      id: idOf(plan),
      name: plan.name,
      address: plan.address,
      startedAs: plan.startedAs,
      group,
      upstream: upstream === undefined ? undefined : formatAddress(upstream),
      dir: plan.dir,
      configFile,
      logFile: join(plan.dir, 'server.log'),
      get pid() {
        return running.mark?.pid ?? 0
      },
    }
    this.#running.set(running.node.id, running)
    this.#spawn(running)
    return running.node
  }

  #spawn(running: Running): void {
    const { node } = running
    const child = spawnServer(this.#facts.binary, {
      configFile: node.configFile,
      asSentinel: node.startedAs === 'sentinel',
      dir: node.dir,
      outputFile: join(node.dir, 'output.log'),
      outlivesParent: this.#options.outlivesParent === true,
    })
    // Without a listener a program that cannot be started would throw; the wait for it says so instead.
    child.on('error', () => undefined)
    running.mark = child.pid === undefined ? undefined : markOf(child.pid)
    this.#record()
  }

  #record(): void {
    writeLabRecord({
      schema: 'repliscope/lab-record@1',
      name: this.#options.name ?? 'lab',
      dir: this.#dir,
      server: `${this.#facts.binary.flavour} ${this.#facts.binary.version}`,
      owner: this.#options.outlivesParent === true ? undefined : markOf(process.pid),
      nodes: [...this.#running.values()].map(({ node, mark }) => {
        const { id, name, startedAs, group, upstream, dir } = node
        return { id, name, startedAs, group, upstream, dir, process: mark }
      }),
    })
  }

  /** Asks each node on a connection of its own, again and again, until nothing is missing. */
  async #until(deadline: number, nodes: readonly LabNode[], check: Check): Promise<void> {
    await Promise.all(nodes.map((node) => this.#untilOne(deadline, node, check)))
  }

  async #untilOne(deadline: number, node: LabNode, check: Check): Promise<void> {
    let client: RespClient | undefined
    let missing: Missing = 'it does not answer'
    try {
      for (;;) {
        this.#options.signal?.throwIfAborted()
        try {
          client ??= await openRespClient(node.address, this.#access(node))
          missing = await check(client, node)
          if (missing === undefined) return
        } catch (error) {
          client?.close()
          client = undefined
          missing = error instanceof Error ? error.message : String(error)
        }
        const hasEnded = !this.#isRunning(node)
        if (hasEnded || performance.now() > deadline)
          throw new NotReady(
            node.id,
            `${node.name}: ${hasEnded ? 'it ended' : missing}`,
            hasEnded ? endOfLog(node) : '',
          )
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    } finally {
      client?.close()
    }
  }

  #access(node: LabNode): RespClientOptions {
    const isSentinel = node.startedAs === 'sentinel'
    const hasAuth = (isSentinel ? this.#facts.sentinelAuth : this.#facts.auth) !== undefined
    return {
      ...(usesTls(this.#facts.tls, isSentinel ? 'sentinels' : 'nodes') ? { tls: this.#options.tls } : {}),
      ...(hasAuth ? { user: ADMIN_USER, password: this.#facts.adminPassword } : {}),
    }
  }

  #writePem(pem: { readonly cert: string; readonly key: string; readonly ca: string }) {
    const write = (name: string, text: string) => {
      writeFileSync(join(this.#dir, name), text, { mode: 0o600 })
      return join(this.#dir, name)
    }
    return { cert: write('tls.crt', pem.cert), key: write('tls.key', pem.key), ca: write('ca.crt', pem.ca) }
  }

  #live(node: LabNode | NodeId): Running {
    const id = typeof node === 'string' ? node : node.id
    const running = this.#running.get(id)
    if (running === undefined) throw new Error(`no node ${id} in this lab`)
    return running
  }

  #isRunning(node: LabNode | NodeId): boolean {
    const { mark } = this.#live(node)
    return mark !== undefined && isRunning(mark)
  }

  async #kill(node: LabNode | NodeId, signal: NodeJS.Signals): Promise<void> {
    const { mark } = this.#live(node)
    if (mark === undefined) return
    signalProcess(mark, signal)
    if (signal === 'SIGKILL') await endProcesses([mark])
    else if (signal === 'SIGTERM' || signal === 'SIGINT') await endProcesses([mark], 10_000)
  }

  async #restart(node: LabNode | NodeId): Promise<void> {
    if (this.#ended !== undefined) throw new Error('this lab has been taken down')
    const running = this.#live(node)
    if (running.mark !== undefined) await endProcesses([running.mark], 10_000)
    this.#spawn(running)
    await this.#until(performance.now() + (this.#options.readyWithinMs ?? 20_000), [running.node], answers)
  }

  async #addReplica(of: LabNode | NodeId): Promise<LabNode> {
    if (this.#ended !== undefined) throw new Error('this lab has been taken down')
    const upstream = this.#live(of).node
    const group = this.#groups.find((one) => one.group === upstream.group)
    if (group === undefined) throw new Error(`${upstream.name} is not a data node`)
    const host = this.#hostOf(this.#running.size)
    const [port = 0] = await freePorts([host])
    const added = [...this.#running.values()].filter(({ node }) => node.name.includes('added-')).length + 1
    const name = `${this.#groups.length > 1 ? `${group.group}/` : ''}added-${added}`
    const startedAs = upstream.startedAs === 'master' ? 'replica' : 'chained'
    const dir = join(this.#dir, ...name.split('/'))
    const plan = {
      name,
      startedAs,
      group: group.group,
      address: { host, port },
      upstream: upstream.address,
      dir,
    } as const
    const node = this.#startDataNode(plan, group)
    await this.#until(performance.now() + (this.#options.readyWithinMs ?? 20_000), [node], followsItsMaster)
    return node
  }

  #api(name: string, binary: ServerBinary): Lab {
    const nodes = () => [...this.#running.values()].map((running) => running.node)
    const sentinels = () => this.#sentinels
    return {
      name,
      dir: this.#dir,
      binary,
      groups: this.#labGroups,
      get sentinels() {
        return sentinels()
      },
      get nodes() {
        return nodes()
      },
      access: (node) => this.#access(this.#live(node).node),
      ask: (node, ...args) => {
        const live = this.#live(node).node
        return askOnce(live.address, this.#access(live), ...args)
      },
      kill: (node, signal = 'SIGKILL') => this.#kill(node, signal),
      stop: (node) => void signalProcess(this.#mark(node), 'SIGSTOP'),
      cont: (node) => void signalProcess(this.#mark(node), 'SIGCONT'),
      restart: (node) => this.#restart(node),
      addReplica: (of) => this.#addReplica(of),
      isRunning: (node) => this.#isRunning(node),
      down: (options) => this.down(options?.keepFolder === true),
    }
  }

  #mark(node: LabNode | NodeId): ProcessMark {
    const { mark } = this.#live(node)
    if (mark === undefined) throw new Error('it never ran')
    return mark
  }
}

function asWatched(of: { readonly group: GroupPlan; readonly nodes: readonly DataNodePlan[] }): WatchedGroup {
  const [master] = of.nodes
  if (master === undefined) throw new Error('a group without a master')
  const replicas = of.nodes.filter((node) => node.startedAs === 'replica').map((node) => node.address)
  return { plan: of.group, master: master.address, replicas }
}

function endOfLog(node: LabNode): string {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return ''
    }
  }
  const lines = `${read(join(node.dir, 'output.log'))}${read(node.logFile)}`.trim().split('\n')
  return lines.slice(-4).join(' | ').slice(-600)
}
