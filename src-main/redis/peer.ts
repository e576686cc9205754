import type { ConnectionOptions } from 'node:tls'
import { formatAddress, type Address, type NodeId } from '../domain/address.ts'
import type { Failure } from '../domain/failure.ts'
import type { Clock } from '../monitor/ports.ts'
import { CLIENT_NAME, nameOf } from './allow-list.ts'
import type { Link, Reply } from './link.ts'
import { firstWord, tidyLine, translateReply, type LinkTrouble } from './translate-error.ts'

export interface Credentials {
  readonly user?: string | undefined
  readonly password?: string | undefined
}

export interface PeerOptions {
  /** As announced: the node's name in every failure. */
  readonly address: Address
  readonly dialled: Address
  readonly timeoutMs: number
  readonly credentials: Credentials
  readonly tls: (() => ConnectionOptions) | undefined
  readonly tlsFlag: string
  readonly maxReplyBytes: number
  readonly clock: Clock
}

export type Command = readonly [name: string, ...args: string[]]

/** What goes out before the first question of a link, in the same round trip. A name that may not be set is no trouble. */
export function greetingOf({ user, password }: Credentials): readonly Command[] {
  const setName: Command = ['CLIENT', 'SETNAME', CLIENT_NAME]
  if (password === undefined) return [setName]
  return [user === undefined ? ['AUTH', password] : ['AUTH', user, password], setName]
}

/**
 * The failure when the credentials were refused. A server that wants no password and got one answers with ERR (so does
 * Redis 5 to a wrong one): what it answers afterwards tells which.
 */
export function authRefusal(replies: readonly Reply[], greetings: number, options: PeerOptions): Failure | undefined {
  const first = replies[0]
  if (greetings < 2 || first === undefined || !('error' in first)) return undefined
  const at: NodeId = formatAddress(options.address)
  const needsAuth = replies.slice(greetings).some((reply) => 'error' in reply && firstWord(reply.error) === 'NOAUTH')
  if (firstWord(first.error) === 'ERR' && !needsAuth) return undefined
  const line = withoutSecrets(first.error, options.credentials)
  return needsAuth ? { kind: 'auth', at, reply: tidyLine(line) } : translateReply(line, at, 'AUTH')
}

/** Servers quote the arguments of a command that they do not know: a password must not come back in an error. */
function withoutSecrets(line: string, { password = '' }: Credentials): string {
  const bare = line.replace(/,? with args beginning with:.*/is, '')
  return password === '' ? bare : bare.replaceAll(password, '***')
}

/** How far this link has come, for the translation of its end. */
export function troubleOf(
  link: Link,
  options: PeerOptions,
  command: readonly string[],
  hasSpoken: boolean,
): LinkTrouble {
  const at = formatAddress(options.address)
  const dialled = formatAddress(options.dialled)
  const guard = link.guard()
  const stage = link.stage()
  return {
    at,
    command: nameOf(command),
    // A peer whose handshake worked before and hangs now is a hung peer, not one that lacks TLS.
    stage: stage === 'tls-handshake' && hasSpoken ? 'open' : stage,
    tlsFlag: options.tlsFlag,
    isTls: options.tls !== undefined,
    repliesTotal: guard?.repliesTotal() ?? 0,
    lastErrorLine: guard?.lastErrorLine(),
    foreignBytes: guard?.foreignBytes() ?? NOTHING,
    via: dialled === at ? undefined : dialled,
  }
}

const NOTHING = Buffer.alloc(0)
