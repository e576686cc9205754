import { createHash } from 'node:crypto'
import type { CallAnswer, CallName, CallResult, TargetInput } from '../contract/calls.ts'
import type { Handlers, Page } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { fail, ok } from '../domain/failure.ts'
import type { Failure, Result } from '../domain/failure.ts'
import type { Thresholds } from '../domain/findings/thresholds.ts'
import type { Clock, Connector } from '../monitor/ports.ts'
import type { Session } from '../monitor/session.ts'
import { createRecents } from '../storage/recents.ts'
import { journalStamp } from '../storage/journal-stamp.ts'
import { createJournalKeys } from '../storage/journal-key.ts'
import { createVault } from '../storage/vault.ts'
import type { Keychain } from '../storage/vault-keychain.ts'
import { acknowledgedIn, deploymentIdOf } from './acknowledged.ts'
import { testConnection, unreadableTarget } from './connection-test/run.ts'
import { auditForPage } from './audit-call.ts'
import { aclRecipesForPage } from './acl-call.ts'
import type { Reach } from './actions.ts'
import { environmentOf } from './environment.ts'
import { createDrillCalls } from './drill-calls.ts'
import type { DrillTools } from './drill-calls.ts'
import { createFindingCalls } from './finding-calls.ts'
import { adviceForPage, failoverForPage, resyncForPage } from './forecast-calls.ts'
import type { HeldSession, SessionFacts } from './held-session.ts'
import { createJournalWatch } from './journal-watch.ts'
import { lateActionCalls } from './late-action-calls.ts'
import { createLabCalls } from './lab-calls.ts'
import { createLabs } from './labs.ts'
import type { LabTools } from './labs.ts'
import { describeTarget, toRecent } from './target-words.ts'
import { createConnectionProfiles } from './profiles.ts'
import { createProfileCalls, secretsOf } from './profiles-calls.ts'
import { createSessions, MAX_SESSIONS } from './sessions.ts'
import { targetFromInput } from './targets/from-input.ts'
import type { ParsedTarget } from './targets/model.ts'
import { toPast } from './to-past.ts'
import { watchDrill } from './watch-drill.ts'

export interface AppOptions {
  readonly version: string
  readonly host: CallResult<'app/info'>['host']
  /** For example `linux x64`. */
  readonly platform: string
  readonly dataFolder: string
  readonly clock: Clock
  /** Begins to look at a deployment. What is of undecided kind is asked first. */
  readonly open: (
    target: ParsedTarget,
    signal: AbortSignal,
    environment: SessionFacts['environment'],
    thresholds: Partial<Thresholds>,
    /** Fast tier, where it is another than `intervalMs`. */
    intervalMs?: number,
  ) => Promise<Result<Session>>
  /** Fast tier of the sessions opened, milliseconds. */
  readonly intervalMs: number
  /** A connector for a connection test; the test disposes it. */
  readonly connect: (target: ParsedTarget) => Connector
  readonly labs: LabTools
  readonly drills: DrillTools
  /** Lines for guarded actions; without it there are none. */
  readonly reach?: ((target: ParsedTarget) => Reach) | undefined
  /** Where secrets of profiles are kept; without one they stay in memory for the session. */
  readonly keychain?: Keychain | undefined
  /** One line for the person at the host; no secret. */
  readonly warn: (line: string) => void
}

/** What is said of a deployment when it is opened; without a profile its addresses and the servers' place say it. */
export interface Naming extends Pick<SessionFacts, 'label' | 'environment'> {
  readonly profile?: { readonly colour: SessionFacts['colour'] } | undefined
  readonly thresholds?: Partial<Thresholds>
}

/** Everything behind the contract, implemented once for all hosts. Owns sessions and labs and their ends. */
export interface App {
  readonly handlers: Handlers
  /** Opens a deployment that pages find opened; it stays until the app ends. */
  readonly openForHost: (target: ParsedTarget, named?: Naming) => Promise<Result<{ readonly session: string }>>
  /** Ends every session and every lab started here. Idempotent. */
  readonly dispose: () => Promise<void>
}

/** Makes the app; nothing is dialled or read before a call asks for it. */
export function createApp(options: AppOptions): App {
  const sessions = createSessions(options.clock)
  const targets = new WeakMap<HeldSession, ParsedTarget>()
  const recents = createRecents(options.dataFolder, (keptAs) =>
    options.warn(`the list of recent connections was broken and is kept as ${keptAs}`),
  )
  const labs = createLabs(options.labs, (dir) => labCalls.labEnded(dir))
  const ending = new AbortController()

  const hold = async (
    target: ParsedTarget,
    { label, environment, profile, thresholds = {} }: Naming,
    signal: AbortSignal,
    hostId: string | undefined,
  ): Promise<Result<HeldSession>> => {
    // The same servers under another name, environment or other numbers are judged differently: a session of their own.
    const key = JSON.stringify([keyOf(target), environment, label, profile?.colour ?? null, thresholds])
    const shared = sessions.find(key)
    if (shared !== undefined) return ok(shared)
    if (sessions.isFull()) return fail({ kind: 'refused-by-guard', detail: TOO_MANY })
    const opened = await options.open(target, AbortSignal.any([signal, ending.signal]), environment, thresholds)
    if (!opened.ok) return opened
    if (signal.aborted || ending.signal.aborted) {
      await opened.value.dispose()
      return fail({ kind: 'cancelled' })
    }
    const { access } = target
    const insecureTls = access.nodeTls?.insecure === true || access.sentinelTls?.insecure === true
    const facts: SessionFacts = {
      label,
      environment,
      deployment: deploymentIdOf(target),
      thresholds,
      intervalMs: options.intervalMs,
      insecureTls,
      ...(profile === undefined ? {} : { colour: profile.colour }),
    }
    const held = sessions.add(key, opened.value, facts, hostId === undefined ? 'pages' : { host: hostId })
    targets.set(held, target)
    journalWatch.begin()
    return ok(held)
  }

  /** What leads nowhere is not worth remembering. */
  const rememberWhenLive = async (target: ParsedTarget, held: HeldSession): Promise<void> => {
    await held.session.firstPicture()
    if (held.session.state().phase !== 'live') return
    const kept = await recents.remember(toRecent(target), describeTarget(target), options.clock.now())
    if (!kept.ok) options.warn(`the connection could not be remembered: ${toContractFailure(kept.failure).message}`)
  }

  /** Runs on a session that exists, and makes the page one of those that use it. */
  const onSession = async <N extends CallName>(
    id: string,
    page: Page,
    run: (held: HeldSession) => CallAnswer<N> | Promise<CallAnswer<N>>,
  ): Promise<CallAnswer<N>> => {
    const held = sessions.get(id)
    if (held === undefined) return failure({ kind: 'not-found', detail: NO_SESSION, known: [] })
    sessions.use(held, page)
    return run(held)
  }

  /** A target that was typed. */
  const named = async (target: ParsedTarget): Promise<Naming> => ({
    label: describeTarget(target),
    environment: await environmentOf(target, undefined, options.labs.recorded),
  })

  const vault = createVault(options.keychain)
  const profiles = createConnectionProfiles(options.dataFolder, vault)

  const findingCalls = createFindingCalls({
    dataFolder: options.dataFolder,
    now: options.clock.now,
    warn: options.warn,
    deploymentOf: (id) => {
      const held = sessions.get(id)
      return held === undefined ? fail({ kind: 'not-found', detail: NO_SESSION, known: [] }) : ok(held.facts.deployment)
    },
    tell: (deployment, acknowledgements) => {
      for (const held of sessions.all())
        if (held.facts.deployment === deployment)
          held.tell((page) => page.emit('findings/acknowledged', { session: held.id, acknowledgements }))
    },
    note: (deployment, group, note) => {
      for (const held of sessions.all()) if (held.facts.deployment === deployment) held.session.note(group, [note])
    },
  })

  const actions = lateActionCalls({
    dataFolder: options.dataFolder,
    clock: options.clock,
    warn: options.warn,
    reach: options.reach,
    onSession,
    sessions: sessions.all,
    targetOf: (held) => targets.get(held),
    keys: createJournalKeys(vault, options.dataFolder),
  })

  const journalWatch = createJournalWatch({
    clock: options.clock,
    stamp: () => journalStamp(options.dataFolder),
    isNeeded: () => sessions.all().length > 0,
    changed: (since) => void actions.readElsewhere(since),
  })

  const labCalls = createLabCalls({
    labs,
    onSession,
    // The lab stands: from here on the page's going away does not matter to it.
    hold: (target, label) => hold(target, { label, environment: 'lab' }, ending.signal, undefined),
    use: sessions.use,
    isHeld: (held) => sessions.get(held.id) === held,
    endSession: sessions.end,
    now: options.clock.now,
  })

  const drillCalls = createDrillCalls({
    tools: options.drills,
    clock: options.clock,
    watch: (run, name, lab, how) => watchDrill({ ...options, sessions, labs, labCalls, ending }, run, name, lab, how),
    onBug: (error) =>
      options.warn(`internal error in a drill: ${error instanceof Error ? error.stack : String(error)}`),
  })

  const handlers: Handlers = {
    ...findingCalls,
    ...actions.calls,
    ...labCalls.calls,
    ...drillCalls.calls,
    ...createProfileCalls(profiles),
    'profiles/open': async (params, { page, signal }) => {
      const given = secretsOf(params)
      const found = await profiles.target(params.name, given)
      if (!found.ok) return failure(found.failure)
      const { profile, target } = found.value
      const environment = await environmentOf(target, profile.environment, options.labs.recorded)
      const naming = { label: profile.name, environment, profile, thresholds: profile.thresholds }
      const held = await hold(target, naming, signal, undefined)
      if (!held.ok) return failure(held.failure)
      sessions.use(held.value, page)
      // What was given has proved right only when somebody let us in with it.
      void held.value.session.firstPicture().then(() => {
        if (held.value.session.state().phase === 'live') profiles.hold(profile, given)
      })
      return ok({ session: held.value.id })
    },
    'acl/recipes': ({ session }, { page }) =>
      onSession(session, page, (held) => ok(aclRecipesForPage(held.session.state()))),
    'forecast/failover': (params, { page }) =>
      onSession(params.session, page, (held) => failoverForPage(held.session.state(), params)),
    'forecast/resync': (params, { page }) =>
      onSession(params.session, page, (held) => resyncForPage(held.session.state(), params)),
    'advice/group': ({ session, group, minReplicas }, { page }) =>
      onSession(session, page, (held) => adviceForPage(held.session.state(), group, minReplicas)),
    'audit/report': ({ session, group, format }, { page }) =>
      onSession(session, page, async (held) => {
        const now = options.clock.now()
        const seen = await acknowledgedIn(options.dataFolder, held.facts.deployment, now, options.warn)
        return auditForPage(held, group, format, now, seen)
      }),
    'app/info': async () => {
      const lab = await labs.unavailable()
      return ok({
        version: options.version,
        host: options.host,
        platform: options.platform,
        dataFolder: options.dataFolder,
        sessions: sessions.hostOwned().map((held) => ({ session: held.id })),
        labUnavailable: lab.ok ? null : toContractFailure(lab.failure).message,
      })
    },
    'deployment/open': async ({ target }, { page, signal }) => {
      const parsed = targetFromInput(target)
      if (!parsed.ok) return badTarget(parsed)
      const held = await hold(parsed.value, await named(parsed.value), signal, undefined)
      if (!held.ok) return failure(held.failure)
      sessions.use(held.value, page)
      void rememberWhenLive(parsed.value, held.value)
      return ok({ session: held.value.id })
    },
    'deployment/close': ({ session }, { page }) =>
      onSession(session, page, async (held) => {
        await sessions.release(held, page)
        return ok({})
      }),
    'deployment/state': ({ session }, { page }) => onSession(session, page, (held) => ok(held.state())),
    'deployment/refresh': ({ session }, { page }) =>
      onSession(session, page, async (held) => {
        await held.session.refresh()
        return ok({})
      }),
    'deployment/focus': ({ session, groups }, { page }) =>
      onSession(session, page, (held) => {
        held.focus(page, groups)
        return ok({})
      }),
    'deployment/past': ({ session, group }, { page }) =>
      onSession(session, page, (held) => {
        const { groups } = held.session.state()
        const known = groups.get(group)
        return known === undefined
          ? failure({ kind: 'not-found', detail: `no group named ${group}`, known: [...groups.keys()] })
          : ok(toPast(known, group))
      }),
    'connection/test': async ({ test, target }, { page, signal }) => {
      const parsed = readForTest(target)
      if (!Array.isArray(parsed)) return ok({ steps: await runTest(parsed, test, page, signal) })
      for (const step of parsed) page.emit('connection/step', { test, step })
      return ok({ steps: parsed })
    },
    'recents/list': async () => {
      const listed = await recents.list()
      return listed.ok ? ok({ recents: [...listed.value] }) : failure(listed.failure)
    },
    'recents/remove': async ({ id }) => {
      const removed = await recents.remove(id)
      return removed.ok ? ok({}) : failure(removed.failure)
    },
  }

  const runTest = async (target: ParsedTarget, test: string, page: Page, signal: AbortSignal) => {
    const connector = options.connect(target)
    const end = (): void => void connector.dispose()
    signal.addEventListener('abort', end)
    try {
      const onStep = (step: CallResult<'connection/test'>['steps'][number]): void =>
        page.emit('connection/step', { test, step })
      return await testConnection({ target, connector, now: options.clock.now, signal, onStep })
    } finally {
      signal.removeEventListener('abort', end)
      await connector.dispose()
    }
  }

  return {
    handlers,
    openForHost: async (target, naming) => {
      const held = await hold(target, naming ?? (await named(target)), ending.signal, hostIdOf(target))
      return held.ok ? ok({ session: held.value.id }) : held
    },
    dispose: async () => {
      ending.abort()
      journalWatch.dispose()
      await drillCalls.dispose()
      await actions.dispose()
      await sessions.dispose()
      await labs.dispose()
    },
  }
}

const TOO_MANY = `this host looks at ${MAX_SESSIONS} deployments already: close one first`
const NO_SESSION = 'this session has ended, or belongs to another start of the host; open the deployment again'

function failure(of: Failure): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: toContractFailure(of) }
}

/** What was typed cannot be used: words for the form, never the text itself. */
function badTarget({ problem, hint }: { readonly problem: string; readonly hint: string }) {
  return { ok: false as const, failure: { code: 'bad-target', message: `${problem}; ${hint}` } }
}

function readForTest(input: TargetInput): ParsedTarget | ReturnType<typeof unreadableTarget>[] {
  const parsed = targetFromInput(input)
  return parsed.ok ? parsed.value : [unreadableTarget(parsed.problem, parsed.hint)]
}

/** Made of what is shown anyway: an id stands in the page's address. */
function hostIdOf(target: ParsedTarget): string {
  return `h-${deploymentIdOf(target)}`
}

/** The same for the same target, credentials among it; a hash, so that no text of them is kept. */
function keyOf(target: ParsedTarget): string {
  const plain = JSON.stringify(target, (_name, value: unknown) => (value instanceof Map ? [...value] : value))
  return createHash('sha256').update(plain).digest('hex')
}
