/** What a remedy's command line would be as a guarded action. */
export interface RemedyAction {
  readonly action: string
  /** The node that the command names; null where it names none. */
  readonly node: string | null
  readonly values: Readonly<Record<string, string>>
}

const CLI = /^(?:redis|valkey)-cli\s+(.*)$/

/**
 * Reads `redis-cli -h H -p P CONFIG SET NAME VALUE` and its like. Null for what is no such command, reads a secret from
 * standard input, or has words after it that a person has to understand first.
 */
export function remedyAction(step: string): RemedyAction | null {
  const rest = CLI.exec(step.replace(/\s+#.*$/, '').trim())?.[1]
  if (rest === undefined) return null
  const words = splitWords(rest)
  if (words === null) return null
  let host: string | undefined
  let port: string | undefined
  while (words[0]?.startsWith('-') === true) {
    const option = words.shift()
    if (option === '-h') host = words.shift()
    else if (option === '-p') port = words.shift()
    else if (option === '--tls') continue
    else return null
  }
  const node = host === undefined || port === undefined ? null : `${host.includes(':') ? `[${host}]` : host}:${port}`
  const [name = '', verb = '', ...args] = words
  const command = name.toUpperCase()
  const first = `${command} ${verb.toUpperCase()}`
  if (first === 'CONFIG SET' && args.length >= 2 && args.length % 2 === 0) {
    const pairs = args.flatMap((word, i) => (i % 2 === 0 ? [`${word}=${args[i + 1] ?? ''}`] : []))
    return { action: 'config-set', node, values: { settings: pairs.join('\n') } }
  }
  if (command === 'BGSAVE' && words.length === 1) return { action: 'bgsave', node, values: {} }
  if (command === 'BGREWRITEAOF' && words.length === 1) return { action: 'bgrewriteaof', node, values: {} }
  if (command === 'REPLICAOF' && args.length === 1) {
    const to = verb.toUpperCase() === 'NO' ? 'no-one' : `${verb}:${args[0] ?? ''}`
    return { action: 'replicaof', node, values: { to } }
  }
  if (first === 'SENTINEL RESET' && args.length === 1) return { action: 'sentinel-reset', node, values: {} }
  if (first === 'SENTINEL CKQUORUM' && args.length === 1) return { action: 'ckquorum', node, values: {} }
  if (first === 'SENTINEL FAILOVER' && args.length === 1) return { action: 'switchover', node: null, values: {} }
  if (first === 'SENTINEL SET' && args.length === 3)
    return { action: 'sentinel-set', node, values: { settings: `${args[1] ?? ''}=${args[2] ?? ''}` } }
  return null
}

/** Shell words with quotes; null when it is more than words (a pipe, a redirection, a remark in brackets). */
function splitWords(text: string): string[] | null {
  const words: string[] = []
  const pattern = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'|<>;&()$`]+)|(\s+)|(.)/g
  let word: string | undefined
  for (const [, double, single, plain, space, other] of text.matchAll(pattern)) {
    if (other !== undefined) return null
    if (space !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + (double?.replace(/\\(.)/g, '$1') ?? single ?? plain ?? '')
  }
  if (word !== undefined) words.push(word)
  return words
}
