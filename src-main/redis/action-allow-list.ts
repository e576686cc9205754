import { PROBE_PREFIX } from '../actions/ports.ts'
import { isSecretParameter } from '../domain/plans/secrets.ts'

type Rule = (args: readonly string[]) => boolean

/** A longer pause makes Sentinel take the master for down. */
const MAX_PAUSE_MS = 5000

/** SENTINEL subcommands, with how many arguments each takes; -1: three or more, in pairs after the name. */
const SENTINEL_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ['MASTER', 1],
  ['GET-MASTER-ADDR-BY-NAME', 1],
  ['MASTERS', 0],
  ['MYID', 0],
  ['REPLICAS', 1],
  ['SENTINELS', 1],
  ['CKQUORUM', 1],
  ['FAILOVER', 1],
  ['RESET', 1],
  ['SET', -1],
])

/**
 * Every command that an action's connection may put on the wire. It is apart from the monitor's list, which allows
 * nothing that changes a server. What faults are made of (DEBUG, CLIENT KILL by address, long pauses) is missing on
 * purpose, and keys are written only under the probe's own name.
 */
const ALLOWED: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['ROLE', none],
  ['INFO', (args) => args.length <= 1 && args.every((section) => /^[a-z]+$/i.test(section))],
  ['AUTH', (args) => args.length === 1 || args.length === 2],
  ['DBSIZE', none],
  ['LASTSAVE', none],
  ['SELECT', (args) => args.length === 1 && /^\d{1,5}$/.test(args[0] ?? '')],
  ['CONFIG', isAllowedConfig],
  ['CLIENT', isAllowedClient],
  ['ACL', isAllowedAcl],
  ['SENTINEL', isAllowedSentinel],
  ['MULTI', none],
  ['EXEC', none],
  ['REPLICAOF', (args) => args.length === 2],
  ['SHUTDOWN', (args) => args.length <= 1 && args.every((word) => /^(SAVE|NOSAVE)$/i.test(word))],
  ['BGSAVE', none],
  ['BGREWRITEAOF', none],
  ['FLUSHALL', isFlush],
  ['FLUSHDB', isFlush],
  ['WAIT', (args) => args.length === 2 && isCount(args[0]) && isTime(args[1])],
  ['WAITAOF', (args) => args.length === 3 && isCount(args[0]) && isCount(args[1]) && isTime(args[2])],
  ['SET', ([key = '', , px = '', ms]) => key.startsWith(PROBE_PREFIX) && is(px, 'PX') && isTime(ms)],
  ['DEL', (args) => args.length > 0 && args.every((key) => key.startsWith(PROBE_PREFIX))],
])

/** Whether an action may send this command, its name first. Unknown means no. */
export function isActionAllowed(command: readonly string[]): boolean {
  const [name = '', ...args] = command
  return ALLOWED.get(name.toUpperCase())?.(args) ?? false
}

function none(args: readonly string[]): boolean {
  return args.length === 0
}

function is(word: string | undefined, expected: string): boolean {
  return word?.toUpperCase() === expected
}

function isCount(word: string | undefined): boolean {
  return word !== undefined && /^\d{1,6}$/.test(word)
}

/** Milliseconds, never 0: WAIT with 0 blocks for ever. */
function isTime(word: string | undefined): boolean {
  return word !== undefined && /^[1-9]\d{0,5}$/.test(word)
}

function isFlush(args: readonly string[]): boolean {
  return args.length <= 1 && args.every((word) => /^(ASYNC|SYNC)$/i.test(word))
}

function isAllowedConfig([verb, ...rest]: readonly string[]): boolean {
  if (is(verb, 'REWRITE')) return rest.length === 0
  if (is(verb, 'GET')) return rest.length > 0 && rest.every((key) => !/[*?[]/.test(key) && !isSecretParameter(key))
  if (!is(verb, 'SET') || rest.length === 0 || rest.length % 2 !== 0) return false
  return rest.every((word, i) => i % 2 === 1 || (/^[a-z0-9-]+$/i.test(word) && !isSecretParameter(word)))
}

function isAllowedClient([verb, ...rest]: readonly string[]): boolean {
  switch (verb?.toUpperCase()) {
    case 'SETNAME':
      return rest.length === 1 && /^repliscope-[a-z0-9-]+$/.test(rest[0] ?? '')
    case 'LIST':
      return rest.length === 2 && is(rest[0], 'TYPE') && is(rest[1], 'NORMAL')
    case 'PAUSE':
      return rest.length === 2 && isTime(rest[0]) && Number(rest[0]) <= MAX_PAUSE_MS && is(rest[1], 'WRITE')
    case 'UNPAUSE':
      return rest.length === 0
    case 'KILL':
      return rest.length === 2 && is(rest[0], 'TYPE') && /^(NORMAL|PUBSUB)$/i.test(rest[1] ?? '')
    default:
      return false
  }
}

/** Who we are and what we may do. DRYRUN runs nothing, and yet names only what could be sent from here. */
function isAllowedAcl([verb, ...rest]: readonly string[]): boolean {
  if (is(verb, 'WHOAMI')) return rest.length === 0
  if (is(verb, 'GETUSER')) return rest.length === 1
  const [user, ...command] = rest
  return is(verb, 'DRYRUN') && user !== undefined && command.length > 0 && isActionAllowed(command)
}

function isAllowedSentinel([verb = '', ...rest]: readonly string[]): boolean {
  const count = SENTINEL_ARGUMENTS.get(verb.toUpperCase())
  if (count === undefined) return false
  if (count >= 0) return rest.length === count && rest.every((word) => word !== '' && !/[*?[]/.test(word))
  return rest.length >= 3 && rest.length % 2 === 1 && !rest.some((word, i) => i % 2 === 1 && isSecretParameter(word))
}
