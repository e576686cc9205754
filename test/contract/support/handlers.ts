import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import type { CallResult } from '../../../src-main/contract/calls.ts'
import type { CallContext, Handlers } from '../../../src-main/contract/server.ts'

/** The smallest slice that the declaration accepts. */
export function sliceOf(name: string, revision: number): GroupSlice {
  return {
    revision,
    takenAt: TAKEN_AT,
    group: {
      name,
      master: null,
      masters: [],
      replicas: [],
      sentinels: [],
      quorum: null,
      sentinelViews: [],
      agreed: true,
      knownSentinels: 0,
      electable: [],
      exposure: null,
      headline: null,
    },
    nodes: [],
    links: [],
    findings: [],
    notJudged: [],
  }
}

/** A head that the declaration accepts. */
export function headOf(session: string): CallResult<'deployment/state'>['head'] {
  return {
    session,
    label: 'label "with" ünïcode \u2028',
    environment: 'production',
    phase: 'live',
    failures: [{ code: 'unreachable.refused', message: '127.0.0.1:1: nothing listens' }],
    intervalMs: 1000,
    slow: false,
    commandsPerSecondPerNode: null,
    insecureTls: false,
  }
}

const TAKEN_AT = '2026-01-01T00:00:00.000Z'

/** The smallest failover forecast that the declaration accepts. */
function failoverReportOf(group: string): CallResult<'forecast/failover'> {
  return {
    schema: 'repliscope/failover@1',
    takenAt: TAKEN_AT,
    group,
    master: null,
    winner: null,
    possibleWinners: [],
    certain: false,
    unknowns: [],
    works: { ok: false, reasons: [] },
    timeline: [],
    ranking: [],
    quorum: { needed: null, reachable: 0, majorityNeeded: null, ok: false },
    loss: { bytes: null, seconds: null },
    afterwards: [],
    writesAfterwards: { accepted: null, reason: '' },
  }
}

/** The smallest advice that the declaration accepts. */
function adviceReportOf(group: string): CallResult<'advice/group'> {
  const consistency = { mode: null, guard: null, usesWait: null, statements: [], staleness: [], patterns: [] }
  return {
    schema: 'repliscope/advice@1',
    takenAt: TAKEN_AT,
    group,
    master: null,
    consistency,
    simulation: null,
    sizing: [],
  }
}

const NO_USER = { user: null, password: null }
const NO_TLS = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }
const TARGET: CallResult<'profiles/show'>['target'] = {
  addresses: 'h:1',
  kind: 'auto',
  group: null,
  node: NO_USER,
  sentinel: NO_USER,
  nodeTls: NO_TLS,
  sentinelTls: NO_TLS,
  nat: '',
  timeoutMs: 1000,
}

/** The smallest saved connection that the declaration accepts. */
function savedProfileOf(name: string): CallResult<'profiles/save'>['profile'] {
  return {
    name,
    environment: null,
    colour: null,
    addresses: [],
    group: null,
    usesTls: false,
    insecureTls: false,
    hasSecrets: false,
    toBeGiven: [],
  }
}

const PLAN: CallResult<'actions/plan'>['plan'] = {
  schema: 'repliscope/plan@1',
  id: 'p',
  action: 'wait-test',
  target: 'g',
  group: 'g',
  environment: 'lab',
  steps: [],
  contingencies: [],
  preflight: [],
  blastRadius: [],
  confirm: 'g',
  fingerprint: '',
  plannedAt: TAKEN_AT,
  expiresAt: TAKEN_AT,
}

/** The smallest story of the journal that the declaration accepts. */
function storyOf(id: string): CallResult<'journal/show'>['story'] {
  return {
    id,
    action: 'wait-test',
    target: 'g',
    group: 'g',
    state: 'succeeded',
    startedAt: TAKEN_AT,
    endedAt: null,
    lastStep: null,
    pending: [],
    nodes: [],
    session: null,
  }
}

/** Answers every call; a test overrides the one it is about. `seen` collects the contexts, one a call. */
export function plainHandlers(overrides: Partial<Handlers> = {}, seen: CallContext[] = []): Handlers {
  const nothing = async (_params: unknown, context: CallContext) => {
    seen.push(context)
    return { ok: true as const, value: {} }
  }
  const lab = { name: 'lab', dir: '', group: 'g', master: 'm', replicas: [], chained: [], sentinels: [], up: true }
  return {
    'app/info': async (_params, context) => {
      seen.push(context)
      const value = { version: '1', platform: 'test', dataFolder: '/data', sessions: [], labUnavailable: null }
      return { ok: true, value: { ...value, host: 'serve' } }
    },
    'deployment/open': async () => ({ ok: true, value: { session: 's1' } }),
    'deployment/close': nothing,
    'deployment/state': async ({ session }) => ({
      ok: true,
      value: { head: headOf(session), slices: [sliceOf('g', 5)] },
    }),
    'deployment/refresh': nothing,
    'deployment/focus': nothing,
    'deployment/past': async () => ({ ok: true, value: { since: '2026-01-01T00:00:00.000Z', series: {}, events: [] } }),
    'connection/test': async () => ({ ok: true, value: { steps: [] } }),
    'recents/list': async () => ({ ok: true, value: { recents: [] } }),
    'recents/remove': nothing,
    'lab/start': async () => ({ ok: true, value: { lab, session: 's2' } }),
    'lab/stop': nothing,
    'lab/list': async () => ({ ok: true, value: { labs: [lab] } }),
    'lab/open': async () => ({ ok: true, value: { session: 's2' } }),
    'lab/faults': async () => ({ ok: true, value: { lab, faults: [], active: [] } }),
    'lab/break': async () => ({ ok: true, value: { active: [] } }),
    'lab/heal': async () => ({ ok: true, value: { active: [] } }),
    'drills/list': async () => ({ ok: true, value: { drills: [] } }),
    'drills/start': async () => ({ ok: true, value: { run: 'r' } }),
    'drills/cancel': nothing,
    'drills/runs': async () => ({ ok: true, value: { runs: [] } }),
    'drills/report': async () => ({ ok: true, value: { fileName: 'drill.md', mediaType: 'text/markdown', text: '#' } }),
    'forecast/failover': async ({ group }) => ({ ok: true, value: failoverReportOf(group) }),
    'forecast/resync': async () => ({
      ok: true,
      value: { schema: 'repliscope/resync@1', takenAt: TAKEN_AT, nodes: [] },
    }),
    'advice/group': async ({ group }) => ({ ok: true, value: adviceReportOf(group) }),
    'audit/report': async () => ({ ok: true, value: { fileName: 'audit.md', mediaType: 'text/markdown', text: '#' } }),
    'findings/acknowledged': async () => ({ ok: true, value: { acknowledgements: [] } }),
    'findings/acknowledge': async () => ({ ok: true, value: { acknowledgements: [] } }),
    'findings/unacknowledge': async () => ({ ok: true, value: { acknowledgements: [] } }),
    'profiles/list': async () => ({ ok: true, value: { profiles: [], trouble: null } }),
    'profiles/save': async ({ name }) => ({ ok: true, value: { profile: savedProfileOf(name), notice: null } }),
    'profiles/remove': async () => ({ ok: true, value: { notice: null } }),
    'profiles/show': async ({ name }) => ({
      ok: true,
      value: { profile: savedProfileOf(name), target: TARGET, kept: [], thresholds: {} },
    }),
    'profiles/export': async () => ({
      ok: true,
      value: { fileName: 'profiles.json', mediaType: 'application/json', text: '{}' },
    }),
    'profiles/import': async () => ({ ok: true, value: { taken: [], renamed: [], replaced: [], refused: [] } }),
    'profiles/open': async () => ({ ok: true, value: { session: 's3' } }),
    'session/arm': async () => ({ ok: true, value: { armedUntil: TAKEN_AT } }),
    'session/disarm': nothing,
    'actions/list': async () => ({ ok: true, value: { actions: [] } }),
    'actions/plan': async () => ({ ok: true, value: { plan: PLAN, keptId: 'p' } }),
    'actions/run': async () => ({ ok: true, value: { run: 'r' } }),
    'actions/cancel': nothing,
    'actions/runs': async () => ({ ok: true, value: { runs: [] } }),
    'actions/unfinished': async () => ({ ok: true, value: { actions: [] } }),
    'actions/verify': async ({ action }) => ({
      ok: true,
      value: { id: action, state: 'stopped', lastStep: null, now: [], pending: [], settled: [] },
    }),
    'actions/undo-plan': async () => ({ ok: true, value: { plan: PLAN, keptId: 'p' } }),
    'journal/list': async () => ({ ok: true, value: { actions: [storyOf('a')] } }),
    'journal/show': async ({ action }) => ({ ok: true, value: { story: storyOf(action), rows: [] } }),
    'journal/verify': async () => ({ ok: true, value: { sound: true, rows: 0, problems: [], notes: [] } }),
    'journal/export': async () => ({
      ok: true,
      value: { fileName: 'journal.jsonl', mediaType: 'application/jsonl', text: '' },
    }),
    'acl/recipes': async () => ({ ok: true, value: { peers: [], lacking: [] } }),
    ...overrides,
  }
}
