import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../domain/address.ts'
import type { LabNode } from './lab-model.ts'
import { NotReady } from './patience.ts'
import { endProcesses, isRunning, markOf, type ProcessMark, signalProcess, spawnServer } from './processes.ts'
import type { ServerBinary } from './servers.ts'

export interface ProcessTableOptions {
  readonly binary: ServerBinary
  readonly outlivesParent: boolean
  /** Undefined: what ends stays down. */
  readonly superviseDelayMs: number | undefined
  /** For a process that is started again. */
  readonly readyWithinMs: number
  /** Resolves when the process answers; rejects with NotReady. */
  readonly untilItAnswers: (node: LabNode, deadline: number) => Promise<void>
  readonly onSpawned: (node: LabNode) => void
  readonly onStarted: (node: LabNode) => void
  readonly onEnded: (node: LabNode) => void
}

interface Slot {
  readonly node: LabNode
  mark: ProcessMark | undefined
  /** Stopped on purpose: supervision leaves it alone. */
  isHeld: boolean
  revival: NodeJS.Timeout | undefined
  /** A start under way; the next one waits for it. */
  starting: Promise<void> | undefined
}

/** Before a port that is taken is tried again. */
const PORT_TAKEN_MS = 100

/** The processes of one lab: the only place that starts, signals, supervises and ends them. */
export class ProcessTable {
  readonly #options: ProcessTableOptions
  readonly #slots = new Map<NodeId, Slot>()
  #isEnding = false

  constructor(options: ProcessTableOptions) {
    this.#options = options
  }

  get nodes(): readonly LabNode[] {
    return [...this.#slots.values()].map(({ node }) => node)
  }

  get marks(): readonly ProcessMark[] {
    return [...this.#slots.values()].flatMap(({ mark }) => (mark === undefined ? [] : [mark]))
  }

  /** Writes the configuration and starts the first process of a new node. */
  create(seed: Omit<LabNode, 'configFile' | 'logFile' | 'pid'>, config: readonly string[]): LabNode {
    const configFile = join(seed.dir, seed.startedAs === 'sentinel' ? 'sentinel.conf' : 'redis.conf')
    mkdirSync(seed.dir, { recursive: true, mode: 0o700 })
    writeFileSync(configFile, `${config.join('\n')}\n`, { mode: 0o600 })
    const slot: Slot = {
      node: {
        ...seed,
        configFile,
        logFile: join(seed.dir, 'server.log'),
        get pid() {
          return slot.mark?.pid ?? 0
        },
      },
      mark: undefined,
      isHeld: false,
      revival: undefined,
      starting: undefined,
    }
    this.#slots.set(seed.id, slot)
    this.#spawn(slot)
    return slot.node
  }

  find(node: LabNode | NodeId): LabNode {
    return this.#slot(node).node
  }

  mark(node: LabNode | NodeId): ProcessMark | undefined {
    return this.#slot(node).mark
  }

  isRunning(node: LabNode | NodeId): boolean {
    const { mark } = this.#slot(node)
    return mark !== undefined && isRunning(mark)
  }

  signal(node: LabNode | NodeId, signal: NodeJS.Signals): void {
    const { mark } = this.#slot(node)
    if (mark !== undefined) signalProcess(mark, signal)
  }

  /** Sends a signal and, when it is one that ends, waits until the process is gone. */
  async kill(node: LabNode | NodeId, signal: NodeJS.Signals): Promise<void> {
    const { mark } = this.#slot(node)
    if (mark === undefined) return
    signalProcess(mark, signal)
    if (signal === 'SIGKILL') await endProcesses([mark])
    else if (signal === 'SIGTERM' || signal === 'SIGINT') await endProcesses([mark], 10_000)
  }

  /** Ends it as SHUTDOWN would and keeps it down until it is started on purpose. */
  async hold(node: LabNode | NodeId): Promise<void> {
    const slot = this.#slot(node)
    slot.isHeld = true
    clearTimeout(slot.revival)
    await slot.starting?.catch(() => undefined)
    await this.kill(node, 'SIGTERM')
  }

  /** Ends the process when it runs, starts it again, waits until it answers. */
  restart(node: LabNode | NodeId): Promise<void> {
    return this.#inTurn(this.#slot(node), (slot) => this.#startAnew(slot))
  }

  /** Starts it unless it runs, as it does where supervision was faster. */
  ensure(node: LabNode | NodeId): Promise<void> {
    return this.#inTurn(this.#slot(node), async (slot) => {
      if (!this.isRunning(slot.node)) await this.#startAnew(slot)
    })
  }

  /** Does something while it is down, kept from supervision, and starts it again. */
  async whileDown(node: LabNode | NodeId, work: () => void): Promise<void> {
    await this.#inTurn(this.#slot(node), async (slot) => {
      await this.kill(slot.node, 'SIGKILL')
      work()
      await this.#startAnew(slot)
    })
  }

  async end(): Promise<void> {
    this.#stopSupervising()
    await endProcesses(this.marks)
    // A start that was under way may have come in between.
    await Promise.allSettled([...this.#slots.values()].flatMap(({ starting }) => starting ?? []))
    await endProcesses(this.marks)
  }

  /** For the moment when nothing can be awaited. */
  killNow(): void {
    this.#stopSupervising()
    for (const mark of this.marks) signalProcess(mark, 'SIGKILL')
  }

  #stopSupervising(): void {
    this.#isEnding = true
    for (const { revival } of this.#slots.values()) clearTimeout(revival)
  }

  #inTurn(slot: Slot, work: (slot: Slot) => Promise<void>): Promise<void> {
    clearTimeout(slot.revival)
    const turn = (slot.starting ?? Promise.resolve()).catch(() => undefined).then(() => work(slot))
    slot.starting = turn
    const done = () => {
      if (slot.starting === turn) slot.starting = undefined
    }
    turn.then(done, done)
    return turn
  }

  async #startAnew(slot: Slot): Promise<void> {
    slot.isHeld = false
    const deadline = performance.now() + this.#options.readyWithinMs
    for (;;) {
      if (slot.mark !== undefined) await endProcesses([slot.mark], 10_000)
      if (this.#isEnding) throw new Error('this lab has been taken down')
      this.#spawn(slot)
      try {
        await this.#options.untilItAnswers(slot.node, deadline)
        return this.#options.onStarted(slot.node)
      } catch (error) {
        // While it was down, somebody's outgoing connection may have got its port for a moment.
        if (!(error instanceof NotReady) || !error.isPortTaken || performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, PORT_TAKEN_MS))
      }
    }
  }

  #spawn(slot: Slot): void {
    const { node } = slot
    const child = spawnServer(this.#options.binary, {
      configFile: node.configFile,
      asSentinel: node.startedAs === 'sentinel',
      dir: node.dir,
      outputFile: join(node.dir, 'output.log'),
      outlivesParent: this.#options.outlivesParent,
    })
    // Without a listener a program that cannot be started would throw; the wait for it says so instead.
    child.on('error', () => undefined)
    child.once('exit', () => {
      if (slot.mark?.pid === child.pid) this.#hasEnded(slot)
    })
    slot.mark = child.pid === undefined ? undefined : markOf(child.pid)
    this.#options.onSpawned(node)
  }

  #hasEnded(slot: Slot): void {
    if (this.#isEnding) return
    this.#options.onEnded(slot.node)
    this.#revive(slot)
  }

  #revive(slot: Slot): void {
    const delayMs = this.#options.superviseDelayMs
    if (delayMs === undefined || slot.isHeld || slot.starting !== undefined || this.#isEnding) return
    clearTimeout(slot.revival)
    slot.revival = setTimeout(() => {
      if (slot.isHeld || this.#isEnding) return
      // One that cannot start is tried again after the same delay, as a supervisor does.
      void this.ensure(slot.node).catch(() => this.#revive(slot))
    }, delayMs)
    slot.revival.unref()
  }

  #slot(node: LabNode | NodeId): Slot {
    const id = typeof node === 'string' ? node : node.id
    const slot = this.#slots.get(id)
    if (slot === undefined) throw new Error(`no node ${id} in this lab`)
    return slot
  }
}
