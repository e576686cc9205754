/** Up to so much of what was not used may be caught up on: timers come late, and a slow line should not be slower. */
const CREDIT_MS = 100
const SLICES_PER_SECOND = 20
const MAX_SLICE_BYTES = 16 * 1024

/** A line of limited width. Who wants to send books the next free stretch of it, so that many senders take turns. */
export class Bucket {
  readonly #bytesPerMs: number
  /** Bytes to book at once: small enough that a slow line drips rather than gushes. */
  readonly sliceBytes: number
  /** When all that was booked has passed; on the caller's clock, in ms. */
  #freeAt = 0

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000
    this.sliceBytes = Math.max(1, Math.min(MAX_SLICE_BYTES, Math.floor(bytesPerSecond / SLICES_PER_SECOND)))
  }

  /** The moment at which these bytes have passed. */
  book(bytes: number, nowMs: number): number {
    this.#freeAt = Math.max(this.#freeAt, nowMs - CREDIT_MS) + bytes / this.#bytesPerMs
    return this.#freeAt
  }
}
