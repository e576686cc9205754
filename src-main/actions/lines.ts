import type { NodeId } from '../domain/address.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import type { CommandWords, PeerKind } from '../domain/plans/model.ts'
import { parseRole } from '../domain/replies/role.ts'
import type { ActionDialler, ActionLine, ActionReply, Sent } from './ports.ts'

/** The lines of one action: one a process, opened when first needed and, for reading, opened again when they were lost. */
export interface Lines {
  /** Reads. A line that was lost meanwhile is replaced, for asking twice changes nothing. */
  readonly read: (node: NodeId, peer: PeerKind, commands: readonly CommandWords[], timeoutMs: number) => Promise<Sent>
  /** Sends what changes something, once, on a line whose ROLE was checked on that very socket just before. */
  readonly change: (order: Order) => Promise<Sent | { readonly state: 'wrong-role'; readonly role: string }>
  readonly close: () => void
}

export interface Order {
  readonly node: NodeId
  readonly peer: PeerKind
  readonly needsRole: 'master' | 'replica' | 'sentinel' | undefined
  readonly commands: readonly CommandWords[]
  /** In MULTI and EXEC: the answer is EXEC's elements, or its error. */
  readonly isAtomic: boolean
  readonly timeoutMs: number
  /** Not sent at all when ROLE is not answered within this time; undefined: within the time-out. */
  readonly sendWithinMs?: number | undefined
}

const ROLE: CommandWords = ['ROLE']

export function createLines(dialler: ActionDialler, name: string): Lines {
  const lines = new Map<string, Promise<Result<ActionLine>>>()
  let isClosed = false

  const line = async (node: NodeId, peer: PeerKind): Promise<Result<ActionLine>> => {
    if (isClosed) return fail({ kind: 'cancelled' })
    const key = `${peer} ${node}`
    const known = await lines.get(key)
    if (known?.ok === true && known.value.isOpen()) return known
    const opening = dialler.open(node, peer, name)
    lines.set(key, opening)
    return opening
  }

  return {
    read: async (node, peer, commands, timeoutMs) => {
      const opened = await line(node, peer)
      if (!opened.ok) return { state: 'not-sent', failure: opened.failure }
      const sent = await opened.value.send(commands, timeoutMs)
      if (sent.state === 'answered' || (sent.state === 'unknown' && !sent.isClosed)) return sent
      const again = await line(node, peer)
      return again.ok ? again.value.send(commands, timeoutMs) : sent
    },
    change: async (order) => {
      const opened = await line(order.node, order.peer)
      if (!opened.ok) return { state: 'not-sent', failure: opened.failure }
      const role = await opened.value.send([ROLE], Math.min(order.timeoutMs, order.sendWithinMs ?? Infinity))
      if (role.state !== 'answered' && order.sendWithinMs !== undefined)
        return { state: 'not-sent', failure: role.failure }
      // A line that was lost while it stood idle has sent nothing yet: it may be dialled anew.
      if (role.state !== 'answered') {
        const again = await line(order.node, order.peer)
        if (!again.ok) return { state: 'not-sent', failure: again.failure }
        const second = await again.value.send([ROLE], order.timeoutMs)
        return second.state === 'answered'
          ? sendOn(again.value, order, second.replies)
          : { state: 'not-sent', failure: second.failure }
      }
      return sendOn(opened.value, order, role.replies)
    },
    close: () => {
      isClosed = true
      for (const opening of lines.values()) void opening.then((opened) => opened.ok && opened.value.close())
    },
  }
}

async function sendOn(line: ActionLine, order: Order, roleReplies: readonly ActionReply[]) {
  const said = roleOf(roleReplies[0])
  if (order.needsRole !== undefined && said !== order.needsRole)
    return { state: 'wrong-role' as const, role: said ?? 'unknown' }
  // What follows a SELECT would hit another database if that was refused: it is answered for on this very socket first.
  const [head, ...rest] = order.commands
  if (head?.[0] === 'SELECT' && rest.length > 0) {
    const selected = await line.send([head], order.timeoutMs)
    if (selected.state !== 'answered') return selected
    if (selected.replies.some((reply) => 'error' in reply)) return selected
    const sent = await line.send(rest, order.timeoutMs)
    return sent.state === 'answered' ? { ...sent, replies: [...selected.replies, ...sent.replies] } : sent
  }
  if (!order.isAtomic) return line.send(order.commands, order.timeoutMs)
  const sent = await line.send([['MULTI'], ...order.commands, ['EXEC']], order.timeoutMs)
  return sent.state === 'answered' ? { ...sent, replies: elementsOf(sent.replies) } : sent
}

function roleOf(reply: ActionReply | undefined): string | undefined {
  if (reply === undefined || 'error' in reply) return undefined
  const role = parseRole(reply.value)
  return role.ok ? role.value.role : undefined
}

/** EXEC's answer as one reply a command; a refused transaction is its error, once. */
function elementsOf(replies: readonly ActionReply[]): readonly ActionReply[] {
  const last = replies.at(-1)
  if (last === undefined) return []
  if ('error' in last) return [replies.find((reply) => 'error' in reply) ?? last]
  if (!Array.isArray(last.value)) return [{ error: 'EXECABORT the transaction was not run' }]
  return (last.value as readonly (typeof last.value)[]).map((value) =>
    typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string'
      ? { error: value.error }
      : { value },
  )
}

/** The first error among replies, with the command that it answers. */
export function firstError(
  commands: readonly CommandWords[],
  replies: readonly ActionReply[],
): { readonly command: CommandWords | undefined; readonly error: string } | undefined {
  const index = replies.findIndex((reply) => 'error' in reply)
  const reply = replies[index]
  return reply !== undefined && 'error' in reply ? { command: commands[index], error: reply.error } : undefined
}

/** A reply's value as text; undefined for an error and for anything but a text. */
export function textOf(reply: ActionReply | undefined): string | undefined {
  return reply !== undefined && 'value' in reply && typeof reply.value === 'string' ? reply.value : undefined
}

/** Succeeds with what was answered; a line that did not answer is its failure. */
export function answered(sent: Sent): Result<readonly ActionReply[]> {
  return sent.state === 'answered' ? ok(sent.replies) : fail(sent.failure)
}
