import { wordsAsText } from '../plans/command-words.ts'
import type { CommandWords } from '../plans/model.ts'

/** Commands whose second word is a subcommand that a rule can name. */
const CONTAINERS: ReadonlySet<string> = new Set(['acl', 'client', 'config', 'sentinel'])
/** Commands whose first argument is a key, as far as actions send any. */
const KEYED: ReadonlySet<string> = new Set(['set', 'del'])

/** The rule that allows one command: `+config|set`, `+replicaof`. */
export function ruleFor(command: readonly string[]): string {
  const [name = '', sub] = command.map((word) => word.toLowerCase())
  return CONTAINERS.has(name) && sub !== undefined ? `+${name}|${sub}` : `+${name}`
}

/** Every rule that these commands need, each once, the keys of the probe with them. */
export function rulesForCommands(commands: readonly CommandWords[]): readonly string[] {
  const keys = commands.some(([name]) => KEYED.has(name.toLowerCase())) ? ['~repliscope:probe:*'] : []
  return [...new Set([...commands.map(ruleFor), ...keys])]
}

/** How a command is named where it is refused: its name, with the subcommand where it has one. */
export function commandName(command: readonly string[]): string {
  const isContainer = CONTAINERS.has((command[0] ?? '').toLowerCase())
  return wordsAsText(command.slice(0, isContainer ? 2 : 1)).toUpperCase()
}

/**
 * Whether the command rules of a user (the `commands` of ACL GETUSER: `-@all +get +config|set`) allow a command. Undefined:
 * a category other than `@all` decides it, and what belongs to it is the server's knowledge. The last rule that fits counts.
 */
export function rulesAllow(rules: string, command: readonly string[]): boolean | undefined {
  const [name = '', sub = ''] = command.map((word) => word.toLowerCase())
  let may: boolean | undefined = false
  for (const word of rules.toLowerCase().split(/\s+/)) {
    const isGrant = word.startsWith('+')
    const what = word.replace(/^[+-]/, '')
    if (word === 'allcommands' || what === '@all') may = word === 'allcommands' || isGrant
    else if (word === 'nocommands') may = false
    else if (what.startsWith('@')) may = isGrant === may ? may : undefined
    // Taking one subcommand away leaves the command's others.
    else if (what === name || what === `${name}|${sub}`) may = isGrant
  }
  return may
}
