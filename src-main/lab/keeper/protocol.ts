import { join } from 'node:path'
import { z } from 'zod'
import type { ActiveFault, FaultKind } from '../../domain/drills/faults.ts'
import type { Failure } from '../../domain/failure.ts'

/**
 * How a process asks the keeper of a lab, over a socket in the lab's folder: one JSON object a line. The keeper says
 * hello first; every request carries a number, and its answer the same. The folder and the socket are open to this
 * user alone.
 */
export const HELLO = 'repliscope/keeper@1'

/** A line longer than this is no request of ours. */
export const MAX_LINE_CHARS = 65_536

/** The longest path that the system takes for a socket (macOS has 104 bytes, Linux 108, with the zero at the end). */
const MAX_SOCKET_PATH = 103

const text = z.string().max(300)

export const keeperRequest = z.discriminatedUnion('ask', [
  z.object({ id: z.number(), ask: z.enum(['now', 'faults', 'follow', 'down']) }),
  z.object({
    id: z.number(),
    ask: z.literal('break'),
    fault: z.object({
      kind: z.custom<FaultKind>((kind) => typeof kind === 'string' && kind.length <= 40),
      node: text,
      peer: text.optional(),
      direction: z.enum(['both', 'to-node', 'from-node']).optional(),
      amount: z.number().optional(),
    }),
  }),
  z.object({ id: z.number(), ask: z.literal('heal'), fault: text.nullable() }),
])

export type KeeperRequest = z.infer<typeof keeperRequest>

/** What a keeper says. `active` comes unasked, to those who follow. */
export type KeeperLine =
  | { readonly hello: string }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: Failure }
  | { readonly active: readonly ActiveFault[] }

/** Where the keeper of the lab in this folder listens. */
export function socketOf(dir: string): string {
  return join(dir, 'control.sock')
}

/** Why no socket can be made there, in words; undefined when it can. */
export function socketProblem(dir: string): string | undefined {
  const path = socketOf(dir)
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH
    ? undefined
    : `the path ${path} is too long for a socket: give a shorter name, or a shorter TMPDIR`
}

/** Cuts what a socket delivers into lines. */
export function createLineReader(onLine: (line: string) => void, onTooLong: () => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    rest += chunk
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 1)
      if (line !== '') onLine(line)
    }
    if (rest.length > MAX_LINE_CHARS) onTooLong()
  }
}
