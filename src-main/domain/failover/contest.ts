import type { NodeId } from '../address.ts'
import { compareCandidates, compareRunIds, type Candidate } from './candidates.ts'

/** Leads within this much writing cannot be told. */
const UNDECIDED_SECONDS = 1
/** A Sentinel's cached offset is up to this old; a smaller lead is not certain. */
const CERTAIN_SECONDS = 10

/** Who wins before one witness. */
export interface Contest {
  /** Undefined: undecided, or nobody is electable. */
  readonly winner: NodeId | undefined
  /** Best first; contains the winner. */
  readonly possible: readonly NodeId[]
  readonly unknowns: readonly string[]
}

/** What decides between close offsets. */
export interface Stream {
  /** The master's write rate; undefined when not measured. */
  readonly bytesPerSecond: number | undefined
  /** Nothing but keep-alives and Sentinel's hellos is written. */
  readonly isIdle: boolean
}

/**
 * The winner among one witness's candidates, as far as it can be told: one within a second's writing of the best is as
 * likely, one within ten seconds' cannot be excluded. An idle stream leaves equal offsets, so the run id decides.
 */
export function contest(candidates: readonly Candidate[], stream: Stream): Contest {
  const electable = candidates.filter((one) => one.rejectedBecause === undefined).sort(compareCandidates)
  const best = electable[0]
  if (best === undefined) return { winner: undefined, possible: [], unknowns: [] }
  const rivals = electable.filter((one) => one.priority === best.priority)
  if (rivals.length === 1) return { winner: best.node, possible: [best.node], unknowns: [] }
  const { bytesPerSecond } = stream
  if (bytesPerSecond === undefined) {
    const words = 'the write rate is not measured: offsets may change places before the election'
    return { winner: undefined, possible: rivals.map((one) => one.node), unknowns: [words] }
  }
  const within = (seconds: number) => rivals.filter((one) => best.offset - one.offset <= bytesPerSecond * seconds)
  const close = within(UNDECIDED_SECONDS)
  const near = within(CERTAIN_SECONDS).map((one) => one.node)
  if (close.length > 1 && stream.isIdle) return byRunId(close, near)
  if (close.length > 1) {
    const words = `${list(close)} are within one second of writing: whoever received more at that moment wins`
    return { winner: undefined, possible: near, unknowns: [words] }
  }
  if (near.length === 1) return { winner: best.node, possible: near, unknowns: [] }
  return {
    winner: best.node,
    possible: near,
    unknowns: [`${best.node} leads by less than ten seconds of writing, and Sentinel's offsets may be that old`],
  }
}

function byRunId(close: readonly Candidate[], near: readonly NodeId[]): Contest {
  const ordered = [...close].sort(compareRunIds)
  const winner = ordered[0]
  if (winner === undefined) return { winner: undefined, possible: [], unknowns: [] }
  const others = near.filter((node) => node !== winner.node)
  const isSettled = close.length === near.length && close.every((one) => one.isFresh && one.runId !== undefined)
  if (isSettled) return { winner: winner.node, possible: [winner.node], unknowns: [] }
  return {
    winner: winner.node,
    possible: [winner.node, ...others],
    unknowns: ['offsets are level, and not every run id or offset was read from the replica itself'],
  }
}

function list(candidates: readonly Candidate[]): string {
  return candidates.map((one) => one.node).join(' and ')
}
