import type { NodeId } from '../domain/address.ts'
import type { Failure } from '../domain/failure.ts'
import { parseInfo } from '../domain/replies/info.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { Parsed, RawReply } from '../domain/replies/raw.ts'
import type { Reply } from './link.ts'
import { translateReply } from './translate-error.ts'

/** What one reply of a pipeline came to. `denied` is the command that this user may not run here, or that is not there. */
export type Reading<T> =
  | { readonly value: T; readonly denied?: never; readonly failure?: never }
  | { readonly denied: string; readonly refusal: Failure; readonly value?: never; readonly failure?: never }
  | { readonly failure: Failure; readonly value?: never; readonly denied?: never; readonly refusal?: never }

/** Reads one reply; trouble with it is named after `command`. */
export function readReply<T>(
  reply: Reply | undefined,
  at: NodeId,
  command: string,
  parse: (raw: RawReply) => Parsed<T>,
): Reading<T> {
  if (reply === undefined) return unreadable(at, command, 'no reply')
  if ('error' in reply) {
    const failure = translateReply(reply.error, at, command)
    // Managed services turn commands away with words of their own after ERR: that is a lack, not a broken answer.
    const isDenied = failure.kind === 'not-permitted' || failure.kind === 'unreadable-reply'
    return isDenied ? { denied: command, refusal: failure } : { failure }
  }
  const parsed = parse(reply.value)
  return parsed.ok ? { value: parsed.value } : unreadable(at, command, parsed.problem.detail)
}

/** INFO of any sections; a text in which there is none was not written by a server of this kind. */
export function parseInfoText(raw: RawReply): Parsed<InfoReply> {
  if (typeof raw !== 'string') return { ok: false, problem: { detail: 'not a text' } }
  const info = parseInfo(raw)
  return info.sections.length > 0 ? { ok: true, value: info } : { ok: false, problem: { detail: 'no section in it' } }
}

/** INFO when it may not be asked for: everything unknown. */
export const NO_INFO: InfoReply = parseInfo('')

/** A parser for replies that must be text. */
export function ofText<T>(parse: (text: string) => T): (raw: RawReply) => Parsed<T> {
  return (raw) =>
    typeof raw === 'string' ? { ok: true, value: parse(raw) } : { ok: false, problem: { detail: 'not a text' } }
}

/** The commands among these readings that were denied, in order. */
export function deniedAmong(readings: readonly (Reading<unknown> | undefined)[]): readonly string[] {
  return readings.flatMap((reading) => (reading?.denied === undefined ? [] : [reading.denied]))
}

/** The first outright failure among these readings. */
export function failureAmong(readings: readonly (Reading<unknown> | undefined)[]): Failure | undefined {
  return readings.find((reading) => reading?.failure !== undefined)?.failure
}

function unreadable(at: NodeId, command: string, detail: string): { readonly failure: Failure } {
  return { failure: { kind: 'unreadable-reply', at, command, detail: detail.slice(0, 200) } }
}
