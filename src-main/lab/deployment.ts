import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatAddress, type Address, type NodeId } from '../domain/address.ts'
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
import { FaultControl } from './faults/fault-control.ts'
import type { Lab, LabGroup, LabNode } from './lab-model.ts'
import { type GroupPlan, type LabOptions, planGroups } from './options.ts'
import { type Check, NotReady, type Patience, untilNothingIsMissing } from './patience.ts'
import { asWatched, hostOf, planDeployment } from './plan.ts'
import { freePorts } from './ports.ts'
import { endProcesses, isRunning, markOf, type ProcessMark, signalProcess, spawnServer } from './processes.ts'
import { answers, followsItsMaster, type Missing, seesGroup } from './readiness.ts'
import { makeLabDir, writeLabRecord } from './record.ts'
import { askOnce, type RespClient, type RespClientOptions } from './resp-client.ts'
import type { ServerBinary } from './servers.ts'

interface Running {
  node: LabNode
  mark: ProcessMark | undefined
}

/** Before a port that is taken is tried again. */
const PORT_TAKEN_MS = 100

/** Labs that end with this process even when nobody calls `down`. */
const owned = new Set<Deployment>()
process.on('exit', () => {
  for (const deployment of owned) deployment.endNow()
})

/** The live processes behind one `Lab`, and the only one that starts, signals and ends them. */
export class Deployment {
  readonly lab: Lab
  readonly #options: LabOptions
  readonly #facts: LabFacts
  readonly #dir: string
  readonly #groups: readonly GroupPlan[]
  readonly #running = new Map<NodeId, Running>()
  readonly #labGroups: LabGroup[] = []
  readonly #faults: FaultControl
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
    this.#faults = this.#faultControl()
    this.lab = this.#api(options.name ?? 'lab', binary)
    this.#record()
  }

  async start(): Promise<void> {
    const { groups: plans, sentinels } = await planDeployment(this.#options, this.#groups, this.#dir)
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
      direct: plan.address,
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

  async #until(deadline: number, nodes: readonly LabNode[], check: Check): Promise<void> {
    const patience: Patience = {
      deadline,
      access: (node) => this.#access(node),
      isRunning: (node) => this.#isRunning(node),
      signal: this.#options.signal,
    }
    await Promise.all(nodes.map((node) => untilNothingIsMissing(node, check, patience)))
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
    const deadline = performance.now() + (this.#options.readyWithinMs ?? 20_000)
    for (;;) {
      if (running.mark !== undefined) await endProcesses([running.mark], 10_000)
      this.#spawn(running)
      try {
        await this.#until(deadline, [running.node], answers)
        this.#faults.hasStarted(running.node.id)
        return
      } catch (error) {
        // While it was down, somebody's outgoing connection may have got its port for a moment.
        if (!(error instanceof NotReady) || !error.isPortTaken || performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, PORT_TAKEN_MS))
      }
    }
  }

  async #addReplica(of: LabNode | NodeId): Promise<LabNode> {
    if (this.#ended !== undefined) throw new Error('this lab has been taken down')
    const upstream = this.#live(of).node
    const group = this.#groups.find((one) => one.group === upstream.group)
    if (group === undefined) throw new Error(`${upstream.name} is not a data node`)
    const host = hostOf(this.#options, this.#running.size)
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

  #faultControl(): FaultControl {
    return new FaultControl({
      nodes: () => [...this.#running.values()].map(({ node }) => node),
      isRunning: (node) => this.#isRunning(node),
      ask: (node, ...args) => askOnce(node.direct, this.#access(node), ...args),
      freeze: (node) => void signalProcess(this.#mark(node), 'SIGSTOP'),
      thaw: (node) => void signalProcess(this.#mark(node), 'SIGCONT'),
      kill: (node) => this.#kill(node, 'SIGKILL'),
      stop: (node) => this.#kill(node, 'SIGTERM'),
      start: (node) => this.#restart(node),
      unavailable: (kind) => (['kill', 'stop', 'freeze', 'start'].includes(kind) ? undefined : 'this lab has no relay'),
    })
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
        return askOnce(live.direct, this.#access(live), ...args)
      },
      kill: (node, signal = 'SIGKILL') => this.#kill(node, signal),
      stop: (node) => void signalProcess(this.#mark(node), 'SIGSTOP'),
      cont: (node) => void signalProcess(this.#mark(node), 'SIGCONT'),
      restart: (node) => this.#restart(node),
      addReplica: (of) => this.#addReplica(of),
      isRunning: (node) => this.#isRunning(node),
      break: (fault) => this.#faults.break(fault),
      heal: (id) => this.#faults.heal(id),
      faults: () => this.#faults.list(),
      onFaults: (listener) => this.#faults.onChange(listener),
      faultCatalogue: () => this.#faults.catalogue(),
      down: (options) => this.down(options?.keepFolder === true),
    }
  }

  #mark(node: LabNode | NodeId): ProcessMark {
    const { mark } = this.#live(node)
    if (mark === undefined) throw new Error('it never ran')
    return mark
  }
}
