import { FAULTS, type ActiveFault, type FaultKind, type FaultRequest } from '../../domain/drills/faults.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { NodeId } from '../../domain/address.ts'
import type { AvailableFault } from '../lab-model.ts'
import { checkRequest } from './check-request.ts'
import type { FaultGround, Inflict, Standing } from './ground.ts'
import { freeze, kill, start, stop } from './process-faults.ts'

interface InForce {
  readonly fault: ActiveFault
  readonly undo: () => Promise<void>
}

/** What a process that starts anew has left behind. */
const ENDED_BY_START: ReadonlySet<FaultKind> = new Set(['kill', 'stop', 'freeze', 'busy'])

const INFLICT: Partial<Record<FaultKind, Inflict>> = { kill, stop, freeze, start }

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
    return FAULTS.map((fault) => ({ ...fault, unavailable: this.#ground.unavailable(fault.kind) ?? null }))
  }

  /** A process of this node has been started: what ends with its forerunner is over. */
  hasStarted(node: NodeId): void {
    for (const [id, { fault }] of this.#inForce)
      if (fault.node === node && ENDED_BY_START.has(fault.kind)) this.#inForce.delete(id)
    this.#tell()
  }

  async #break(request: FaultRequest): Promise<Result<ActiveFault>> {
    const checked = checkRequest(request, this.#ground)
    if (!checked.ok) return checked
    const { target, ...asked } = checked.value
    const same = this.list().find((fault) => isSame(fault, asked))
    if (same !== undefined)
      return fail({ kind: 'refused-by-guard', detail: `${same.what} already (${same.id}); heal it first` })
    const inflict = INFLICT[asked.kind]
    if (inflict === undefined) return fail({ kind: 'refused-by-guard', detail: `no ${asked.kind} in this lab` })
    const at = Date.now()
    const done = await inflict(checked.value, this.#ground)
    if (!done.ok) return done
    const fault: ActiveFault = { ...asked, id: `f${++this.#count}`, at, what: done.value.what }
    this.#stand(fault, done.value)
    return ok(fault)
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

function isSame(fault: ActiveFault, asked: FaultRequest): boolean {
  const ends = (it: FaultRequest) => [it.kind, it.node, it.peer ?? 'everyone', it.direction ?? 'both'].join(' ')
  return ends(fault) === ends(asked)
}
