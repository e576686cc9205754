import type { Acknowledgement } from '../../../src-main/contract/acknowledgement.ts'
import type { CallResult, SessionHead, TestStep } from '../../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { createFakeBridge, type FakeBridge } from '../../../src-renderer/bridge/fake.ts'
import { adviceSample, failoverSample, resyncSample } from './judge-samples.ts'
import { movedTo, pastFor } from './samples.ts'

export const HEAD: SessionHead = {
  session: 's1',
  label: 'orders-prod',
  environment: 'production',
  phase: 'live',
  failures: [],
  intervalMs: 1000,
  slow: false,
  commandsPerSecondPerNode: 1.9,
  insecureTls: false,
}

export interface FakeHost extends FakeBridge {
  /** What `deployment/state` answers from now on, and what the page is told. Revisions grow by themselves. */
  readonly publish: (slices: readonly GroupSlice[]) => void
  /** Tells the present slices again, as a next sample. */
  readonly tick: (change?: (slice: GroupSlice) => GroupSlice) => void
}

/** A host with one session of made-up groups. */
export function createFakeHost(
  slices: readonly GroupSlice[],
  options: { head?: Partial<SessionHead>; info?: Partial<CallResult<'app/info'>> } = {},
): FakeHost {
  const head = { ...HEAD, ...options.head }
  let revision = 1
  let present = slices
  let acknowledgements: Acknowledgement[] = []
  const fresh = (): GroupSlice[] =>
    present.map((slice) => ({ ...movedTo(slice, Date.now()), takenAt: new Date().toISOString(), revision }))
  const steps: TestStep[] = [
    {
      address: '10.0.0.5:26379',
      step: 'dns',
      status: 'skipped',
      detail: 'an address, not a name',
      hint: null,
      elapsedMs: null,
    },
    { address: '10.0.0.5:26379', step: 'tcp', status: 'passed', detail: 'connected', hint: null, elapsedMs: 0.7 },
    {
      address: '10.0.0.5:26379',
      step: 'identity',
      status: 'passed',
      detail: 'Sentinel, redis 7.2.6, monitors orders',
      hint: null,
      elapsedMs: 1.2,
    },
    {
      address: '10.0.0.5:26379',
      step: 'permissions',
      status: 'warned',
      detail: 'may not run SENTINEL CKQUORUM',
      hint: 'ACL SETUSER inspector +sentinel|ckquorum',
      elapsedMs: 2,
    },
  ]
  const bridge = createFakeBridge({
    'app/info': () => ({
      ok: true,
      value: {
        version: '0.1.0',
        host: 'serve',
        platform: 'linux',
        dataFolder: '/home/dba/.local/share/repliscope',
        sessions: [{ session: 's1' }],
        labUnavailable: null,
        ...options.info,
      },
    }),
    'deployment/state': () => ({ ok: true, value: { head, slices: fresh() } }),
    'deployment/past': ({ group }) => {
      const slice = present.find((one) => one.group.name === group)
      return {
        ok: true,
        value: slice ? pastFor(slice, Date.now()) : { since: new Date().toISOString(), series: {}, events: [] },
      }
    },
    'deployment/refresh': () => ({ ok: true, value: {} }),
    'deployment/close': () => ({ ok: true, value: {} }),
    'deployment/open': () => ({
      ok: false,
      failure: {
        code: 'unreachable.refused',
        message: '10.0.0.5:26379: nothing listens on that port (connection refused)',
      },
    }),
    'recents/list': () => ({
      ok: true,
      value: {
        recents: [
          {
            id: 'r1',
            label: 'orders-prod',
            addresses: '10.0.0.5:26379\n10.0.0.6:26379',
            kind: 'sentinel',
            group: 'orders',
            usesTls: true,
            needsPassword: true,
            lastUsedAt: new Date(Date.now() - 7_200_000).toISOString(),
          },
          {
            id: 'r2',
            label: 'sessions-staging',
            addresses: 'redis-staging.example:26379',
            kind: 'auto',
            group: null,
            usesTls: false,
            needsPassword: false,
            lastUsedAt: new Date(Date.now() - 260_000_000).toISOString(),
          },
        ],
      },
    }),
    'recents/remove': () => ({ ok: true, value: {} }),
    'lab/list': () => ({ ok: true, value: { labs: [] } }),
    'lab/start': () => ({
      ok: false,
      failure: { code: 'not-found', message: 'no server was found on this machine; apt-get install redis-tools' },
    }),
    'connection/test': () => ({ ok: true, value: { steps } }),
    'forecast/failover': ({ without }) => ({
      ok: true,
      value: failoverSample(
        without.includes('10.0.0.7:6379')
          ? { winner: '10.0.0.6:6379', loss: { bytes: { low: 0, high: 28 }, seconds: 0 } }
          : {},
      ),
    }),
    'forecast/resync': () => ({ ok: true, value: resyncSample() }),
    'advice/group': ({ minReplicas }) => ({ ok: true, value: adviceSample(minReplicas) }),
    'audit/report': ({ format }) => ({
      ok: true,
      value: { fileName: `audit.${format}`, mediaType: 'text/plain', text: 'the audit' },
    }),
    'findings/acknowledged': () => ({ ok: true, value: { acknowledgements } }),
    'findings/acknowledge': ({ acknowledgement }) => {
      acknowledgements = [...acknowledgements, { ...acknowledgement, at: new Date().toISOString() }]
      return { ok: true, value: { acknowledgements } }
    },
    'findings/unacknowledge': ({ key }) => {
      acknowledgements = acknowledgements.filter((one) => one.code !== key.code || one.subject.id !== key.subject.id)
      return { ok: true, value: { acknowledgements } }
    },
  })
  const tell = (): void => {
    revision += 1
    bridge.emit('deployment/changed', { session: head.session, slices: fresh(), removed: [] })
  }
  return {
    ...bridge,
    publish: (next) => {
      present = next
      tell()
    },
    tick: (change) => {
      if (change) present = present.map(change)
      tell()
    },
  }
}
