/** Commands whose second word is a subcommand; for all others an ACL rule names the command alone. */
const CONTAINERS = new Set([
  'acl',
  'client',
  'cluster',
  'command',
  'config',
  'latency',
  'memory',
  'sentinel',
  'slowlog',
])

/** What to allow where a whole container was refused: never more than the inspector asks. */
const SMALLEST: Readonly<Record<string, string>> = { config: '+config|get', client: '+client|list', acl: '+acl|whoami' }

/** Subscribing needs channels besides the command. */
const CHANNELS: Readonly<Record<string, Readonly<Record<'server' | 'sentinel', string>>>> = {
  subscribe: { server: '&__sentinel__:hello', sentinel: 'allchannels' },
  psubscribe: { server: '&__sentinel__:hello', sentinel: 'allchannels' },
}

/**
 * The ACL line that would let this user run what is not permitted: `ACL SETUSER <user> +config|get +client|list`.
 *
 * `commands` as in `NodeSnapshot.notPermitted`. Null when nothing is missing, and for servers without ACL (before 6.0;
 * Sentinels before 6.2), where the command was renamed or disabled instead. Source: redis-facts 12.4.
 */
export function aclHint(
  commands: readonly string[],
  kind: 'server' | 'sentinel',
  version: string | undefined,
): string | null {
  if (commands.length === 0 || isBefore(version, kind === 'server' ? 6 : 6.2)) return null
  const rules = new Set<string>()
  for (const command of commands) {
    const words = command.toLowerCase().split(/[\s|]+/)
    const name = words[0] ?? ''
    if (!/^[a-z-]+$/.test(name)) continue
    const sub = words[1]
    if (CONTAINERS.has(name) && sub !== undefined && /^[a-z-]+$/.test(sub)) rules.add(`+${name}|${sub}`)
    else rules.add(SMALLEST[name] ?? `+${name}`)
    const channels = CHANNELS[name]?.[kind]
    if (channels !== undefined) rules.add(channels)
  }
  return rules.size === 0 ? null : `ACL SETUSER <user> ${[...rules].join(' ')}`
}

function isBefore(version: string | undefined, limit: number): boolean {
  const parts = /^(\d+)\.(\d+)/.exec(version ?? '')
  return parts !== null && Number(parts[1]) + Number(parts[2]) / 10 < limit
}
