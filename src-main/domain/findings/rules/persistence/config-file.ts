import { readBytes } from '../../../replies/config-get.ts'
import type { ConfigReply } from '../../../replies/reply-types.ts'

/** Settings whose loss at a restart matters, with what holds where the file does not name them; undefined: depends on the version. */
export const RESTART_SETTINGS: ReadonlyMap<string, string | undefined> = new Map([
  ['save', undefined],
  ['appendonly', 'no'],
  ['appendfsync', 'everysec'],
  ['no-appendfsync-on-rewrite', 'no'],
  ['stop-writes-on-bgsave-error', 'yes'],
  ['min-replicas-to-write', '0'],
  ['min-replicas-max-lag', '10'],
  ['replica-read-only', 'yes'],
  ['replica-priority', '100'],
  ['repl-backlog-size', undefined],
  ['repl-timeout', '60'],
  ['maxmemory', '0'],
  ['maxmemory-policy', 'noeviction'],
])

/** Older spellings that a file may use. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['min-replicas-to-write', 'min-slaves-to-write'],
  ['min-replicas-max-lag', 'min-slaves-max-lag'],
  ['replica-read-only', 'slave-read-only'],
  ['replica-priority', 'slave-priority'],
])

/** One setting that differs between the running server and its file. */
export interface ConfigDrift {
  readonly name: string
  readonly running: string
  /** What a restart would bring. */
  readonly inFile: string
}

/** What a restart would change; undefined where the file includes others that were not read. */
export function driftOf(running: ConfigReply, file: ConfigReply): readonly ConfigDrift[] | undefined {
  if (file.has('include')) return undefined
  return [...RESTART_SETTINGS].flatMap(([name, byDefault]) => {
    const now = running.get(name)
    const inFile = file.get(name) ?? file.get(ALIASES.get(name) ?? '') ?? byDefault
    if (now === undefined || inFile === undefined || isSame(now, inFile)) return []
    return [{ name, running: now, inFile }]
  })
}

function isSame(a: string, b: string): boolean {
  if (a.trim().replace(/\s+/g, ' ') === b.trim().replace(/\s+/g, ' ')) return true
  const bytes = readBytes(a)
  return bytes !== undefined && bytes === readBytes(b)
}
