import type { PortRange } from './ports.ts'
import { isAtLeast, type ServerBinary } from './servers.ts'
import type { LabTlsMaterial } from './resp-client.ts'

/** A lab that a person started to practise on, or the one that a drill started for itself. */
export type LabPurpose = 'practice' | 'drill'

/** One replicated group of the lab. */
export interface LabGroupOptions {
  /** The name that the Sentinels give it; default `mymaster`. */
  readonly group?: string
  /** Replicas of the master; default 2. */
  readonly replicas?: number
  /** Replicas of the first replica; default 1, none where there is no replica. */
  readonly chained?: number
  readonly persistence?: 'none' | 'rdb' | 'aof'
  /** Sentinels that must agree; default a majority. */
  readonly quorum?: number
  /** Default 1000 ms: a lab is to react while one watches. */
  readonly downAfterMs?: number
  readonly failoverTimeoutMs?: number
  /** Configuration lines for every data node, by directive. */
  readonly set?: Readonly<Record<string, string>>
  /** More for one node by its name (`master`, `replica-1`, `chained-1`), after `set`. */
  readonly setNode?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** `sentinel KEY GROUP VALUE` lines for every Sentinel, for example `parallel-syncs`. */
  readonly sentinelSet?: Readonly<Record<string, string>>
}

/** Access control of the data nodes, or of the Sentinels. The lab always keeps an administrator of its own beside it. */
export interface LabAuth {
  /** The default user's password. */
  readonly password?: string
  /** ACL rules as `ACL SETUSER` takes them: `monitor on >secret +ping +info +role`. */
  readonly users?: readonly string[]
}

export interface LabTls extends LabTlsMaterial {
  /** Paths are written as PEM files of the lab; default both. */
  readonly on?: 'both' | 'nodes' | 'sentinels'
  /** Whether a client must show a certificate; default `no`. */
  readonly authClients?: 'yes' | 'no' | 'optional'
}

export interface LabOptions extends LabGroupOptions {
  /** Names the folder; default `lab`. */
  readonly name?: string
  /** Folder under which the lab's own is made; default `repliscope-labs-UID` in the system's temporary folder. */
  readonly root?: string
  readonly server?: ServerBinary
  /** Sentinels, over all groups; default 3. */
  readonly sentinels?: number
  /** Several groups under one Sentinel set; what a group leaves out comes from the options around it. */
  readonly groups?: readonly LabGroupOptions[]
  /** `127.0.0.1` (default), `::1`, or `own`: one 127.0.0.x a process, from 127.0.0.2 on. */
  readonly host?: '127.0.0.1' | '::1' | 'own'
  readonly auth?: LabAuth
  readonly sentinelAuth?: LabAuth
  readonly tls?: LabTls
  /**
   * Every link runs through a relay in this process, which can cut, delay and narrow it; addresses and ids are then the
   * relay's. Default: direct links, and faults of links are unavailable.
   */
  readonly relay?: boolean
  /** A small disk of its own for each data node, which can be filled; only root can have it. Default: with a relay. */
  readonly disks?: boolean
  /** Ports to choose from; a relayed process takes two. Default: any that are free. */
  readonly ports?: PortRange
  /** A process that ends for whatever reason but the fault `stop` is started again after this time. Default: it stays down. */
  readonly supervise?: { readonly delayMs: number }
  /**
   * What is done about another recorded lab of this user under the same name: `refuse` to start while it runs, or
   * `count-on` to NAME-2 and so on. Default: nothing, for folders never collide.
   */
  readonly uniqueName?: 'refuse' | 'count-on'
  /** Who wants it, for those who meet its record. Default: a test or a demo, of which a record says nothing. */
  readonly purpose?: LabPurpose
  /** The processes stay when this process ends; `endRecordedLab` ends them. Default: they never do. */
  readonly outlivesParent?: boolean
  /** How long until everything must be linked up; default 20 s. */
  readonly readyWithinMs?: number
  readonly onProgress?: (what: string) => void
  readonly signal?: AbortSignal
}

/** A group with every choice made. */
export interface GroupPlan {
  readonly group: string
  readonly replicas: number
  readonly chained: number
  readonly persistence: 'none' | 'rdb' | 'aof'
  readonly quorum: number
  readonly downAfterMs: number
  readonly failoverTimeoutMs: number
  readonly set: Readonly<Record<string, string>>
  readonly setNode: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly sentinelSet: Readonly<Record<string, string>>
}

export function planGroups(options: LabOptions): readonly GroupPlan[] {
  const sentinels = options.sentinels ?? 3
  return (options.groups ?? [{}]).map((own) => {
    const given = { ...options, ...own }
    const replicas = given.replicas ?? 2
    return {
      group: given.group ?? 'mymaster',
      replicas,
      chained: replicas === 0 ? 0 : (given.chained ?? 1),
      persistence: given.persistence ?? 'none',
      quorum: given.quorum ?? Math.floor(sentinels / 2) + 1,
      downAfterMs: given.downAfterMs ?? 1000,
      failoverTimeoutMs: given.failoverTimeoutMs ?? 6000,
      set: given.set ?? {},
      setNode: given.setNode ?? {},
      sentinelSet: given.sentinelSet ?? {},
    }
  })
}

/** What the lab itself decides, for every node. */
const OWN_DIRECTIVES: ReadonlySet<string> = new Set(
  'port tls-port bind bind-source-addr logfile daemonize supervised pidfile replicaof slaveof include'.split(' '),
)
/** As many as a block of addresses holds, with room to add some. */
const MOST_PROCESSES = 200

/** What is wrong with the options, in words; undefined when nothing is. */
export function problemWith(options: LabOptions): string | undefined {
  const groups = planGroups(options)
  const names = groups.map((group) => group.group)
  const sentinels = options.sentinels ?? 3
  const counts = [sentinels, ...groups.flatMap((group) => [group.replicas, group.chained])]
  if (counts.some((count) => !Number.isInteger(count) || count < 0)) return 'counts are whole numbers from 0 on'
  const processes = groups.length + counts.reduce((sum, count) => sum + count, 0)
  if (processes > MOST_PROCESSES) return `${processes} processes are more than the ${MOST_PROCESSES} of a lab`
  if (new Set(names).size !== names.length) return `two groups of one name: ${names.join(', ')}`
  if (names.some((name) => !/^[A-Za-z0-9._-]+$/.test(name))) return 'a group name has letters, digits, "." "_" "-"'
  if (!/^[A-Za-z0-9._-]{1,60}$/.test(options.name ?? 'lab') || /^\.+$/.test(options.name ?? 'lab'))
    return 'a lab name has letters, digits, "." "_" "-", 60 at most'
  return (
    problemWithNumbers(options, groups) ??
    [...groups.flatMap((group) => [group.set, group.sentinelSet, ...Object.values(group.setNode)])]
      .map(problemWithSet)
      .find(isGiven)
  )
}

/** Why this program cannot run a lab; undefined when it can. */
export function problemWithServer(server: ServerBinary): string | undefined {
  return isAtLeast(server, 5)
    ? undefined
    : `${server.path} is ${server.flavour} ${server.version}; a lab needs 5.0 or newer`
}

function problemWithNumbers(options: LabOptions, groups: readonly GroupPlan[]): string | undefined {
  const { supervise, ports } = options
  if (options.outlivesParent === true && (options.relay === true || supervise !== undefined))
    return 'a relay and supervision end with the process that started the lab, so it cannot outlive that'
  if (groups.some(({ downAfterMs, failoverTimeoutMs }) => !isPositive(downAfterMs) || !isPositive(failoverTimeoutMs)))
    return 'down-after and failover time-out are whole milliseconds from 1 on'
  if (groups.some(({ quorum }) => !isPositive(quorum))) return 'a quorum is a whole number from 1 on'
  if (supervise !== undefined && !(supervise.delayMs >= 0 && supervise.delayMs <= 3_600_000))
    return 'the delay of supervision is from 0 to 3600000 ms'
  if (ports !== undefined && !(isPort(ports.from) && isPort(ports.to) && ports.from <= ports.to))
    return `${ports.from} to ${ports.to} is no range of ports`
  return undefined
}

function problemWithSet(set: Readonly<Record<string, string>>): string | undefined {
  for (const [key, value] of Object.entries(set)) {
    if (!/^[a-z][a-z0-9-]*$/i.test(key)) return `"${key}" is no configuration directive`
    if (OWN_DIRECTIVES.has(key.toLowerCase())) return `${key} is the lab's own to set`
    if (/[\r\n\0]/.test(value)) return `the value of ${key} has a line break in it`
  }
  return undefined
}

function isPositive(value: number): boolean {
  return Number.isInteger(value) && value >= 1
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535
}

function isGiven(problem: string | undefined): boolean {
  return problem !== undefined
}
