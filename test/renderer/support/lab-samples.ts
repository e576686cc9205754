import type { LabStatus } from '../../../src-main/contract/calls.ts'
import type { ActiveFaultView, DrillRunView, DrillView, FaultView } from '../../../src-main/contract/lab.ts'
import { drillRun } from '../../../src-main/contract/lab.ts'
import { FAULTS } from '../../../src-main/domain/drills/faults.ts'
import { DRILL_PROBE, DRILL_TIMELINE, drillReport, remediedReport } from '../../support/drill-reports.ts'
import type { FakeHost } from './fake-client.ts'

/** The lab that the well slice is, for a host that says so. */
export const LAB: LabStatus = {
  name: 'practice',
  dir: '/tmp/labs/practice',
  group: 'orders',
  master: '10.0.0.5:6379',
  replicas: ['10.0.0.6:6379', '10.0.0.7:6379', '10.0.0.8:6379'],
  chained: [],
  sentinels: ['10.0.0.5:26379', '10.0.0.6:26379', '10.0.0.7:26379'],
  up: true,
}

/** The whole catalogue; one kind cannot be done here. */
export const FAULT_VIEWS: readonly FaultView[] = FAULTS.map((fault) => ({
  ...fault,
  unavailable: fault.kind === 'disk-full' ? 'only root can limit the disk of a node' : null,
}))

const drill = (part: Partial<DrillView> & Pick<DrillView, 'name' | 'title'>): DrillView => ({
  story:
    'A master with two replicas and three Sentinels takes writes when its process is killed. The Sentinels notice, agree and promote one.',
  difficulty: 'first',
  needs: [],
  remedy: null,
  seconds: 15,
  unavailable: null,
  ...part,
})

export const DRILL_VIEWS: readonly DrillView[] = [
  drill({
    name: 'primary-crash',
    title: 'The master dies under load',
    remedy: {
      title: 'Ask for one replica before a write is taken',
      commands: ['CONFIG SET min-replicas-to-write 1', 'CONFIG SET min-replicas-max-lag 10'],
    },
  }),
  drill({ name: 'quorum-lost', title: 'Too few Sentinels to agree', seconds: 25 }),
  drill({
    name: 'partition-split-brain',
    title: 'The old master keeps a client',
    difficulty: 'common',
    seconds: 40,
    story:
      'The master is cut off from its replicas and Sentinels, but not from one client. A replica is promoted while the old master goes on acknowledging writes; when the line is back, those are discarded.',
    remedy: {
      title: 'min-replicas-to-write 1 with a lag of 2 s bounds what is written in vain',
      commands: ['CONFIG SET min-replicas-to-write 1', 'CONFIG SET min-replicas-max-lag 2'],
    },
  }),
  drill({
    name: 'aof-error-disk-full',
    title: 'The disk of the master is full',
    difficulty: 'hard',
    needs: ['root'],
    seconds: 30,
    unavailable: 'it needs root, to limit the disk of a node',
  }),
  drill({ name: 'replica-ahead', title: 'A replica knows more than its master', difficulty: 'hard', seconds: 130 }),
]

/** A run by its state; parts can be replaced. It reads through the contract, so that nothing made-up is shown. */
export function runView(part: Partial<DrillRunView> = {}): DrillRunView {
  return drillRun.parse({
    run: 'r1',
    name: 'primary-crash',
    withRemedy: false,
    state: 'running',
    startedAt: new Date(Date.now() - 9000).toISOString(),
    session: 's1',
    doing: 'The master is down; the Sentinels wait 5 s before they say so',
    forecast: drillReport().forecast,
    timeline: DRILL_TIMELINE.filter((moment) => moment.atMs < 9000),
    probe: DRILL_PROBE.filter((span) => span.fromMs < 9000).map((span) =>
      span.state === 'lost' ? { ...span, state: 'accepted' } : { ...span, toMs: Math.min(span.toMs, 9000) },
    ),
    report: null,
    failure: null,
    ...part,
  })
}

export function endedRun(part: Partial<DrillRunView> = {}): DrillRunView {
  const report = part.withRemedy ? remediedReport() : drillReport()
  return runView({
    state: 'ended',
    session: null,
    doing: 'ended',
    timeline: [...report.timeline],
    probe: [...report.probe],
    report: structuredClone(report) as NonNullable<DrillRunView['report']>,
    ...part,
  })
}

/** What a lab host knows and does; `runs` and `active` can be looked at and replaced. */
export interface FakeLab {
  active: readonly ActiveFaultView[]
  runs: readonly DrillRunView[]
  labs: readonly LabStatus[]
}

/** Makes session `s1` of a fake host a lab whose faults can be broken and healed, and a gallery beside it. */
export function playLab(host: FakeHost, start: Partial<FakeLab> = {}): FakeLab {
  const state: FakeLab = { active: [], runs: [], labs: [LAB], ...start }
  let faults = state.active.length
  host.respond('lab/list', () => ({ ok: true, value: { labs: [...state.labs] } }))
  host.respond('lab/open', () => ({ ok: true, value: { session: 's1' } }))
  host.respond('lab/start', () => ({ ok: true, value: { lab: LAB, session: 's1' } }))
  host.respond('lab/stop', ({ name }) => {
    state.labs = state.labs.filter((lab) => lab.name !== name)
    return { ok: true, value: {} }
  })
  host.respond('lab/faults', () => ({
    ok: true,
    value: { lab: LAB, faults: [...FAULT_VIEWS], active: [...state.active] },
  }))
  host.respond('lab/break', ({ fault }) => {
    const what = `${fault.node} ${fault.kind}${fault.peer === undefined ? '' : `, with ${fault.peer}`}`
    state.active = [...state.active, { ...fault, id: `f${++faults}`, at: Date.now(), what }]
    return { ok: true, value: { active: [...state.active] } }
  })
  host.respond('lab/heal', ({ fault }) => {
    state.active = fault === null ? [] : state.active.filter((one) => one.id !== fault)
    return { ok: true, value: { active: [...state.active] } }
  })
  host.respond('drills/list', () => ({ ok: true, value: { drills: [...DRILL_VIEWS] } }))
  host.respond('drills/runs', () => ({ ok: true, value: { runs: [...state.runs] } }))
  host.respond('drills/start', ({ name, withRemedy }) => {
    const run = `r${state.runs.length + 1}`
    state.runs = [...state.runs, runView({ run, name, withRemedy, state: 'starting', session: null })]
    return { ok: true, value: { run } }
  })
  host.respond('drills/cancel', () => ({ ok: true, value: {} }))
  host.respond('drills/report', ({ run, format }) => ({
    ok: true,
    value: { fileName: `drill-${run}.${format}`, mediaType: 'text/plain', text: 'the result' },
  }))
  return state
}

export const ACTIVE: readonly ActiveFaultView[] = [
  { id: 'f1', kind: 'freeze', node: '10.0.0.6:6379', at: Date.now(), what: '10.0.0.6:6379 is frozen' },
  {
    id: 'f2',
    kind: 'bandwidth',
    node: '10.0.0.7:6379',
    peer: '10.0.0.5:6379',
    amount: 20_000,
    at: Date.now(),
    what: '20 KB/s between 10.0.0.7:6379 and 10.0.0.5:6379',
  },
  {
    id: 'f3',
    kind: 'partition',
    node: '10.0.0.6:26379',
    at: Date.now(),
    what: '10.0.0.6:26379 is cut off from everyone',
  },
]
