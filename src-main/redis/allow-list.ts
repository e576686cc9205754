import { AUDITED_KEYS, LEGACY_PATTERNS } from './audited-keys.ts'

type Rule = (args: readonly string[]) => boolean

export const CLIENT_NAME = 'repliscope'
export const HELLO_CHANNEL = '__sentinel__:hello'

const READABLE_KEYS: ReadonlySet<string> = new Set([...AUDITED_KEYS, ...LEGACY_PATTERNS])

/**
 * Every command that a monitoring connection may put on the wire, with what its arguments may be. Nothing here changes
 * a server. What is missing is missing on purpose: SENTINEL IS-MASTER-DOWN-BY-ADDR casts a vote when it carries a run
 * id, SENTINEL CONFIG GET returns passwords, and CLIENT LIST without a type is unsafe on big servers.
 */
const ALLOWED: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['PING', none],
  ['INFO', (args) => args.every((section) => /^[a-z]+$/i.test(section) && !/^(everything|all)$/i.test(section))],
  ['ROLE', none],
  ['AUTH', (args) => args.length === 1 || args.length === 2],
  ['CONFIG', ([verb, ...keys]) => is(verb, 'GET') && keys.length > 0 && keys.every((key) => READABLE_KEYS.has(key))],
  ['CLIENT', isAllowedClient],
  ['ACL', isAllowedAcl],
  ['SENTINEL', isAllowedSentinel],
  ['SUBSCRIBE', (args) => args.length === 1 && args[0] === HELLO_CHANNEL],
  ['PSUBSCRIBE', (args) => args.length === 1 && args[0] === '*'],
])

/** SENTINEL subcommands that only read, with how many arguments each takes. */
const SENTINEL_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ['MASTERS', 0],
  ['MYID', 0],
  ['MASTER', 1],
  ['REPLICAS', 1],
  ['SLAVES', 1],
  ['SENTINELS', 1],
  ['CKQUORUM', 1],
  ['GET-MASTER-ADDR-BY-NAME', 1],
  ['INFO-CACHE', 1],
])

/** Whether this command, its name first, may be sent. Unknown means no. */
export function isAllowed(command: readonly string[]): boolean {
  const [name = '', ...args] = command
  return ALLOWED.get(name.toUpperCase())?.(args) ?? false
}

/** How a refused command is named: at most its first two words, never further arguments. */
export function nameOf(command: readonly string[]): string {
  const words = command.slice(0, /^(CONFIG|CLIENT|SENTINEL|ACL|SCRIPT)$/i.test(command[0] ?? '') ? 2 : 1)
  return words
    .join(' ')
    .toUpperCase()
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 48)
}

function none(args: readonly string[]): boolean {
  return args.length === 0
}

function is(word: string | undefined, expected: string): boolean {
  return word?.toUpperCase() === expected
}

function isAllowedClient([verb, ...rest]: readonly string[]): boolean {
  if (is(verb, 'LIST')) return rest.length === 2 && is(rest[0], 'TYPE') && is(rest[1], 'REPLICA')
  return is(verb, 'SETNAME') && rest.length === 1 && rest[0] === CLIENT_NAME
}

/** DRYRUN runs nothing: it tells whether the default user might. */
export const DRY_RUNS: readonly (readonly string[])[] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['DEBUG', 'SLEEP', '0'],
  ['CONFIG', 'SET', 'maxmemory', '0'],
  ['SHUTDOWN'],
  ['KEYS', '*'],
]

function isAllowedAcl([verb, ...rest]: readonly string[]): boolean {
  if (is(verb, 'WHOAMI')) return rest.length === 0
  const [user, ...command] = rest
  return is(verb, 'DRYRUN') && user === 'default' && DRY_RUNS.some((one) => one.join(' ') === command.join(' '))
}

function isAllowedSentinel([verb = '', ...rest]: readonly string[]): boolean {
  return SENTINEL_ARGUMENTS.get(verb.toUpperCase()) === rest.length
}
