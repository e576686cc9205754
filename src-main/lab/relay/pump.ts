import type { Socket } from 'node:net'
import type { LinkState } from './link-rules.ts'
import { reset } from './reset.ts'

/** What has come from the source and not gone on yet, oldest first. */
type Item =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly at: number }
  | { readonly kind: 'end' | 'reset'; readonly at: number }

/** Above it the source is not read: its own buffers fill, and it feels the line. */
const HELD_BYTES = 64 * 1024
/** A long line holds what is on its way; more than this, and the delay costs throughput. */
const ON_THE_WAY_BYTES = 8 * 1024 * 1024
/** No timer is set for less. */
const SHORTEST_WAIT_MS = 1

/**
 * One direction of a relayed connection. Bytes, the end of the stream and a reset keep their order, wait as the link
 * demands, and are passed on as what they are. Memory is bounded: a source is not read while too much of it waits.
 */
export class Pump {
  readonly #source: Socket
  readonly #state: () => LinkState
  #sink: Socket | undefined
  #link: LinkState
  #queue: Item[] = []
  #queuedBytes = 0
  /** Until when the line is taken for the slice at the head; undefined before it is booked. */
  #booked: { readonly bytes: number; readonly until: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #isSinkFull = false
  #hasFailed = false

  /** `onGone`: the source has ended or was reset. */
  constructor(source: Socket, state: () => LinkState, onGone: () => void) {
    this.#source = source
    this.#state = state
    this.#link = state()
    source.on('data', (bytes: Buffer) => {
      this.#queuedBytes += bytes.length
      this.#put({ kind: 'bytes', bytes, at: performance.now() })
    })
    const gone = (kind: 'end' | 'reset') => {
      if (this.#hasFailed) return
      this.#hasFailed = kind === 'reset'
      this.#put({ kind, at: performance.now() })
      onGone()
    }
    source.on('end', () => gone('end'))
    source.on('error', () => gone('reset'))
  }

  /** Where it goes, once that is connected. */
  attach(sink: Socket): void {
    this.#sink = sink
    sink.on('drain', () => {
      this.#isSinkFull = false
      this.#run()
    })
    this.#run()
  }

  /** The rules have changed. What is booked on a line that is gone is forgotten. */
  update(): void {
    this.#link = this.#state()
    this.#booked = undefined
    this.#run()
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#queue = []
    this.#queuedBytes = 0
    this.#sink = undefined
  }

  #put(item: Item): void {
    this.#queue.push(item)
    this.#run()
  }

  #run(): void {
    clearTimeout(this.#timer)
    const wait = this.#passOn()
    if (wait !== undefined) this.#timer = setTimeout(() => this.#run(), Math.max(SHORTEST_WAIT_MS, wait)).unref()
    const { isCut, delayMs } = this.#link
    const limit = !isCut && delayMs > 0 ? ON_THE_WAY_BYTES : HELD_BYTES
    if (this.#queuedBytes >= limit) this.#source.pause()
    else if (this.#source.isPaused()) this.#source.resume()
  }

  /** Passes on what may go now; gives after how many ms to come back, undefined when something else will wake it. */
  #passOn(): number | undefined {
    for (;;) {
      const [head] = this.#queue
      if (head === undefined || this.#sink === undefined || this.#link.isCut || this.#isSinkFull) return undefined
      const early = head.at + this.#link.delayMs - performance.now()
      if (early >= SHORTEST_WAIT_MS) return early
      if (head.kind !== 'bytes') {
        this.#queue.shift()
        finish(this.#sink, head.kind)
        continue
      }
      const wait = this.#book(head.bytes.length)
      if (wait >= SHORTEST_WAIT_MS) return wait
      this.#write(this.#sink, head)
    }
  }

  /** Books the next slice on every line that it passes; gives how many ms it still takes. */
  #book(available: number): number {
    const { buckets } = this.#link
    if (buckets.length === 0) return 0
    const now = performance.now()
    if (this.#booked === undefined) {
      const bytes = Math.min(available, ...buckets.map((bucket) => bucket.sliceBytes))
      this.#booked = { bytes, until: Math.max(...buckets.map((bucket) => bucket.book(bytes, now))) }
    }
    return this.#booked.until - now
  }

  #write(sink: Socket, head: Item & { readonly kind: 'bytes' }): void {
    const { length } = head.bytes
    const count = Math.min(length, this.#booked?.bytes ?? length)
    this.#booked = undefined
    if (count === length) this.#queue.shift()
    else this.#queue[0] = { ...head, bytes: head.bytes.subarray(count) }
    this.#queuedBytes -= count
    // The other direction tells the source that nobody listens any more.
    if (sink.destroyed || sink.writableEnded) return
    this.#isSinkFull = !sink.write(count === length ? head.bytes : head.bytes.subarray(0, count))
  }
}

function finish(sink: Socket, how: 'end' | 'reset'): void {
  if (sink.destroyed) return
  if (how === 'end') sink.end()
  else reset(sink)
}
