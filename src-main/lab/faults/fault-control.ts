import { FAULTS, type ActiveFault, type FaultKind, type FaultRequest } from '../../domain/drills/faults.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { NodeId } from '../../domain/address.ts'
import type { AvailableFault } from '../lab-model.ts'
import { NotReady } from '../patience.ts'
import { checkRequest, whyUnavailable } from './check-request.ts'
import type { CheckedRequest, FaultGround, Inflict, Standing } from './ground.ts'
import { bandwidth, delay, partition, slowReplica } from './link-faults.ts'
import { freeze, kill, restartEmpty, start, stop } from './process-faults.ts'
import { busy, diskFull, outputBufferLimit, secondMaster, writableReplica } from './server-faults.ts'

interface InForce {
  readonly fault: ActiveFault
  readonly undo: () => Promise<void>
}

/** What is over when the process ends, and what when one is started. */
const OVER_AT_END: ReadonlySet<FaultKind> = new Set(['freeze', 'busy'])
const OVER_AT_START: ReadonlySet<FaultKind> = new Set(['kill', 'stop', 'freeze', 'busy'])
/** Settings of a process, which a new one may have or not: they are taken back then. */
const HEALED_AT_START: ReadonlySet<FaultKind> = new Set(['output-buffer-limit', 'writable-replica', 'second-master'])

const INFLICT: Readonly<Record<FaultKind, Inflict>> = {
  kill,
  stop,
  freeze,
  start,
  'restart-empty': restartEmpty,
  partition,
  delay,
  bandwidth,
  busy,
  'disk-full': diskFull,
  'slow-replica': slowReplica,
  'output-buffer-limit': outputBufferLimit,
  'writable-replica': writableReplica,
  'second-master': secondMaster,
}

/** The faults of one lab: who may be broken, what is in force, how it ends. */
export class FaultControl {
  readonly #ground: FaultGround
  readonly #inForce = new Map<string, InForce>()
  readonly #listeners = new Set<(faults: readonly ActiveFault[]) => void>()
  /** One thing at a time, so that a node is never broken and healed at once. */
  #last: Promise<unknown> = Promise.resolve()
  #count = 0

  constructor(ground: FaultGround) {
    this.#ground = ground
  }

  break(request: FaultRequest): Promise<Result<ActiveFault>> {
    return this.#inTurn(() => this.#break(request))
  }

  heal(id?: string): Promise<Result<void>> {
    return this.#inTurn(() => this.#heal(id))
  }

  list(): readonly ActiveFault[] {
    return [...this.#inForce.values()].map(({ fault }) => fault)
  }

  onChange(listener: (faults: readonly ActiveFault[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  catalogue(): readonly AvailableFault[] {
    return FAULTS.map((fault) => ({ ...fault, unavailable: whyUnavailable(fault.kind, this.#ground) ?? null }))
  }

  /** The process of this node has ended. */
  hasEnded(node: NodeId): void {
    this.#drop(node, OVER_AT_END)
  }

  /** A process of this node has been started: what concerned its forerunner is over. */
  hasStarted(node: NodeId): void {
    this.#drop(node, OVER_AT_START)
    for (const { fault } of this.#inForce.values())
      if (fault.node === node && HEALED_AT_START.has(fault.kind)) void this.heal(fault.id)
  }

  async #break(request: FaultRequest): Promise<Result<ActiveFault>> {
    const checked = checkRequest(request, this.#ground)
    if (!checked.ok) return checked
    const { target: _target, peerEnds: _ends, amount, ...kindAndEnds } = checked.value
    const asked: FaultRequest = takesAmount(kindAndEnds.kind) ? { ...kindAndEnds, amount } : kindAndEnds
    const same = this.list().find((fault) => isSame(fault, asked))
    if (same !== undefined)
      return fail({ kind: 'refused-by-guard', detail: `in force already: ${same.what} (${same.id}); heal it first` })
    const at = Date.now()
    const done = await this.#inflict(checked.value)
    if (!done.ok) return done
    const fault: ActiveFault = { ...asked, id: `f${++this.#count}`, at, what: done.value.what }
    this.#stand(fault, done.value)
    return ok(fault)
  }

  async #inflict(request: CheckedRequest): Promise<Result<Standing>> {
    try {
      return await INFLICT[request.kind](request, this.#ground)
    } catch (error) {
      if (this.#ground.isDown()) return takenDown()
      if (!(error instanceof NotReady)) throw error
      return fail({ kind: 'unreachable', at: error.at, cause: 'timeout', stage: 'connect', detail: error.message })
    }
  }

  #drop(node: NodeId, kinds: ReadonlySet<FaultKind>): void {
    const over = [...this.#inForce.values()].filter(({ fault }) => fault.node === node && kinds.has(fault.kind))
    for (const { fault } of over) this.#inForce.delete(fault.id)
    if (over.length > 0) this.#tell()
  }

  #stand(fault: ActiveFault, { undo, passes }: Standing): void {
    if (undo === undefined && passes === undefined) return
    this.#inForce.set(fault.id, { fault, undo: undo ?? (async () => undefined) })
    this.#tell()
    void passes?.then(() => {
      if (this.#inForce.delete(fault.id)) this.#tell()
    })
  }

  async #heal(id: string | undefined): Promise<Result<void>> {
    if (this.#ground.isDown()) return takenDown()
    const known = this.list().map((fault) => fault.id)
    if (id !== undefined && !known.includes(id))
      return fail({ kind: 'not-found', detail: `no fault ${id} is in force`, known })
    const failed: string[] = []
    // The latest first, as one takes back steps.
    for (const one of id === undefined ? known.reverse() : [id]) {
      const undone = await this.#undo(one)
      if (undone !== undefined) failed.push(undone)
    }
    return failed.length === 0 ? ok(undefined) : fail({ kind: 'refused-by-guard', detail: failed.join('; ') })
  }

  /** Undefined when it is undone, else why not. It may have ended with another one meanwhile. */
  async #undo(id: string): Promise<string | undefined> {
    const standing = this.#inForce.get(id)
    if (standing === undefined) return undefined
    try {
      await standing.undo()
    } catch (error) {
      return `${standing.fault.what} (${id}), and that could not be undone: ${error instanceof Error ? error.message : String(error)}`
    }
    if (this.#inForce.delete(id)) this.#tell()
    return undefined
  }

  #tell(): void {
    const faults = this.list()
    for (const listener of this.#listeners) listener(faults)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

function takenDown(): Result<never> {
  return fail({ kind: 'refused-by-guard', detail: 'this lab has been taken down' })
}

function takesAmount(kind: FaultKind): boolean {
  return FAULTS.find((one) => one.kind === kind)?.amount !== undefined
}

function isSame(fault: ActiveFault, asked: FaultRequest): boolean {
  const ends = (it: FaultRequest) => [it.kind, it.node, it.peer ?? 'everyone', it.direction ?? 'both'].join(' ')
  return ends(fault) === ends(asked)
}
