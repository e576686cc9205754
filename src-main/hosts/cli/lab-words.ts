import { resolve } from 'node:path'
import type { PracticeLab } from '../../app/start-lab.ts'

/** The flags of `lab up` as they were typed. */
export interface LabUpFlags {
  readonly name?: string
  readonly replicas?: string
  readonly chained?: string
  readonly sentinels?: string
  readonly server?: string
  readonly aof?: boolean
  readonly rdb?: boolean
  /** Commander's `--no-persistence`: false when it was given. */
  readonly persistence?: boolean
  readonly set?: readonly string[]
  readonly downAfter?: string
  readonly ports?: string
  /** True: without a number. */
  readonly supervise?: string | true
  readonly json?: boolean
}

type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string; readonly hint: string }

/** Seconds until a supervised process is started again, where no number is given. */
const SUPERVISE_SECONDS = 2

const COUNTS = [
  ['replicas', 20],
  ['chained', 20],
  ['sentinels', 15],
] as const

/** What the lab itself decides: another value would take the processes out of its hands. */
const OURS =
  /^(port|tls-port|bind|bind-source-addr|dir|logfile|daemonize|pidfile|unixsocket|include|replicaof|slaveof|(replica|slave|cluster)-announce-\S+|cluster-\S+|supervised|protected-mode|loadmodule|syslog-\S+)$/

/** Words by which a directive is a secret. */
const SECRET = /^(requirepass|masterauth|masteruser|user|aclfile|tls-key-file-pass|tls-client-key-file-pass)$/

/** The flags as a request, or what is wrong with them. */
export function readLabUp(flags: LabUpFlags): Read<PracticeLab> {
  const counts: Record<string, number> = {}
  for (const [key, most] of COUNTS) {
    const text = flags[key]
    if (text === undefined) continue
    const count = wholeNumber(text, 0, most)
    if (count === undefined) return refuse(`--${key} is no number from 0 to ${most}`, `give for example --${key} 2`)
    counts[key] = count
  }
  if (counts['replicas'] === 0 && (counts['chained'] ?? 0) > 0)
    return refuse('--chained has nobody to follow with --replicas 0', 'give for example --replicas 1')
  const { name } = flags
  if (name !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(name))
    return refuse('--name is no name for a lab', 'give at most 40 letters, digits, "." "_" "-", the first no sign')
  const persistence = readPersistence(flags)
  if (!persistence.ok) return persistence
  const set = readSet(flags.set ?? [])
  if (!set.ok) return set
  const downAfterMs = flags.downAfter === undefined ? undefined : wholeNumber(flags.downAfter, 200, 3_600_000)
  if (flags.downAfter !== undefined && downAfterMs === undefined)
    return refuse('--down-after is no number of milliseconds from 200 to 3600000', 'give for example --down-after 5000')
  const superviseMs = readSupervise(flags.supervise)
  if (!superviseMs.ok) return superviseMs
  const ports = readPorts(flags.ports)
  if (!ports.ok) return ports
  return {
    ok: true,
    value: {
      ...counts,
      ...(name === undefined ? {} : { name }),
      // The keeper works in another folder.
      ...(flags.server === undefined ? {} : { server: resolve(flags.server) }),
      ...(persistence.value === undefined ? {} : { persistence: persistence.value }),
      ...(downAfterMs === undefined ? {} : { downAfterMs }),
      ...(superviseMs.value === undefined ? {} : { superviseMs: superviseMs.value }),
      ...(ports.value === undefined ? {} : { ports: ports.value }),
      set: set.value,
    },
  }
}

function readPersistence({ aof, rdb, persistence }: LabUpFlags): Read<'none' | 'rdb' | 'aof' | undefined> {
  const given = [
    ...(aof === true ? ['aof' as const] : []),
    ...(rdb === true ? ['rdb' as const] : []),
    ...(persistence === false ? ['none' as const] : []),
  ]
  return given.length > 1
    ? refuse('of --aof, --rdb and --no-persistence more than one is given', 'give one of them')
    : { ok: true, value: given[0] }
}

function readSet(texts: readonly string[]): Read<Record<string, string>> {
  const set: Record<string, string> = {}
  for (const text of texts) {
    const equals = text.indexOf('=')
    const key = text.slice(0, Math.max(0, equals)).trim().toLowerCase()
    const value = text.slice(equals + 1)
    if (equals < 1 || !/^[a-z0-9-]+$/.test(key) || /[\n\r]/.test(value))
      return refuse('--set is not NAME=VALUE', 'give for example --set repl-backlog-size=1mb')
    if (SECRET.test(key))
      return refuse(`--set ${key} is a secret`, 'leave it out: a practice lab asks nobody for a password')
    if (OURS.test(key)) return refuse(`--set ${key} is decided by the lab itself`, 'leave it out')
    if (key in set) return refuse(`--set names ${key} twice`, 'give each once')
    set[key] = value
  }
  return { ok: true, value: set }
}

function readSupervise(given: string | true | undefined): Read<number | undefined> {
  if (given === undefined) return { ok: true, value: undefined }
  const seconds = given === true ? SUPERVISE_SECONDS : /^\d{1,5}(\.\d{1,3})?$/.test(given) ? Number(given) : Number.NaN
  return seconds <= 3600
    ? { ok: true, value: Math.round(seconds * 1000) }
    : refuse('--supervise is no number of seconds from 0 to 3600', 'give for example --supervise 2')
}

function readPorts(given: string | undefined): Read<PracticeLab['ports']> {
  if (given === undefined) return { ok: true, value: undefined }
  const [, from = '', to = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(given) ?? []
  const range = { from: wholeNumber(from, 1, 65_535), to: wholeNumber(to, 1, 65_535) }
  return range.from !== undefined && range.to !== undefined && range.from <= range.to
    ? { ok: true, value: { from: range.from, to: range.to } }
    : refuse('--ports is no range of ports', 'give for example --ports 20000-20999')
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

function refuse(problem: string, hint: string) {
  return { ok: false as const, problem, hint }
}
