import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
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
import { mountDisk, unmountDisks, whyNoDisks } from './disks.ts'
import { FaultControl } from './faults/fault-control.ts'
import type { Lab, LabGroup, LabNode } from './lab-model.ts'
import { LabNetwork } from './network.ts'
import { type GroupPlan, type LabOptions, planGroups } from './options.ts'
import { type Check, NotReady, type Patience, untilNothingIsMissing } from './patience.ts'
import { asWatched, chooseEndpoints, type Endpoint, planDeployment } from './plan.ts'
import { ProcessTable } from './process-table.ts'
import { markOf } from './processes.ts'
import { answers, followsItsMaster, type Missing, seesGroup } from './readiness.ts'
import { makeLabDir, writeLabRecord } from './record.ts'
import { askOnce, type RespClient, type RespClientOptions } from './resp-client.ts'
import type { ServerBinary } from './servers.ts'
import { chooseWhereabouts, type Whereabouts } from './whereabouts.ts'

const READY_WITHIN_MS = 20_000

/** Labs that end with this process even when nobody calls `down`. */
const owned = new Set<Deployment>()
process.on('exit', () => {
  for (const deployment of owned) deployment.endNow()
})

/** What stands behind one `Lab`: its processes, relay, disks, folder and record, put up and taken down in order. */
export class Deployment {
  readonly lab: Lab
  readonly #options: LabOptions
  readonly #facts: LabFacts
  readonly #dir: string
  readonly #groups: readonly GroupPlan[]
  readonly #processes: ProcessTable
  readonly #faults: FaultControl
  readonly #mounts: string[] = []
  readonly #whyNoDisks: string | undefined
  readonly #labGroups: LabGroup[] = []
  #where: Whereabouts | undefined
  #network: LabNetwork | undefined
  /** Resolves when who dials the node reaches its process; of nodes without a relay there is none. */
  readonly #opened = new Map<NodeId, Promise<void>>()
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
    this.#whyNoDisks = (options.disks ?? options.relay) === true ? whyNoDisks() : 'this lab was started without disks'
    this.#processes = this.#processTable(binary)
    this.#faults = this.#faultControl()
    this.lab = this.#api(options.name ?? 'lab', binary)
    this.#record()
  }

  async start(): Promise<void> {
    this.#where = await chooseWhereabouts(this.#options)
    if (this.#where.isRelayed) this.#network = new LabNetwork()
    const plan = await planDeployment(this.#options, this.#groups, this.#dir, this.#where)
    const { groups: plans, sentinels } = plan
    const deadline = performance.now() + (this.#options.readyWithinMs ?? READY_WITHIN_MS)
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
    this.#processes.killNow()
    unmountDisks(this.#mounts)
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #end(keepFolder: boolean): Promise<void> {
    await this.#processes.end()
    await this.#network?.dispose()
    unmountDisks(this.#mounts)
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
    const nodes = plans.map((plan) => this.#processes.find(idOf(plan)))
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
    const dataDir = this.#whyNoDisks === undefined ? this.#makeDisk(plan) : plan.dir
    const config = dataNodeConfig({ ...plan, dataDir }, group, this.#facts)
    return this.#create(plan, { group: plan.group, upstream: plan.upstream, dataDir }, config, [
      { announced: plan.address, direct: plan.direct },
    ])
  }

  /** A folder instead, where root may not mount either (a container without the capability). */
  #makeDisk(plan: DataNodePlan): string {
    const dataDir = join(plan.dir, 'data')
    if (mountDisk(dataDir) === undefined) this.#mounts.push(dataDir)
    return dataDir
  }

  async #startSentinels(
    deadline: number,
    sentinels: readonly SentinelPlan[],
    groups: readonly WatchedGroup[],
  ): Promise<void> {
    this.#sentinels = sentinels.map((plan) =>
      this.#create(
        plan,
        { group: undefined, upstream: undefined, dataDir: plan.dir },
        sentinelConfig(plan, groups, this.#facts),
        [
          { announced: plan.address, direct: plan.direct },
          ...(plan.forPeers.direct.port === plan.direct.port ? [] : [plan.forPeers]),
        ],
      ),
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
    facts: {
      readonly group: string | undefined
      readonly upstream: Address | undefined
      readonly dataDir: string
    },
    config: readonly string[],
    ports: readonly Endpoint[],
  ): LabNode {
    const { name, address, direct, startedAs, dir } = plan
    const upstream = facts.upstream === undefined ? undefined : formatAddress(facts.upstream)
    // Known to the relay before its process makes the first call.
    this.#network?.register(idOf(plan), ports)
    return this.#processes.create({ ...facts, id: idOf(plan), name, address, direct, startedAs, upstream, dir }, config)
  }

  #processTable(binary: ServerBinary): ProcessTable {
    return new ProcessTable({
      binary,
      outlivesParent: this.#options.outlivesParent === true,
      superviseDelayMs: this.#options.supervise?.delayMs,
      readyWithinMs: this.#options.readyWithinMs ?? READY_WITHIN_MS,
      untilItAnswers: (node, deadline) => this.#until(deadline, [node], answers),
      onSpawned: (node) => {
        const mark = this.#processes.mark(node)
        const isAwaited = () =>
          this.#ended === undefined && this.#processes.mark(node) === mark && this.#isRunning(node)
        const opened = this.#network?.openWhenItListens(node.id, isAwaited)
        if (opened !== undefined) this.#opened.set(node.id, opened)
        // Whoever waits for the node hears of it.
        opened?.catch(() => undefined)
        this.#record()
      },
      onStarted: (node) => this.#faults.hasStarted(node.id),
      onEnded: (node) => {
        this.#network?.shut(node.id)
        this.#faults.hasEnded(node.id)
      },
    })
  }

  #record(): void {
    writeLabRecord({
      schema: 'repliscope/lab-record@1',
      name: this.#options.name ?? 'lab',
      dir: this.#dir,
      ...(this.#options.purpose === undefined ? {} : { purpose: this.#options.purpose }),
      server: `${this.#facts.binary.flavour} ${this.#facts.binary.version}`,
      owner: this.#options.outlivesParent === true ? undefined : markOf(process.pid),
      nodes: this.#processes.nodes.map((node) => {
        const { id, name, startedAs, group, upstream, dir } = node
        return { id, name, startedAs, group, upstream, dir, process: this.#processes.mark(node) }
      }),
      mounts: this.#mounts,
    })
  }

  async #until(deadline: number, nodes: readonly LabNode[], check: Check): Promise<void> {
    const patience: Patience = {
      deadline,
      access: (node) => this.#access(node),
      isRunning: (node) => this.#isRunning(node),
      signal: this.#options.signal,
    }
    await Promise.all(
      nodes.map(async (node) => {
        await untilNothingIsMissing(node, check, patience)
        await this.#untilOpened(node)
      }),
    )
  }

  async #untilOpened({ id, name }: LabNode): Promise<void> {
    try {
      await this.#opened.get(id)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new NotReady(id, `${name}: the relay cannot take its port`, message)
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

  #isRunning(node: LabNode | NodeId): boolean {
    return this.#processes.isRunning(node)
  }

  async #addReplica(of: LabNode | NodeId): Promise<LabNode> {
    if (this.#ended !== undefined || this.#where === undefined) throw new Error('this lab has been taken down')
    const upstream = this.#processes.find(of)
    const group = this.#groups.find((one) => one.group === upstream.group)
    if (group === undefined) throw new Error(`${upstream.name} is not a data node`)
    const host = this.#where.hostOf(this.#processes.nodes.length)
    const [endpoint] = await chooseEndpoints([host], this.#options, this.#where)
    if (endpoint === undefined) throw new Error('no endpoint')
    const added = this.#processes.nodes.filter((node) => node.name.includes('added-')).length + 1
    const name = `${this.#groups.length > 1 ? `${group.group}/` : ''}added-${added}`
    const plan = {
      name,
      startedAs: upstream.startedAs === 'master' ? 'replica' : 'chained',
      group: group.group,
      address: endpoint.announced,
      direct: endpoint.direct,
      upstream: upstream.address,
      dir: join(this.#dir, ...name.split('/')),
    } as const
    const node = this.#startDataNode(plan, group)
    const deadline = performance.now() + (this.#options.readyWithinMs ?? READY_WITHIN_MS)
    await this.#until(deadline, [node], followsItsMaster)
    return node
  }

  #faultControl(): FaultControl {
    return new FaultControl({
      processes: this.#processes,
      ask: (node, args, timeoutMs = 2000) => askOnce(node.direct, { ...this.#access(node), timeoutMs }, ...args),
      rules: () => this.#network?.rules,
      whyNoRelay: () => this.#where?.whyNoRelay,
      diskOf: (node) => (this.#mounts.includes(node.dataDir) ? node.dataDir : undefined),
      whyNoDisks: () =>
        this.#whyNoDisks ?? (this.#mounts.length === 0 ? 'mounting a small disk failed on this machine' : undefined),
      isDown: () => this.#ended !== undefined,
    })
  }

  #api(name: string, binary: ServerBinary): Lab {
    const processes = this.#processes
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
        return processes.nodes
      },
      access: (node) => this.#access(processes.find(node)),
      ask: (node, ...args) => {
        const found = processes.find(node)
        return askOnce(found.direct, this.#access(found), ...args)
      },
      kill: (node, signal = 'SIGKILL') => processes.kill(node, signal),
      stop: (node) => processes.signal(node, 'SIGSTOP'),
      cont: (node) => processes.signal(node, 'SIGCONT'),
      restart: (node) => processes.restart(node),
      addReplica: (of) => this.#addReplica(of),
      isRunning: (node) => processes.isRunning(node),
      break: (fault) => this.#faults.break(fault),
      heal: (id) => this.#faults.heal(id),
      faults: () => this.#faults.list(),
      onFaults: (listener) => this.#faults.onChange(listener),
      faultCatalogue: () => this.#faults.catalogue(),
      down: (options) => this.down(options?.keepFolder === true),
    }
  }
}
