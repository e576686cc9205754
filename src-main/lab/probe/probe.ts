import { randomBytes } from 'node:crypto'
import { type Address, formatAddress, sameAddress } from '../../domain/address.ts'
import { ok } from '../../domain/failure.ts'
import { isRespError, type RespReply } from '../resp-client.ts'
import { Band } from './band.ts'
import { type ConnectionEvents, connectProbe, type ProbeConnection, type WaitCommand } from './connection.ts'
import { survey } from './count.ts'
import { findMaster } from './find-master.ts'
import { ACKNOWLEDGED, Ledger, outcomeName, PENDING, refusal, refusalOf, UNKNOWN } from './ledger.ts'
import { Overhead } from './overhead.ts'
import { startPacer } from './pacer.ts'
import type { Probe, ProbeOptions, ProbeResult, ProbeTally } from './probe-model.ts'
import { longestGap, sinceMark } from './since.ts'
import { type NumberedWrites, numberedWrites } from './wire.ts'

export type { Probe, ProbeCount, ProbeOptions, ProbeResult } from './probe-model.ts'

/** The wait before the next attempt doubles up to the second: a new master is found soon, and nobody is flooded. */
const BACKOFF_MS = { first: 20, most: 250 }
const BATCH = 128
const WATCH_MS = 25

/** Begins to write at once, to whoever is master now and later. */
export function startProbe(options: ProbeOptions): Probe {
  return new RunningProbe(options)
}

class RunningProbe implements Probe {
  readonly run = randomBytes(4).toString('hex')
  readonly startedAt = Date.now()
  readonly #clock0 = performance.now()
  readonly #options: ProbeOptions
  readonly #perSecond: number | undefined
  readonly #timeoutMs: number
  readonly #writes: NumberedWrites
  readonly #ledger: Ledger
  readonly #band: Band
  readonly #overhead = new Overhead()
  readonly #connections = new Set<ProbeConnection>()
  readonly #servers: Address[] = []
  readonly #stopping = new AbortController()
  readonly #pacer: { readonly stop: () => void }
  readonly #watch: NodeJS.Timeout
  readonly #writers: Promise<unknown>
  #turn = 0
  #heldBack = 0
  #master: Address | null = null
  #trouble: string | null = 'not connected yet'
  #kept: Uint8Array | undefined
  #result: Promise<ProbeResult> | undefined

  constructor(options: ProbeOptions) {
    this.#options = options
    this.#perSecond = options.perSecond === 'max' ? undefined : (options.perSecond ?? 100)
    this.#timeoutMs = options.timeoutMs ?? 1000
    this.#writes = numberedWrites(`${options.keyPrefix ?? 'repliscope:probe:'}${this.run}:`, options.valueBytes ?? 32)
    this.#ledger = new Ledger(options.maxNumbers ?? 4_000_000)
    this.#band = new Band(this.#perSecond)
    this.#pacer =
      this.#perSecond === undefined
        ? { stop: () => {} }
        : startPacer(this.#perSecond, (due, lateMs) => this.#overhead.own(() => this.#offer(due, lateMs)))
    const silentMs = this.#timeoutMs + Math.max(options.wait?.timeoutMs ?? 0, options.waitaof?.timeoutMs ?? 0)
    this.#watch = setInterval(() => {
      for (const connection of this.#connections) connection.endIfSilent(silentMs)
    }, WATCH_MS)
    this.#writers = Promise.all(Array.from({ length: options.writers ?? 1 }, () => this.#keepConnected()))
  }

  readonly tally = (): ProbeTally => {
    const ledger = this.#ledger
    return {
      sent: ledger.size,
      acknowledged: ledger.total(ACKNOWLEDGED),
      refused: ledger.refused(),
      refusals: ledger.refusals(),
      unknown: ledger.total(UNKNOWN),
      pending: ledger.total(PENDING),
      confirmed: ledger.confirmed,
      heldBack: this.#heldBack,
      master: this.#master,
      trouble: this.#trouble,
      isExhausted: ledger.room === 0,
    }
  }

  readonly spans = (zeroAt: number) => this.#band.spans(this.#untilMs(), this.startedAt - zeroAt)

  readonly since = (at: number) => sinceMark(this.#ledger, this.#kept, at - this.startedAt, this.#untilMs())

  readonly write = (number: number) => {
    const ledger = this.#ledger
    const server = this.#servers[ledger.server(number)]
    if (!(number >= 0 && number < ledger.size) || server === undefined) return undefined
    const outcome = outcomeName(ledger.outcome(number))
    return {
      number,
      outcome,
      sentAt: this.startedAt + ledger.sentMs(number),
      settledAt: outcome === 'pending' ? null : this.startedAt + ledger.settledMs(number),
      server,
      waited: ledger.waited(number),
      isConfirmed: ledger.isConfirmed(number),
    }
  }

  readonly keyOf = (number: number) => this.#writes.keyOf(number)

  readonly stop = (): Promise<ProbeResult> => {
    this.#result ??= this.#end()
    return this.#result
  }

  readonly count: Probe['count'] = async (at, access) => {
    const surveyed = await survey(at, access ?? this.#options.access ?? {}, this.#ledger, this.#writes)
    if (!surveyed.ok) return surveyed
    const { count, kept } = surveyed.value
    this.#kept = kept
    this.#band.forgetLost()
    for (const [first, last] of count.lostNumbers)
      for (let number = first; number <= last; number++) this.#band.add('lost', this.#ledger.settledMs(number))
    return ok(count)
  }

  #stoppedMs: number | undefined

  #nowMs(): number {
    return performance.now() - this.#clock0
  }

  #untilMs(): number {
    return this.#stoppedMs ?? this.#nowMs()
  }

  /** Numbers that are due now: to the connections in turn, as far as they have room. */
  #offer(due: number, lateMs: number): void {
    let left = Math.min(due, this.#ledger.room)
    const open = [...this.#connections].filter((it) => it.isOpen())
    for (let tries = open.length; tries > 0 && left > 0; tries--) {
      const connection = open[this.#turn++ % open.length]
      if (connection === undefined) break
      const count = Math.min(left, this.#roomOf(connection), tries === 1 ? left : Math.ceil(left / tries))
      if (count <= 0) continue
      this.#overhead.late(count, lateMs)
      this.#send(connection, count)
      left -= count
    }
    this.#heldBack += left
  }

  /** As fast as answers come: half of what may be under way is sent again when that half is answered. */
  #fill(connection: ProbeConnection): void {
    if (this.#perSecond !== undefined || this.#stopping.signal.aborted || !connection.isOpen()) return
    if (connection.inFlight() > this.#inFlight() / 2) return
    const count = Math.min(this.#roomOf(connection), this.#ledger.room)
    if (count > 0) this.#send(connection, count)
  }

  #inFlight(): number {
    return this.#options.inFlight ?? 2 * BATCH
  }

  #roomOf(connection: ProbeConnection): number {
    return Math.max(0, this.#inFlight() - connection.inFlight())
  }

  #send(connection: ProbeConnection, count: number): void {
    const first = this.#ledger.send(count, this.#nowMs(), this.#serverIndex(connection.address))
    for (let sent = 0; sent < count; sent += BATCH) {
      const some = Math.min(BATCH, count - sent)
      connection.send(first + sent, some, this.#writes.encode(first + sent, some))
    }
  }

  #serverIndex(address: Address): number {
    const known = this.#servers.findIndex((it) => sameAddress(it, address))
    return known >= 0 ? known : this.#servers.push(address) - 1
  }

  /** One writer's life: a connection, until it ends; then the next, to whoever is master by then. */
  async #keepConnected(): Promise<void> {
    const { signal } = this.#stopping
    let backoffMs = BACKOFF_MS.first
    while (!signal.aborted) {
      const before = this.#ledger.total(ACKNOWLEDGED)
      try {
        const address = this.#options.pinnedTo ?? (await findMaster(this.#options))
        if (signal.aborted) return
        this.#trouble = await this.#writeTo(address)
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error)
      }
      backoffMs =
        this.#ledger.total(ACKNOWLEDGED) > before ? BACKOFF_MS.first : Math.min(BACKOFF_MS.most, backoffMs * 2)
      await pause(backoffMs, signal)
    }
  }

  /** Resolves with why the connection ended. */
  async #writeTo(address: Address): Promise<string> {
    const { access, localAddress } = this.#options
    let connection: ProbeConnection | undefined
    const ended = new Promise<string>((resolve) => {
      const events = this.#eventsOf(() => connection, resolve)
      const how = { ...access, timeoutMs: this.#timeoutMs, localAddress }
      connectProbe(address, how, waitCommand(this.#options), events).then(
        (opened) => {
          connection = opened
          if (this.#stopping.signal.aborted) return opened.end('stopped')
          this.#connections.add(opened)
          this.#overhead.connected(true)
          this.#trouble = null
          this.#fill(opened)
        },
        (error: unknown) =>
          resolve(`${formatAddress(address)}: ${error instanceof Error ? error.message : 'no connection'}`),
      )
    })
    const why = await ended
    if (connection !== undefined) this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#overhead.connected(false)
    return why
  }

  #eventsOf(own: () => ProbeConnection | undefined, onEnd: (why: string) => void): ConnectionEvents {
    const ledger = this.#ledger
    return {
      onAcknowledged: (number) => {
        const at = this.#nowMs()
        if (!ledger.settle(number, ACKNOWLEDGED, at)) return
        this.#band.add('accepted', at)
        this.#master = this.#servers[ledger.server(number)] ?? null
      },
      onRefused: (number, error) => {
        const at = this.#nowMs()
        const kind = refusalOf(error)
        if (ledger.settle(number, refusal(kind), at)) this.#band.add('refused', at)
        // It is no master any more: ask the Sentinels again. Other refusals pass, and applications stay through them.
        if (kind === 'READONLY' && this.#options.pinnedTo === undefined) own()?.drain(error)
      },
      onUnanswered: (number) => {
        if (ledger.settle(number, UNKNOWN, this.#nowMs())) this.#band.add('unanswered', ledger.sentMs(number))
      },
      onWaited: (numbers, reply) => {
        const said = readWait(this.#options, reply)
        if (said !== undefined) for (const number of numbers) ledger.wait(number, said.replicas, said.isEnough)
      },
      onProgress: () => {
        const connection = own()
        if (connection !== undefined) this.#overhead.own(() => this.#fill(connection))
      },
      onEnd: (why) => onEnd(why),
    }
  }

  async #end(): Promise<ProbeResult> {
    this.#pacer.stop()
    this.#stopping.abort()
    for (const connection of this.#connections) connection.drain('stopped')
    await this.#writers
    clearInterval(this.#watch)
    this.#overhead.end()
    this.#stoppedMs = this.#nowMs()
    const gap = longestGap(this.#ledger, undefined, 0, 0)
    return {
      tally: this.tally(),
      startedAt: this.startedAt,
      stoppedAt: this.startedAt + this.#stoppedMs,
      gap: gap === undefined ? null : { from: this.startedAt + gap.fromMs, to: this.startedAt + gap.toMs, ms: gap.ms },
      overhead: this.#overhead.read(this.#ledger.size, this.#perSecond),
      streamBytesPerWrite: this.#writes.bytesPerWrite,
    }
  }
}

function waitCommand(options: ProbeOptions): WaitCommand | undefined {
  const { wait, waitaof } = options
  if (waitaof !== undefined)
    return {
      words: ['WAITAOF', `${waitaof.local}`, `${waitaof.replicas}`, `${boundedWait(waitaof.timeoutMs)}`],
      every: waitaof.every ?? 1,
    }
  if (wait !== undefined)
    return { words: ['WAIT', `${wait.replicas}`, `${boundedWait(wait.timeoutMs)}`], every: wait.every ?? 1 }
  return undefined
}

/** A time-out of 0 would wait for ever. */
function boundedWait(timeoutMs: number): number {
  return Math.max(1, Math.round(timeoutMs))
}

/** Of WAIT `:2`, of WAITAOF `*2 :1 :2`; undefined when it was refused. */
function readWait(
  { wait, waitaof }: ProbeOptions,
  reply: RespReply,
): { readonly replicas: number; readonly isEnough: boolean } | undefined {
  if (isRespError(reply)) return undefined
  if (waitaof !== undefined) {
    const [local, replicas] = (Array.isArray(reply) ? (reply as readonly RespReply[]) : []).map(Number)
    if (local === undefined || replicas === undefined) return undefined
    return { replicas, isEnough: local >= waitaof.local && replicas >= waitaof.replicas }
  }
  const replicas = Number(reply)
  return { replicas, isEnough: replicas >= (wait?.replicas ?? 0) }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
