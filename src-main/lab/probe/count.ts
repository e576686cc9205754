import { type Address, formatAddress } from '../../domain/address.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import { isRespError, openRespClient, type RespClient, type RespClientOptions, respText } from '../resp-client.ts'
import { ACKNOWLEDGED, type Ledger, PENDING, UNKNOWN } from './ledger.ts'
import type { NumberRange, ProbeCount } from './probe-model.ts'
import type { NumberedWrites } from './wire.ts'

/** Keys in one EXISTS; all there or none there is the rule, and settles them in one question. */
const KEYS_AT_ONCE = 512
/** A slow server reads a lot of keys here, and nobody waits for it. */
const PATIENCE_MS = 20_000
/** Questions under way at once. */
const AT_ONCE = 16

export interface Survey {
  readonly count: ProbeCount
  /** By number: 1 is there. */
  readonly kept: Uint8Array
}

/** Asks one server for every settled number's key. Numbers still pending are left out. */
export async function survey(
  at: Address,
  access: RespClientOptions,
  ledger: Ledger,
  writes: NumberedWrites,
): Promise<Result<Survey>> {
  const size = ledger.size
  const settled = Uint8Array.from({ length: size }, (_, number) => ledger.outcome(number))
  const unreachable = (detail: string) =>
    fail({ kind: 'unreachable', at: formatAddress(at), cause: 'closed', stage: 'command', detail } as const)
  let client: RespClient | undefined
  try {
    client = await openRespClient(at, { timeoutMs: PATIENCE_MS, ...access })
    const kept = await readKept(client, size, writes)
    return ok({ count: tallyUp(at, settled, kept, ledger, writes.bytesPerWrite), kept })
  } catch (error) {
    return unreachable(error instanceof Error ? error.message : String(error))
  } finally {
    client?.close()
  }
}

async function readKept(client: RespClient, size: number, writes: NumberedWrites): Promise<Uint8Array> {
  const kept = new Uint8Array(size)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < size) {
      const from = next
      next = Math.min(size, from + KEYS_AT_ONCE)
      await markKept(client, from, next, kept, writes)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return kept
}

/** EXISTS tells how many, not which: a range that is neither whole nor empty is halved. */
async function markKept(
  client: RespClient,
  from: number,
  to: number,
  kept: Uint8Array,
  writes: NumberedWrites,
): Promise<void> {
  const keys = Array.from({ length: to - from }, (_, i) => writes.keyOf(from + i))
  const reply = await client.ask('EXISTS', ...keys)
  if (isRespError(reply)) throw new Error(reply.error)
  if (typeof reply !== 'number') throw new Error(`EXISTS is answered ${respText(reply)}`)
  if (reply === 0) return
  if (reply === keys.length) {
    kept.fill(1, from, to)
    return
  }
  const middle = from + Math.floor((to - from) / 2)
  await Promise.all([markKept(client, from, middle, kept, writes), markKept(client, middle, to, kept, writes)])
}

function tallyUp(
  at: Address,
  settled: Uint8Array,
  kept: Uint8Array,
  ledger: Ledger,
  bytesPerWrite: number,
): ProbeCount {
  const totals = { ackedKept: 0, ackedLost: 0, unknownKept: 0, unknownLost: 0, refusedKept: 0, confirmedLost: 0 }
  const lostNumbers: NumberRange[] = []
  for (let number = 0; number < settled.length; number++) {
    const isKept = kept[number] === 1
    switch (settled[number]) {
      case PENDING:
        break
      case ACKNOWLEDGED:
        totals[isKept ? 'ackedKept' : 'ackedLost'] += 1
        if (isKept) break
        if (ledger.isConfirmed(number)) totals.confirmedLost += 1
        addToRanges(lostNumbers, number)
        break
      case UNKNOWN:
        totals[isKept ? 'unknownKept' : 'unknownLost'] += 1
        break
      default:
        if (isKept) totals.refusedKept += 1
    }
  }
  return {
    at,
    ...totals,
    lostNumbers,
    lostBytes: totals.ackedLost * bytesPerWrite,
    unknownLostBytes: totals.unknownLost * bytesPerWrite,
  }
}

function addToRanges(ranges: NumberRange[], number: number): void {
  const last = ranges.at(-1)
  if (last?.[1] === number - 1) ranges[ranges.length - 1] = [last[0], number]
  else ranges.push([number, number])
}
