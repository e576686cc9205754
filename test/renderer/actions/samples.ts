import type {
  ActionKind,
  ActionRun,
  JournalStory,
  OutcomeReport,
  PlanReport,
} from '../../../src-main/contract/actions.ts'

export const SWITCHOVER: ActionKind = {
  action: 'switchover',
  title: 'Switch over',
  what: 'a planned hand-over',
  about: ['group', 'master', 'replica'],
  weight: 'grave',
  namesNode: false,
  fields: [{ key: 'to', label: 'Promote', kind: 'replica', choices: [], initial: '', required: false, help: '' }],
}

export const CONFIG_SET: ActionKind = {
  action: 'config-set',
  title: 'Change settings',
  what: 'CONFIG SET',
  about: ['group', 'master', 'replica'],
  weight: 'gentle',
  namesNode: true,
  fields: [
    {
      key: 'settings',
      label: 'Settings',
      kind: 'settings',
      choices: [],
      initial: '',
      required: true,
      help: 'NAME=VALUE',
    },
  ],
}

export const BGSAVE: ActionKind = {
  action: 'bgsave',
  title: 'Save a snapshot',
  what: 'BGSAVE',
  about: ['master', 'replica'],
  weight: 'gentle',
  namesNode: true,
  fields: [],
}

export const CKQUORUM: ActionKind = {
  ...BGSAVE,
  action: 'ckquorum',
  title: 'Ask for the quorum',
  about: ['sentinel'],
  weight: 'test',
}

export const ROLLING: ActionKind = {
  ...SWITCHOVER,
  action: 'rolling-restart',
  title: 'Restart the whole group',
  about: ['group'],
  fields: [{ key: 'resume', label: 'Take up', kind: 'text', choices: [], initial: '', required: false, help: '' }],
}

/** A plan of three steps, the last one in a transaction. Expires a minute from now. */
export function planSample(part: Partial<PlanReport> = {}): PlanReport {
  const step = { transaction: false, undo: null, irreversible: false, waitsFor: null }
  return {
    schema: 'repliscope/plan@1',
    id: 'p1',
    action: 'switchover',
    target: 'orders: 10.0.0.5:6379 -> 10.0.0.6:6379',
    group: 'orders',
    environment: 'production',
    steps: [
      {
        ...step,
        n: 1,
        step: 1,
        title: 'fence',
        node: '10.0.0.5:6379',
        command: ['CONFIG', 'SET', 'min-replicas-to-write', '2'],
        undo: {
          title: 'restore the fence',
          node: '10.0.0.5:6379',
          commands: [['CONFIG', 'SET', 'min-replicas-to-write', '0']],
        },
      },
      { ...step, n: 2, step: 2, title: 'level', node: '10.0.0.5:6379', command: [], waitsFor: 'level' },
      {
        ...step,
        n: 3,
        step: 3,
        title: 'fail over',
        node: '10.0.0.5:26379',
        command: ['SENTINEL', 'FAILOVER', 'orders'],
        irreversible: true,
      },
      { ...step, n: 4, step: 4, title: 'demote', node: '10.0.0.5:6379', command: ['ROLE'], transaction: true },
      {
        ...step,
        n: 5,
        step: 4,
        title: 'demote',
        node: '10.0.0.5:6379',
        command: ['CONFIG', 'REWRITE'],
        transaction: true,
      },
    ],
    contingencies: [],
    preflight: [{ check: 'quorum', status: 'passed', evidence: '3 can vote', needsNote: false }],
    blastRadius: ['writes wait for up to 2500 ms'],
    confirm: 'orders',
    fingerprint: 'abc',
    plannedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    ...part,
  }
}

export function outcomeSample(part: Partial<OutcomeReport> = {}): OutcomeReport {
  return {
    schema: 'repliscope/outcome@1',
    plan: 'p1',
    action: 'switchover',
    state: 'succeeded',
    reason: null,
    steps: [],
    verification: [{ what: 'one master', so: true, evidence: 'role:master' }],
    pending: [],
    advice: [],
    elapsedMs: 1234,
    journal: 'a77',
    ...part,
  }
}

export function runSample(part: Partial<ActionRun> = {}): ActionRun {
  return {
    id: 'p1',
    session: 's1',
    plan: planSample(),
    before: [{ id: '10.0.0.5:6379', role: 'master', upstream: null }],
    progress: [],
    outcome: null,
    wait: null,
    broken: null,
    ...part,
  }
}

export function storySample(part: Partial<JournalStory> = {}): JournalStory {
  return {
    id: 'a77',
    action: 'switchover',
    target: 'orders: 10.0.0.5:6379 -> 10.0.0.6:6379',
    group: 'orders',
    state: 'unfinished',
    startedAt: '2026-01-01T10:00:00.000Z',
    endedAt: null,
    lastStep: { n: 1, title: 'fence', isAnswered: false },
    pending: [],
    nodes: ['10.0.0.5:6379'],
    session: 's1',
    ...part,
  }
}
