import type { NodeId } from '../domain/address.ts'
import type { Failure, UnreachableCause } from '../domain/failure.ts'
import { GuardError } from './wire-guard.ts'

/** How far a connection had come when it failed. */
export interface LinkTrouble {
  readonly at: NodeId
  /** What was being asked, for a person: `INFO`. */
  readonly command: string
  readonly stage: 'dialling' | 'tls-handshake' | 'open'
  /** The option that turns TLS on for this kind of server. */
  readonly tlsFlag: string
  readonly isTls: boolean
  /** Replies read on this connection so far. */
  readonly repliesTotal: number
  readonly lastErrorLine: string | undefined
  readonly foreignBytes: Buffer
  /** Where we dialled, when that is not `at`. */
  readonly via: NodeId | undefined
}

/** A server's error line as plain text: one line, printable, bounded. */
export function tidyLine(line: string): string {
  return line
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** The first word of an error reply, upper case: `NOPERM`. */
export function firstWord(line: string): string {
  return /^[A-Za-z]+/.exec(line)?.[0].toUpperCase() ?? ''
}

/** True when the server does not know the command or subcommand: renamed, disabled, or older than it. */
export function isUnknownCommand(line: string): boolean {
  return /^ERR unknown (sub)?command\b/i.test(line) || /^ERR unknown sentinel subcommand\b/i.test(line)
}

/** An error reply to one command. `line` is the server's own, already free of secrets. */
export function translateReply(line: string, at: NodeId, command: string): Failure {
  const reply = tidyLine(line)
  switch (firstWord(line)) {
    case 'NOAUTH':
    case 'WRONGPASS':
      return { kind: 'auth', at, reply }
    case 'NOPERM':
      return { kind: 'not-permitted', at, command, reply }
    case 'DENIED':
      return { kind: 'not-permitted', at, command: 'anything from this host', reply }
    case 'LOADING':
      return { kind: 'loading', at }
    case 'BUSY':
      return { kind: 'busy', at }
    case 'MISCONF':
      return { kind: 'misconf', at, reply }
    case 'MASTERDOWN':
      return { kind: 'masterdown', at }
    case 'READONLY':
      return { kind: 'readonly', at }
    case 'NOREPLICAS':
      return { kind: 'noreplicas', at }
    case 'OOM':
      return { kind: 'oom', at }
    case 'ERR':
      if (isUnknownCommand(line)) return { kind: 'not-permitted', at, command, reply }
      if (/^ERR max number of clients\b/i.test(line)) return closed(at, reply)
      break
  }
  return { kind: 'unreadable-reply', at, command, detail: `error reply: ${reply}` }
}

/** A connection that could not be made, or that ended; `error` is undefined when it just closed. */
export function translateTrouble(error: unknown, trouble: LinkTrouble): Failure {
  const { at } = trouble
  if (trouble.foreignBytes.length > 0) return { kind: 'not-redis', at, detail: describeForeign(trouble) }
  if (error instanceof GuardError) return translateGuard(error, trouble)
  // Turned away at the door: an error line, then the end.
  if (
    trouble.lastErrorLine !== undefined &&
    trouble.repliesTotal <= 1 &&
    /^(DENIED|ERR max)/.test(trouble.lastErrorLine)
  )
    return translateReply(trouble.lastErrorLine, at, trouble.command)
  const code = codeOf(error)
  const isTls = isTlsCode(code) || trouble.stage === 'tls-handshake'
  const cause = isTls ? 'tls' : causeOf(code)
  return {
    kind: 'unreachable',
    at,
    cause,
    stage: trouble.stage === 'open' ? 'command' : 'connect',
    detail: detailOf(error, code, cause, trouble),
  }
}

/** No answer in time. Where the time-out struck tells an address that leads nowhere from a peer that hangs. */
export function translateTimeout(trouble: LinkTrouble): Failure {
  const { at, stage, via } = trouble
  if (trouble.foreignBytes.length > 0) return { kind: 'not-redis', at, detail: describeForeign(trouble) }
  if (stage === 'tls-handshake')
    return unreachable(
      at,
      'tls',
      `no answer to the TLS handshake: the port may speak plain text, try without ${trouble.tlsFlag}`,
    )
  const detail = via === undefined ? '' : `dialled ${via}`
  return { kind: 'unreachable', at, cause: 'timeout', stage: stage === 'open' ? 'command' : 'connect', detail }
}

function translateGuard(error: GuardError, trouble: LinkTrouble): Failure {
  const { at, command } = trouble
  switch (error.kind) {
    case 'refused-command':
      return { kind: 'refused-by-guard', detail: `${at}: a monitoring connection may not send ${error.message}` }
    case 'unsolicited':
      if (trouble.lastErrorLine !== undefined) return translateReply(trouble.lastErrorLine, at, command)
      return { kind: 'not-redis', at, detail: 'it speaks before it is asked' }
    case 'too-large':
      return { kind: 'unreadable-reply', at, command, detail: error.message }
    case 'foreign':
    case 'garbled':
      return trouble.repliesTotal === 0
        ? { kind: 'not-redis', at, detail: error.message }
        : { kind: 'unreadable-reply', at, command, detail: error.message }
  }
}

function describeForeign({ foreignBytes, tlsFlag }: LinkTrouble): string {
  if (foreignBytes[0] === 0x15 && foreignBytes[1] === 0x03)
    return `answers with a TLS alert: this port wants TLS, add ${tlsFlag}`
  const text = (foreignBytes.toString('latin1').split(/[\r\n]/)[0] ?? '').replace(/[^\x20-\x7e]/g, '.').slice(0, 40)
  if (/^HTTP\//.test(text)) return `answers "${text}": speaks HTTP`
  if (/^SSH-/.test(text)) return `answers "${text}": speaks SSH`
  return `answers "${text}"`
}

function detailOf(error: unknown, code: string, cause: UnreachableCause, trouble: LinkTrouble): string {
  const via = trouble.via === undefined ? '' : `dialled ${trouble.via}`
  const words = cause === 'refused' || (cause === 'closed' && code === '') ? '' : reasonOf(error, code)
  return [words, hintOf(code, cause, trouble), via].filter((part) => part !== '').join('; ')
}

function hintOf(code: string, cause: UnreachableCause, trouble: LinkTrouble): string {
  const isFresh = trouble.stage === 'open' && trouble.repliesTotal === 0
  if (cause === 'closed' && isFresh && !trouble.isTls)
    return `closed without an answer; if this port wants TLS, add ${trouble.tlsFlag}`
  if (cause !== 'tls') return ''
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO/.test(code))
    return `the port may speak plain text, try without ${trouble.tlsFlag}`
  if (code.startsWith('ERR_OSSL_')) return 'the certificate or key given cannot be used'
  if (code === 'ECONNRESET')
    return `the peer ended the handshake: the port may speak plain text, or want a client certificate`
  if (/CERTIFICATE_REQUIRED/.test(code)) return 'the server wants a client certificate'
  return ''
}

function reasonOf(error: unknown, code: string): string {
  const message = error instanceof Error ? tidyLine(error.message) : ''
  if (code === '') return message
  // OpenSSL's own messages carry source lines and handles: the code says it all.
  if (/^(ERR_SSL_|EPROTO)/.test(code) || message === '') return code
  return message.includes(code) ? message : `${code}: ${message}`
}

function causeOf(code: string): UnreachableCause {
  switch (code) {
    case 'ECONNREFUSED':
    case 'EACCES':
    case 'EPERM':
      return 'refused'
    case 'ENOTFOUND':
    case 'ENODATA':
      return 'dns'
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return 'timeout'
    default:
      return code.startsWith('EAI_') ? 'dns' : 'closed'
  }
}

/** Node's own certificate codes have no prefix of their own (`CERT_HAS_EXPIRED`), its system codes all start with E and have no underscore. */
function isTlsCode(code: string): boolean {
  return /^(ERR_(SSL|TLS|OSSL)_|EPROTO$)/.test(code) || (/^[A-Z]+(_[A-Z]+)+$/.test(code) && !/^(ERR|EAI)_/.test(code))
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[error.errors.length - 1])
  if (!(error instanceof Error) || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

function closed(at: NodeId, detail: string): Failure {
  return { kind: 'unreachable', at, cause: 'closed', stage: 'command', detail }
}

function unreachable(at: NodeId, cause: UnreachableCause, detail: string): Failure {
  return { kind: 'unreachable', at, cause, stage: 'connect', detail }
}
