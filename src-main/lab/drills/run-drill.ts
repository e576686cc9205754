import { carryOver, NOTHING_SAID, ownTraffic } from '../../domain/drills/forecasts.ts'
import { describeElections, describeOutcome, judgeDrill } from '../../domain/drills/judge-drill.ts'
import type { DrillForecast, DrillMeasurement, DrillMoment, DrillReport, ProbeSpan } from '../../domain/drills/model.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import { systemClock } from '../../monitor/system-clock.ts'
import { type Lab, startLab } from '../lab.ts'
import { problemWithServer } from '../options.ts'
import type { ProbeCount, ProbeResult } from '../probe/probe.ts'
import { findServer, type ServerBinary } from '../servers.ts'
import { DRILLS } from './catalogue.ts'
import { type Chronicle, createChronicle } from './chronicle.ts'
import { type Drill, DrillTrouble, labOf, type Outcome } from './drill.ts'
import { LiveStage, type Recorded } from './live-stage.ts'
import { resyncsSince } from './resync-log.ts'
import type { DrillTools, DrillWatch } from './tools.ts'
import { whyNot } from './why-not.ts'

export interface RunDrillOptions {
  readonly withRemedy: boolean
  readonly tools: DrillTools
  /** Ends the drill; nothing of its lab stays. */
  readonly signal?: AbortSignal
  /** Told after every moment, and a few times a second while it runs. */
  readonly onChange?: (progress: DrillProgress) => void
  readonly server?: ServerBinary
  /** Where the lab's folder is made; default as for every lab. */
  readonly root?: string
  /** How the lab is started; another way for tests. */
  readonly start?: typeof startLab
}

/** A drill under way. */
export interface DrillProgress {
  readonly state: 'starting' | 'running'
  readonly doing: string
  /** Null until its lab is up. */
  readonly lab: Lab | null
  readonly watch: DrillWatch | null
  readonly forecast: DrillForecast | null
  readonly timeline: readonly DrillMoment[]
  readonly probe: readonly ProbeSpan[]
}

/** Between two pictures of the group, as a person watches it closely. */
const INTERVAL_MS = 250
const TICK_MS = 250
/** How long findings that are expected may still come after the script's end. */
const FINDINGS_WITHIN_MS = 6000

/**
 * Runs one drill on a lab of its own, which is gone when this resolves, however it went. Fails with `not-found` for a name
 * that is none, `refused-by-guard` for a drill that cannot be run here, `cancelled`, and with what stood in the story's way.
 */
export async function runDrill(name: string, options: RunDrillOptions): Promise<Result<DrillReport>> {
  const drill = DRILLS.find((one) => one.name === name)
  if (drill === undefined)
    return fail({ kind: 'not-found', detail: `no drill ${name}`, known: DRILLS.map((one) => one.name) })
  return perform(drill, options)
}

/** The same for a drill at hand. */
export async function perform(drill: Drill, options: RunDrillOptions): Promise<Result<DrillReport>> {
  const server = options.server === undefined ? await findServer() : ok(options.server)
  if (!server.ok) return server
  const reason = problemWithServer(server.value) ?? whyNot(drill, server.value)
  if (reason !== null) return fail({ kind: 'refused-by-guard', detail: `${drill.name} cannot be run here: ${reason}` })
  const signal = options.signal ?? new AbortController().signal
  if (signal.aborted) return fail({ kind: 'cancelled' })
  const run = new DrillRun(drill, { ...options, server: server.value }, signal)
  try {
    return await run.perform()
  } catch (error) {
    if (signal.aborted) return fail({ kind: 'cancelled' })
    if (error instanceof DrillTrouble) return fail(troubled(error.message))
    throw error
  } finally {
    await run.end()
  }
}

/** What the story waited for was not to be had. */
function troubled(detail: string) {
  return { kind: 'not-found', detail: `the drill did not go on: ${detail}`, known: [] } as const
}

/** One run, and the owner of everything live in it. */
class DrillRun {
  readonly #drill: Drill
  readonly #options: RunDrillOptions
  readonly #signal: AbortSignal
  readonly #startedAt = systemClock.now()
  #zeroAt = this.#startedAt
  #chronicle: Chronicle | undefined
  #lab: Lab | undefined
  #watch: DrillWatch | undefined
  #stage: LiveStage | undefined
  #unfollow: (() => void) | undefined
  #ticker: NodeJS.Timeout | undefined
  #doing = 'starting a lab'

  constructor(drill: Drill, options: RunDrillOptions, signal: AbortSignal) {
    this.#drill = drill
    this.#options = options
    this.#signal = signal
  }

  async perform(): Promise<Result<DrillReport>> {
    this.#tell()
    const lab = await this.#startLab()
    if (!lab.ok) return lab
    this.#lab = lab.value
    const watch = await this.#options.tools.watch(lab.value, {
      environment: this.#drill.environment ?? 'lab',
      intervalMs: INTERVAL_MS,
    })
    if (!watch.ok) return watch
    this.#watch = watch.value
    this.#signal.throwIfAborted()
    this.#zeroAt = systemClock.now()
    const chronicle = createChronicle(this.#zeroAt, systemClock.now, () => this.#tell())
    this.#chronicle = chronicle
    this.#unfollow = chronicle.follow(watch.value.session)
    this.#ticker = setInterval(() => this.#tell(), TICK_MS)
    const stage = this.#setStage(lab.value, watch.value, chronicle)
    const outcome = await this.#drill.run(stage)
    await this.#awaitFindings(chronicle, watch.value)
    return ok(await this.#report(stage, chronicle, outcome))
  }

  /** Ends everything that it started, in the order that leaves nobody talking to what is gone. */
  async end(): Promise<void> {
    clearInterval(this.#ticker)
    this.#unfollow?.()
    await this.#stage?.end()
    await this.#watch?.dispose()
    await this.#lab?.down()
  }

  #startLab(): Promise<Result<Lab>> {
    const { server, root, start = startLab } = this.#options
    return start({
      ...labOf(this.#drill, this.#options.withRemedy),
      name: `drill-${this.#drill.name}`,
      purpose: 'drill',
      relay: true,
      signal: this.#signal,
      onProgress: (what) => this.#now(what),
      ...(server === undefined ? {} : { server }),
      ...(root === undefined ? {} : { root }),
    })
  }

  #setStage(lab: Lab, watch: DrillWatch, chronicle: Chronicle): LiveStage {
    this.#stage = new LiveStage({
      lab,
      watch,
      chronicle,
      tools: this.#options.tools,
      withRemedy: this.#options.withRemedy,
      signal: this.#signal,
      onForecast: () => this.#tell(),
      onDoing: (what) => this.#now(what),
    })
    return this.#stage
  }

  #now(what: string): void {
    this.#doing = what
    this.#tell()
  }

  #tell(): void {
    this.#options.onChange?.({
      state: this.#stage === undefined ? 'starting' : 'running',
      doing: this.#doing,
      lab: this.#lab ?? null,
      watch: this.#watch ?? null,
      forecast: this.#stage?.recorded().said === undefined ? null : this.#forecast(this.#stage.recorded()),
      timeline: this.#chronicle?.moments() ?? [],
      probe: this.#spans(),
    })
  }

  #spans(): readonly ProbeSpan[] {
    const recorded = this.#stage?.recorded()
    return (recorded?.measures.measured ?? recorded?.probes[0])?.spans(this.#zeroAt) ?? []
  }

  #expected(): readonly string[] {
    return this.#options.withRemedy ? (this.#drill.findingsWithRemedy ?? []) : this.#drill.findings
  }

  async #awaitFindings(chronicle: Chronicle, { session }: DrillWatch): Promise<void> {
    const deadline = systemClock.now() + FINDINGS_WITHIN_MS
    const areMissing = () => this.#expected().some((code) => !chronicle.raised().includes(code))
    while (areMissing() && systemClock.now() < deadline) {
      await session.refresh()
      await this.#stage?.pass(TICK_MS)
    }
  }

  /** Carried to the moment of the fault, for that is what it is held against. */
  #forecast({ said, struckAt }: Recorded): DrillForecast {
    if (said === undefined) return { ...NOTHING_SAID, findings: this.#expected() }
    const { isLossFixed: _, ...carried } =
      struckAt === undefined ? said.expectation : carryOver(said.expectation, said.picture, struckAt - said.at)
    return { ...carried, findings: this.#expected() }
  }

  async #report(stage: LiveStage, chronicle: Chronicle, outcome: Outcome): Promise<DrillReport> {
    const recorded = stage.recorded()
    const forecast = this.#forecast(recorded)
    const measured = await measure(stage.lab, recorded, forecast, chronicle.raised())
    const { said, struckAt = 0 } = recorded
    const own = said === undefined ? 0 : ownTraffic(said.picture, Math.max(1000, struckAt - said.at))
    const result = { forecast, measured, uncountedBytes: own + (recorded.measures.count?.unknownLostBytes ?? 0) }
    const timeline = chronicle.moments()
    const { flavour, version } = stage.lab.binary
    return {
      schema: 'repliscope/drill@1',
      name: this.#drill.name,
      title: this.#drill.title,
      server: `${flavour} ${version}`,
      startedAt: new Date(this.#startedAt).toISOString(),
      tookMs: Math.round(systemClock.now() - this.#startedAt),
      withRemedy: this.#options.withRemedy,
      forecast,
      measured,
      verdict: judgeDrill(result),
      timeline,
      probe: this.#spans(),
      lesson: [
        ...outcome.lesson,
        ...describeOutcome(result),
        ...describeElections(timeline, measured, forecast.outageMs),
      ],
    }
  }
}

async function measure(
  lab: Lab,
  { probes, measures, struckAt, logs }: Recorded,
  forecast: DrillForecast,
  findings: readonly string[],
): Promise<DrillMeasurement> {
  const probe = measures.measured ?? probes[0]
  const result = await probe?.stop()
  const since = struckAt === undefined ? undefined : probe?.since(struckAt)
  // Whoever was promoted had nobody to synchronise with, and who is dead did not.
  const replicas = lab.nodes.filter(
    ({ id }) => id !== measures.winner && lab.isRunning(id) && forecast.resync.some((one) => one.replica === id),
  )
  return {
    winner: measures.winner ?? null,
    ...countsOf(result, measures.count),
    // Without a count nobody knows what stayed; a gap of acknowledgements counts all the same, to the probe's end.
    writeGapMs: since?.longestKeptGapMs ?? since?.longestGapMs ?? result?.gap?.ms ?? null,
    outageMs: measures.outageMs === undefined ? (since?.firstKeptMs ?? null) : measures.outageMs,
    lossBytes: measures.lossBytes === undefined ? (measures.count?.lostBytes ?? null) : measures.lossBytes,
    resync: measures.resync ?? resyncsSince(replicas, logs),
    findings,
  }
}

function countsOf(result: ProbeResult | undefined, count: ProbeCount | undefined) {
  return {
    acknowledged: result?.tally.acknowledged ?? 0,
    lost: count?.ackedLost ?? null,
    unknownKept: count?.unknownKept ?? null,
    refused: result?.tally.refused ?? 0,
    unknown: result?.tally.unknown ?? 0,
  }
}
