const MB = 1024 ** 2
const GB = 1024 ** 3

/** A replication backlog for a measured stream. */
export interface BacklogAdvice {
  /** Peak rate x tolerable disconnect x 1.5, not rounded. */
  readonly lowBytes: number
  /** The same x 2. */
  readonly highBytes: number
  /** `repl-backlog-size` to set: between the two, rounded up to whole MB (64 MB beyond 1 GB), at least 1 MB. */
  readonly recommendedBytes: number
  readonly ruleOfThumb: RuleOfThumb
}

/** A row of the classic table. `bytes` is undefined where it says to shard. */
export interface RuleOfThumb {
  readonly writes: string
  readonly disconnectSeconds: number | undefined
  readonly bytes: number | undefined
}

/** The classic table, shown beside the formula; `below` in bytes a second, exclusive. */
export const RULES_OF_THUMB: readonly (RuleOfThumb & { readonly below: number })[] = [
  { writes: 'under 10 MB/s', below: 10 * MB, disconnectSeconds: 30, bytes: GB },
  { writes: '10 to 50 MB/s', below: 50 * MB, disconnectSeconds: 30, bytes: 3 * GB },
  { writes: '50 to 100 MB/s', below: 100 * MB, disconnectSeconds: 60, bytes: 12 * GB },
  { writes: 'above 100 MB/s', below: Infinity, disconnectSeconds: undefined, bytes: undefined },
]

/** Sizes the backlog so that a replica may be away for `tolerableSeconds` at the peak write rate. */
export function backlogSize(peakBytesPerSecond: number, tolerableSeconds: number): BacklogAdvice {
  const needed = peakBytesPerSecond * tolerableSeconds
  const rule = RULES_OF_THUMB.find((row) => peakBytesPerSecond < row.below)
  return {
    lowBytes: needed * 1.5,
    highBytes: needed * 2,
    recommendedBytes: roundUp(needed * 1.5),
    ruleOfThumb: {
      writes: rule?.writes ?? 'above 100 MB/s',
      disconnectSeconds: rule?.disconnectSeconds,
      bytes: rule?.bytes,
    },
  }
}

/** `client-output-buffer-limit replica`: values to set, and why each is what it is. */
export interface OutputBufferAdvice {
  readonly hardBytes: number
  readonly softBytes: number
  readonly softSeconds: number
  readonly reasons: readonly string[]
}

const DEFAULT_HARD_BYTES = 256 * MB
const DEFAULT_SOFT_BYTES = 64 * MB
const DEFAULT_SOFT_SECONDS = 60

/**
 * Sizes the replica class so that a full resync can finish: all that is written while it runs waits in that buffer
 * (unless an RDB or dual channel carries it). Never below the defaults, and never below the backlog: a replica that was
 * just given a large partial resync would be cut off again.
 */
export function outputBufferSize(facts: {
  readonly peakBytesPerSecond: number
  readonly fullSyncSeconds: number
  readonly backlogBytes: number | undefined
}): OutputBufferAdvice {
  const needed = facts.peakBytesPerSecond * facts.fullSyncSeconds * 1.5
  const backlog = facts.backlogBytes ?? 0
  const hardBytes = roundUp(Math.max(needed, backlog, DEFAULT_HARD_BYTES))
  const softBytes = roundUp(Math.max(needed / 2, backlog, DEFAULT_SOFT_BYTES))
  const softSeconds = Math.max(DEFAULT_SOFT_SECONDS, Math.ceil(facts.fullSyncSeconds))
  return {
    hardBytes,
    softBytes: Math.min(softBytes, hardBytes),
    softSeconds,
    reasons: [
      `what is written at the peak rate during a full resync, x 1.5: ${Math.ceil(needed)} bytes`,
      `the soft limit is not below the backlog, and is borne for as long as a full resync takes`,
    ],
  }
}

function roundUp(bytes: number): number {
  const unit = bytes > GB ? 64 * MB : MB
  return Math.max(1, Math.ceil(bytes / unit)) * unit
}
