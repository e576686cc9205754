import type { Parsed } from './raw.ts'
import { read } from './raw-map.ts'
import type { QuorumCheck } from './reply-types.ts'
import { readNatural } from './wire-number.ts'

const TEXT_KEPT = 256

/**
 * Reads the answer to SENTINEL CKQUORUM: the OK line, or the text of the NOQUORUM error, which is an answer too.
 * Any other text (an unknown group, a refusal) is unreadable.
 */
export function parseQuorumCheck(text: string): Parsed<QuorumCheck> {
  // OK 3 usable Sentinels. Quorum and failover authorization can be reached
  // NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority and authorize a failover
  const line = (text.slice(0, TEXT_KEPT).split(/[\r\n]/, 1)[0] ?? '').trim()
  const word = /^[+-]?(OK|NOQUORUM)(?:\s|$)/.exec(line)
  if (word === null) return { ok: false, problem: { detail: 'expected a line that starts with OK or NOQUORUM' } }
  const usable = /\s(\d{1,9}) usable Sentinels/i.exec(line)
  return read({ isReachable: word[1] === 'OK', usable: readNatural(usable?.[1]), text: line.replace(/^[+-]/, '') })
}
