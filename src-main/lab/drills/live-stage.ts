import type { NodeId } from '../../domain/address.ts'
import { formatAddress } from '../../domain/address.ts'
import { describeMs } from '../../domain/drills/comparison.ts'
import type { FaultRequest, ActiveFault } from '../../domain/drills/faults.ts'
import type { DrillExpectation } from '../../domain/drills/forecasts.ts'
import { describeFailure, type Result } from '../../domain/failure.ts'
import { describeBytes } from '../../domain/units.ts'
import type { GroupState } from '../../monitor/session.ts'
import { systemClock } from '../../monitor/system-clock.ts'
import type { Lab, LabGroup, LabNode } from '../lab-model.ts'
import { startProbe, type Probe } from '../probe/probe.ts'
import { isRespError, type RespReply, respText } from '../resp-client.ts'
import type { Chronicle } from './chronicle.ts'
import { DrillTrouble } from './drill.ts'
import { type LogMarks, markLogs } from './resync-log.ts'
import type { Settled, Stage, StageMeasures } from './stage.ts'
import type { DrillTools, DrillWatch } from './tools.ts'

const POLL_MS = 25
const LIMIT_MS = 30_000
/** Writes that must be answered, refusals included, before a probe counts as running. */
const PROBE_RUNS_AT = 3

export interface StageSurroundings {
  readonly lab: Lab
  readonly watch: DrillWatch
  readonly tools: DrillTools
  readonly chronicle: Chronicle
  readonly withRemedy: boolean
  readonly signal: AbortSignal
  readonly onForecast: () => void
  readonly onDoing: (what: string) => void
}

/** What was said, of which picture, and when. */
export interface Said {
  readonly expectation: DrillExpectation
  readonly picture: GroupState
  readonly at: number
}

/** Everything that a script left behind. */
export interface Recorded {
  readonly said: Said | undefined
  /** The fault or the action; undefined where there was none after the forecast. */
  readonly struckAt: number | undefined
  readonly logs: LogMarks
  readonly probes: readonly Probe[]
  readonly measures: Partial<StageMeasures>
}

/** Carries out what a script says on a real lab, and remembers what the report needs. */
export class LiveStage implements Stage {
  readonly lab: Lab
  readonly group: LabGroup
  readonly withRemedy: boolean
  readonly signal: AbortSignal
  readonly now = systemClock.now
  readonly mark: Stage['mark']
  readonly #around: StageSurroundings
  readonly #probes: Probe[] = []
  #said: Said | undefined
  #struckAt: number | undefined
  #logs: LogMarks
  #measures: Partial<StageMeasures> = {}

  constructor(around: StageSurroundings) {
    const [group] = around.lab.groups
    if (group === undefined) throw new Error('a lab without a group')
    this.#around = around
    this.lab = around.lab
    this.group = group
    this.withRemedy = around.withRemedy
    this.signal = around.signal
    this.mark = around.chronicle.mark
    this.#logs = markLogs(around.lab.nodes)
  }

  recorded(): Recorded {
    return {
      said: this.#said,
      struckAt: this.#struckAt,
      logs: this.#logs,
      probes: this.#probes,
      measures: this.#measures,
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#probes.map((probe) => probe.stop()))
  }

  readonly say: Stage['say'] = (what, detail = '') => {
    this.#around.onDoing(what)
    this.mark({ lane: 'drill', what, detail })
  }

  readonly picture: Stage['picture'] = () => {
    const { groups } = this.#around.watch.session.state()
    const state = groups.get(this.group.group) ?? [...groups.values()][0]
    if (state === undefined) throw new DrillTrouble(`the session sees no group ${this.group.group}`)
    return state
  }

  readonly freshPicture: Stage['freshPicture'] = async () => {
    await this.#around.watch.session.refresh()
    this.signal.throwIfAborted()
    return this.picture()
  }

  readonly ask: Stage['ask'] = async (node, ...words) => {
    this.signal.throwIfAborted()
    const reply = await this.lab.ask(node, ...words).catch((error: unknown) => {
      throw new DrillTrouble(`${words.join(' ')} at ${nameOf(node)}: ${error instanceof Error ? error.message : ''}`)
    })
    if (isRespError(reply)) throw new DrillTrouble(`${words.join(' ')} at ${nameOf(node)}: ${reply.error}`)
    return reply
  }

  readonly info: Stage['info'] = async (node, section = 'everything') =>
    infoFields(respText(await this.ask(node, 'INFO', section)))

  readonly until: Stage['until'] = async <T>(what: string, condition: () => T | Promise<T>, limitMs = LIMIT_MS) => {
    const deadline = performance.now() + limitMs
    let last = ''
    for (;;) {
      this.signal.throwIfAborted()
      try {
        const answer = await condition()
        if (answer !== undefined && answer !== null && answer !== false) return answer as Settled<T>
      } catch (error) {
        last = error instanceof Error ? `: ${error.message}` : ''
      }
      if (performance.now() > deadline) throw new DrillTrouble(`after ${limitMs / 1000} s still no ${what}${last}`)
      await this.pass(POLL_MS)
    }
  }

  readonly pass: Stage['pass'] = (ms) =>
    new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.signal.removeEventListener('abort', end)
        if (this.signal.aborted) reject(this.signal.reason as Error)
        else resolve()
      }
      const timer = setTimeout(end, ms)
      this.signal.addEventListener('abort', end)
      if (this.signal.aborted) end()
    })

  readonly probe: Stage['probe'] = async (options = {}) => {
    const { lab, group } = this
    const [sentinel] = lab.sentinels
    const probe = startProbe({
      sentinels: lab.sentinels.map((node) => node.address),
      group: group.group,
      access: lab.access(group.master),
      ...(sentinel === undefined ? {} : { sentinelAccess: lab.access(sentinel) }),
      ...options,
    })
    this.#probes.push(probe)
    await this.until('writes that are answered', () => answered(probe) >= PROBE_RUNS_AT)
    const rate = options.perSecond ?? 100
    const how = options.pinnedTo === undefined ? 'follows Sentinel' : `stays with ${formatAddress(options.pinnedTo)}`
    this.mark({
      lane: 'probe',
      what: 'a client writes',
      detail: `${rate === 'max' ? 'as fast as it can' : `${rate}/s`}, ${how}`,
    })
    return probe
  }

  readonly forecast: Stage['forecast'] = async (read) => {
    this.#logs = markLogs(this.lab.nodes)
    const picture = await this.freshPicture()
    const expectation = read(picture)
    this.#said = { expectation, picture, at: sampledAt(picture) }
    this.#struckAt = undefined
    this.mark({ lane: 'drill', what: 'forecast', detail: describeExpectation(expectation) })
    this.#around.onForecast()
    return expectation
  }

  readonly break: Stage['break'] = async (fault) => {
    const [active] = await this.breakAll([fault])
    if (active === undefined) throw new DrillTrouble('a fault that was not made')
    return active
  }

  readonly breakAll: Stage['breakAll'] = async (faults) => {
    this.signal.throwIfAborted()
    const made = await Promise.all(faults.map((fault) => this.#breakOne(fault)))
    this.#strike(Math.max(...made.map((one) => one.at)))
    for (const one of made) this.mark({ lane: 'fault', node: one.node, what: one.kind, detail: one.what })
    return made
  }

  async #breakOne(fault: FaultRequest): Promise<ActiveFault> {
    return wanted(await this.lab.break(fault))
  }

  readonly heal: Stage['heal'] = async (id) => {
    this.signal.throwIfAborted()
    const healed = this.lab.faults().filter((one) => id === undefined || one.id === id)
    wanted(await this.lab.heal(id))
    for (const one of healed) this.mark({ lane: 'fault', node: one.node, what: `${one.kind} healed`, detail: one.what })
  }

  readonly struck: Stage['struck'] = (what, node) => {
    this.#strike(this.now())
    this.mark({ lane: 'action', what, node: node ?? null })
  }

  #strike(at: number): void {
    if (this.#said !== undefined) this.#struckAt ??= at
  }

  readonly act: Stage['act'] = async (action) =>
    wanted(
      await this.#around.tools.act(
        this.#around.watch,
        { ...action, onProgress: (what, detail) => this.mark({ lane: 'action', what, detail }) },
        this.signal,
      ),
    )

  readonly agreedMaster: Stage['agreedMaster'] = async () => {
    const running = this.lab.sentinels.filter((node) => this.lab.isRunning(node))
    const named = await Promise.all(running.map((node) => this.#masterBy(node)))
    const [first] = named
    return named.every((one) => one === first) ? first : undefined
  }

  async #masterBy(sentinel: LabNode): Promise<NodeId | undefined> {
    const reply = await this.lab.ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.group.group)
    if (!Array.isArray(reply)) return undefined
    const [host, port] = reply as readonly RespReply[]
    return formatAddress({ host: respText(host), port: Number(respText(port)) })
  }

  readonly newMaster: Stage['newMaster'] = async (from, limitMs) => {
    const master = await this.until(
      'new master that all Sentinels name',
      async () => {
        const agreed = await this.agreedMaster()
        if (agreed === undefined || agreed === from) return undefined
        return (await this.info(agreed, 'replication')).get('role') === 'master' ? agreed : undefined
      },
      limitMs,
    )
    this.#measures = { winner: master, ...this.#measures }
    return master
  }

  readonly caughtUp: Stage['caughtUp'] = async (replica, limitMs) => {
    await this.until(
      `link of ${nameOf(replica)}`,
      async () => {
        const own = await this.info(replica, 'replication')
        const upstream = `${own.get('master_host')}:${own.get('master_port')}`
        if (own.get('master_link_status') !== 'up' || !this.lab.nodes.some((node) => node.id === upstream)) return false
        const target = Number((await this.info(upstream, 'replication')).get('master_repl_offset'))
        return this.#reached(replica, target)
      },
      limitMs,
    )
  }

  async #reached(replica: LabNode | NodeId, target: number): Promise<boolean> {
    const own = await this.info(replica, 'replication')
    return own.get('master_link_status') === 'up' && Number(own.get('slave_repl_offset')) >= target
  }

  readonly settle: Stage['settle'] = async (probe, at) => {
    await probe.stop()
    const node = this.lab.nodes.find((one) => one.id === at)
    if (node === undefined) throw new DrillTrouble(`${at} is no node of the lab`)
    const count = wanted(await probe.count(node.direct, this.lab.access(node)))
    this.measure({ measured: probe, count })
    return count
  }

  readonly measure: Stage['measure'] = (measured) => {
    this.#measures = { ...this.#measures, ...measured }
  }
}

/** When the master was asked: what it has written since is not in the picture. */
function sampledAt({ snapshot }: GroupState): number {
  const master = snapshot.master === undefined ? undefined : snapshot.nodes.get(snapshot.master)
  return master?.sampledAt === undefined ? snapshot.takenAt : master.sampledAt - (master.rttMs ?? 0)
}

function answered(probe: Probe): number {
  const { acknowledged, refused } = probe.tally()
  return acknowledged + refused
}

function wanted<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new DrillTrouble(describeFailure(result.failure))
}

function nameOf(node: LabNode | NodeId): string {
  return typeof node === 'string' ? node : node.name
}

/** Lines `field:value` of an INFO reply. */
export function infoFields(text: string): ReadonlyMap<string, string> {
  const fields = text.split('\r\n').flatMap((line): readonly (readonly [string, string])[] => {
    const colon = line.indexOf(':')
    return colon < 1 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]]
  })
  return new Map(fields)
}

function describeExpectation({ winner, certain, lossBytes, outageMs }: DrillExpectation): string {
  const parts = [
    winner === null ? (certain ? 'nobody is promoted' : '') : `${winner} is promoted`,
    lossBytes === null
      ? ''
      : `${describeBytes(Math.max(0, lossBytes.low))} to ${describeBytes(Math.max(0, lossBytes.high))} of the stream are lost`,
    outageMs === null ? '' : `writes fail for ${describeMs(outageMs.low)} to ${describeMs(outageMs.high)}`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}
