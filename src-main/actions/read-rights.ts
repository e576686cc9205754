import { rulesAllow } from '../domain/acl/permissions.ts'
import type { CommandWords } from '../domain/plans/model.ts'
import type { Needed, RightsSeen } from '../domain/plans/rights.ts'
import { textOf, type Lines } from './lines.ts'
import type { ActionReply } from './ports.ts'

const FIRST_WORD = /^\S+/

/** Asks one process what the user of these lines may do there. Only reads: ACL WHOAMI, DRYRUN, else GETUSER. */
export async function readRights(lines: Lines, needed: Needed, timeoutMs: number): Promise<RightsSeen> {
  const { node, peer, commands } = needed
  const asked = await lines.read(node, peer, [['ACL', 'WHOAMI']], timeoutMs)
  if (asked.state !== 'answered') return { ...needed, user: undefined, state: 'silent' }
  const [who] = asked.replies
  const user = textOf(who)
  if (user === undefined)
    return isUnknown(who)
      ? { ...needed, user, state: 'no-acl' }
      : { ...needed, user, state: 'unseen', why: `${errorOf(who)} (ACL WHOAMI)` }
  const dry = commands.map((command): CommandWords => ['ACL', 'DRYRUN', user, ...command])
  const tried = await lines.read(node, peer, dry, timeoutMs)
  const replies = tried.state === 'answered' ? tried.replies : []
  if (replies.length === commands.length && !replies.some(isNotTried)) return judged(needed, user, replies)
  const seen = await fromRules(lines, needed, user, timeoutMs)
  return seen ?? { ...needed, user, state: 'unseen', why: `${errorOf(replies.find(isNotTried))} (ACL DRYRUN)` }
}

/** DRYRUN answers OK, or why not; an error is about DRYRUN itself, or about a command that the server does not have. */
function judged(needed: Needed, user: string, replies: readonly ActionReply[]): RightsSeen {
  const missing = needed.commands.filter((_, i) => textOf(replies[i]) !== undefined && textOf(replies[i]) !== 'OK')
  const absent = needed.commands.filter((_, i) => isAbsent(replies[i]))
  return { ...needed, user, state: 'seen', missing, absent }
}

/** Before 7.0 there is no DRYRUN: the user's own rules are read, where that is permitted. Undefined: they do not tell. */
async function fromRules(
  lines: Lines,
  needed: Needed,
  user: string,
  timeoutMs: number,
): Promise<RightsSeen | undefined> {
  const sent = await lines.read(needed.node, needed.peer, [['ACL', 'GETUSER', user]], timeoutMs)
  const reply = sent.state === 'answered' ? sent.replies[0] : undefined
  if (reply === undefined || 'error' in reply || !Array.isArray(reply.value)) return undefined
  const at = (reply.value as readonly unknown[]).indexOf('commands')
  const rules: unknown = at < 0 ? undefined : (reply.value as readonly unknown[])[at + 1]
  if (typeof rules !== 'string') return undefined
  const may = needed.commands.map((command) => rulesAllow(rules, command))
  if (may.includes(undefined)) return undefined
  return { ...needed, user, state: 'seen', missing: needed.commands.filter((_, i) => may[i] === false), absent: [] }
}

// ERR Command 'FLUSHALL' not found
function isAbsent(reply: ActionReply | undefined): boolean {
  return reply !== undefined && 'error' in reply && /^ERR Command '.*' not found/i.test(reply.error)
}

function isNotTried(reply: ActionReply): boolean {
  return 'error' in reply && !isAbsent(reply)
}

// ERR unknown command `ACL`, with args beginning with: `WHOAMI`,
function isUnknown(reply: ActionReply | undefined): boolean {
  return reply !== undefined && 'error' in reply && /^ERR unknown command/i.test(reply.error)
}

/** The first word of a refusal: a person looks it up by that, and it holds nothing of what was sent. */
function errorOf(reply: ActionReply | undefined): string {
  if (reply === undefined) return 'no answer'
  return 'error' in reply ? (FIRST_WORD.exec(reply.error)?.[0] ?? 'an error') : 'an answer that cannot be read'
}
