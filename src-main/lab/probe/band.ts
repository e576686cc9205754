import type { ProbeSpan } from '../../domain/drills/model.ts'

/** The shortest stretch that the band tells apart. */
const BUCKET_MS = 100
/** A slow rate leaves buckets empty though nothing is wrong; only so many writes' time without an answer is silence. */
const WRITES_PER_BUCKET = 3

export type BandLane = 'accepted' | 'refused' | 'unanswered' | 'lost'

/** Counts of writes by time, as they settle. What it holds grows with time, never with the rate. */
export class Band {
  readonly #bucketMs: number
  readonly #lanes: Record<BandLane, number[]> = { accepted: [], refused: [], unanswered: [], lost: [] }

  /** `perSecond`: what is asked for; without it, as fast as it goes. */
  constructor(perSecond: number | undefined) {
    this.#bucketMs = perSecond === undefined ? BUCKET_MS : Math.max(BUCKET_MS, (WRITES_PER_BUCKET * 1000) / perSecond)
  }

  /** `atMs` since the start. */
  add(lane: BandLane, atMs: number): void {
    const bucket = Math.max(0, Math.floor(atMs / this.#bucketMs))
    const counts = this.#lanes[lane]
    while (counts.length <= bucket) counts.push(0)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }

  forgetLost(): void {
    this.#lanes.lost.length = 0
  }

  /** Neighbours of one state as one span, up to `untilMs`; then the lost ones, which lie over the accepted. */
  spans(untilMs: number, shiftMs: number): readonly ProbeSpan[] {
    const spans: ProbeSpan[] = []
    const upTo = Math.ceil(untilMs / this.#bucketMs)
    const put = (bucket: number, state: ProbeSpan['state'], writes: number) => {
      const fromMs = shiftMs + bucket * this.#bucketMs
      const toMs = shiftMs + Math.min((bucket + 1) * this.#bucketMs, untilMs)
      const last = spans.at(-1)
      if (last?.state === state && Math.abs(last.toMs - fromMs) < 1)
        spans[spans.length - 1] = { ...last, toMs, writes: last.writes + writes }
      else spans.push({ fromMs, toMs, state, writes })
    }
    for (let bucket = 0; bucket < upTo; bucket++) {
      const accepted = this.#lanes.accepted[bucket] ?? 0
      const refused = this.#lanes.refused[bucket] ?? 0
      if (accepted > 0) put(bucket, 'accepted', accepted)
      else if (refused > 0) put(bucket, 'refused', refused)
      else put(bucket, 'silent', this.#lanes.unanswered[bucket] ?? 0)
    }
    for (let bucket = 0; bucket < upTo; bucket++) {
      const lost = this.#lanes.lost[bucket] ?? 0
      if (lost > 0) put(bucket, 'lost', lost)
    }
    return spans
  }
}
