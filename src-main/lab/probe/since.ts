import { ACKNOWLEDGED, type Ledger, PENDING, UNKNOWN } from './ledger.ts'
import type { SinceMark } from './probe-model.ts'

/**
 * What happened after a mark. Times are milliseconds since the probe's start, as the ledger has them; `kept` tells
 * what a count found. `untilMs` ends an open gap: now, or the stop.
 */
export function sinceMark(ledger: Ledger, kept: Uint8Array | undefined, markMs: number, untilMs: number): SinceMark {
  let firstRefused = Infinity
  let firstAccepted = Infinity
  let firstKept = Infinity
  for (let number = 0; number < ledger.size; number++) {
    const outcome = ledger.outcome(number)
    if (outcome === PENDING || outcome === UNKNOWN) continue
    const at = ledger.settledMs(number)
    if (outcome !== ACKNOWLEDGED) {
      if (at >= markMs) firstRefused = Math.min(firstRefused, at)
      // A write that was under way at the mark says nothing of the time after it.
    } else if (ledger.sentMs(number) >= markMs) {
      firstAccepted = Math.min(firstAccepted, at)
      if (kept?.[number] === 1) firstKept = Math.min(firstKept, at)
    }
  }
  const after = (at: number) => (at === Infinity ? null : at - markMs)
  return {
    firstRefusedMs: after(firstRefused),
    firstAcceptedMs: after(firstAccepted),
    firstKeptMs: after(firstKept),
    longestGapMs: longestGap(ledger, undefined, markMs, untilMs)?.ms ?? null,
    longestKeptGapMs: kept === undefined ? null : (longestGap(ledger, kept, markMs, untilMs)?.ms ?? null),
  }
}

interface Gap {
  readonly fromMs: number
  readonly toMs: number
  readonly ms: number
}

/**
 * Between two acknowledgements, or from the last to `untilMs`; it ends after the mark. Told which writes were kept it
 * counts only those, and begins with the first acknowledgement of all: what was lost before the first kept one is in it.
 */
export function longestGap(
  ledger: Ledger,
  kept: Uint8Array | undefined,
  markMs: number,
  untilMs: number,
): Gap | undefined {
  const inOrder = acknowledgements(ledger, kept).sort()
  const first = kept === undefined ? undefined : acknowledgements(ledger, undefined).sort()[0]
  let longest: Gap | undefined
  const look = (fromMs: number, toMs: number) => {
    if (toMs > markMs && toMs - fromMs > (longest?.ms ?? 0)) longest = { fromMs, toMs, ms: toMs - fromMs }
  }
  if (first !== undefined && inOrder[0] !== undefined) look(first, inOrder[0])
  for (let i = 1; i < inOrder.length; i++) look(inOrder[i - 1] ?? 0, inOrder[i] ?? 0)
  const last = inOrder.at(-1) ?? first
  if (last !== undefined) look(last, untilMs)
  return longest
}

/** With several writers the answers do not come in the order of the numbers. */
function acknowledgements(ledger: Ledger, kept: Uint8Array | undefined): Float64Array {
  const moments = new Float64Array(ledger.total(ACKNOWLEDGED))
  let found = 0
  for (let number = 0; number < ledger.size; number++) {
    if (ledger.outcome(number) !== ACKNOWLEDGED || (kept !== undefined && kept[number] !== 1)) continue
    moments[found] = ledger.settledMs(number)
    found += 1
  }
  return moments.slice(0, found)
}
