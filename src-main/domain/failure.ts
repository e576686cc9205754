import type { NodeId } from './address.ts'

/** What stopped us from reaching a peer. `timeout` says at which stage: connecting, or a command sent. */
export type UnreachableCause = 'refused' | 'timeout' | 'dns' | 'tls' | 'closed'

/**
 * Expected trouble, as plain data that survives every process boundary. The set is closed.
 *
 * `at` is the node concerned. `reply` is the server's own error line, bounded and without secrets.
 * `detail` is words for a person; nobody branches on it.
 */
export type Failure =
  | {
      readonly kind: 'unreachable'
      readonly at: NodeId
      readonly cause: UnreachableCause
      /** Where the time-out struck: `connect` is unreachable from here, `command` is a hung peer. */
      readonly stage: 'connect' | 'command'
      readonly detail: string
    }
  | { readonly kind: 'auth'; readonly at: NodeId; readonly reply: string }
  | { readonly kind: 'not-permitted'; readonly at: NodeId; readonly command: string; readonly reply: string }
  | { readonly kind: 'loading'; readonly at: NodeId }
  | { readonly kind: 'busy'; readonly at: NodeId }
  | { readonly kind: 'misconf'; readonly at: NodeId; readonly reply: string }
  | { readonly kind: 'masterdown'; readonly at: NodeId }
  | { readonly kind: 'readonly'; readonly at: NodeId }
  | { readonly kind: 'noreplicas'; readonly at: NodeId }
  | { readonly kind: 'oom'; readonly at: NodeId }
  | { readonly kind: 'unreadable-reply'; readonly at: NodeId; readonly command: string; readonly detail: string }
  | { readonly kind: 'not-redis'; readonly at: NodeId; readonly detail: string }
  | { readonly kind: 'not-a-sentinel'; readonly at: NodeId }
  | { readonly kind: 'not-a-data-node'; readonly at: NodeId }
  | { readonly kind: 'tunnel'; readonly detail: string }
  | { readonly kind: 'refused-by-guard'; readonly detail: string }
  | { readonly kind: 'stale-plan'; readonly detail: string }
  | { readonly kind: 'vault-unavailable'; readonly detail: string }
  /** `isDamaged`: a file of ours is not what was written, or is gone. */
  | { readonly kind: 'storage'; readonly detail: string; readonly isDamaged?: true }
  | { readonly kind: 'not-found'; readonly detail: string; readonly known: readonly string[] }
  | { readonly kind: 'cancelled' }

export type FailureKind = Failure['kind']

/** A value, or the expected trouble that stood in its way. A thrown error is a bug. */
export type Result<T, E = Failure> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: E }

/** Wraps a value as a successful result. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** Wraps a failure as a result. */
export function fail<E>(failure: E): { readonly ok: false; readonly failure: E } {
  return { ok: false, failure }
}

/** How a node answers us, from here. Shown as such; `unreachable` is never called "down". */
export type Reachability = 'up' | 'loading' | 'busy' | 'auth-required' | 'not-permitted' | 'unreachable' | 'hung'

/** `error.code` in JSON: the kind, with the cause after a dot where there is one. */
export function failureCode(failure: Failure): string {
  return failure.kind === 'unreachable' ? `${failure.kind}.${failure.cause}` : failure.kind
}

/**
 * Total mapping of a failure to what it says of the node's reachability. A peer that took the connection and then
 * did not answer is `hung`; one that answers with an error about its own state is `up`.
 */
export function reachabilityOf(failure: Failure | undefined): Reachability {
  if (failure === undefined) return 'up'
  switch (failure.kind) {
    case 'unreachable':
      return failure.cause === 'timeout' && failure.stage === 'command' ? 'hung' : 'unreachable'
    case 'auth':
      return 'auth-required'
    case 'not-permitted':
      return 'not-permitted'
    case 'loading':
      return 'loading'
    case 'busy':
      return 'busy'
    case 'misconf':
    case 'masterdown':
    case 'readonly':
    case 'noreplicas':
    case 'oom':
    case 'unreadable-reply':
    case 'not-a-sentinel':
    case 'not-a-data-node':
      return 'up'
    case 'not-redis':
    case 'tunnel':
    case 'refused-by-guard':
    case 'stale-plan':
    case 'vault-unavailable':
    case 'storage':
    case 'not-found':
    case 'cancelled':
      return 'unreachable'
    default:
      return assertNever(failure)
  }
}

/** The one place with words for people. One line, no secret: where, what, and what to do. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'unreachable':
      return `${failure.at}: ${UNREACHABLE_WORDS[failure.cause](failure.stage)}${failure.detail === '' ? '' : ` (${failure.detail})`}`
    case 'auth':
      return `${failure.at}: authentication failed or is missing (${failure.reply}); give --user and --password-env, or the Sentinel ones`
    case 'not-permitted':
      return `${failure.at}: this user may not run ${failure.command} (${failure.reply})`
    case 'loading':
      return `${failure.at}: is loading its dataset; commands work when it is done`
    case 'busy':
      return `${failure.at}: is busy running a script; only SCRIPT KILL or SHUTDOWN NOSAVE work`
    case 'misconf':
      return `${failure.at}: refuses writes because persistence fails (${failure.reply})`
    case 'masterdown':
      return `${failure.at}: its link with the master is down and it does not serve stale data`
    case 'readonly':
      return `${failure.at}: is a read-only replica`
    case 'noreplicas':
      return `${failure.at}: refuses writes: not enough good replicas`
    case 'oom':
      return `${failure.at}: refuses writes: maxmemory is reached`
    case 'unreadable-reply':
      return `${failure.at}: the reply to ${failure.command} could not be read (${failure.detail})`
    case 'not-redis':
      return `${failure.at}: does not speak the Redis protocol (${failure.detail})`
    case 'not-a-sentinel':
      return `${failure.at}: is a data node, not a Sentinel; use --node ${failure.at}`
    case 'not-a-data-node':
      return `${failure.at}: is a Sentinel, not a data node; use --sentinel ${failure.at}`
    case 'tunnel':
    case 'refused-by-guard':
    case 'stale-plan':
    case 'vault-unavailable':
    case 'storage':
      return failure.detail
    case 'not-found':
      return failure.known.length === 0 ? failure.detail : `${failure.detail}; known: ${failure.known.join(', ')}`
    case 'cancelled':
      return 'cancelled'
    default:
      return assertNever(failure)
  }
}

const UNREACHABLE_WORDS: Readonly<Record<UnreachableCause, (stage: 'connect' | 'command') => string>> = {
  refused: () => 'nothing listens on that port (connection refused)',
  timeout: (stage) =>
    stage === 'connect' ? 'no connection within the time-out' : 'took the connection but did not answer in time',
  dns: () => 'the host name does not resolve here',
  tls: () => 'the TLS handshake failed',
  closed: () => 'the connection was closed',
}

/** Marks a switch as complete; reaching it is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}

/** A master that does not answer may be dead already, before any Sentinel says so: nothing is said of "if it died". */
export function mayBeDead(reachability: Reachability | undefined): boolean {
  return reachability === 'unreachable' || reachability === 'hung'
}
