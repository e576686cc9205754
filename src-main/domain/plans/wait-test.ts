import type { NodeId } from '../address.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import { isAtLeast } from '../replies/version.ts'
import type { CommandWords, Draft, Intent, PreflightCheck } from './model.ts'
import { factsAbout, factsOf } from './observed.ts'
import type { PlanInput } from './switchover.ts'
import { check, step } from './seal.ts'

/** One pipeline: so many writes, one WAIT. `acked` undefined: that round was never answered. */
export interface WaitRound {
  readonly acked: number | undefined
  /** WAITAOF only: 1 when the master's own append-only file has it. */
  readonly local?: number | undefined
  readonly elapsedMs: number
  readonly batch: number
}

/** What a series of rounds tells. Percentiles are of whole rounds, in milliseconds; undefined without a round. */
export interface WaitSummary {
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
  readonly p99Ms: number | undefined
  readonly maxMs: number | undefined
  /** Rounds that fewer replicas than asked confirmed. */
  readonly short: number
  /** Mean cost of one write, WAIT included. */
  readonly perWriteMs: number | undefined
  /** Rounds no longer than `upToMs` and longer than the one before; the last one has no end. */
  readonly histogram: readonly { readonly upToMs: number | undefined; readonly count: number }[]
}

/** Everything that a WAIT test measured. */
export interface WaitMeasurement {
  readonly master: NodeId
  readonly asked: number
  /** WAITAOF only: whether the master's own file was asked for. */
  readonly askedLocal?: number
  readonly timeoutMs: number
  readonly rounds: readonly WaitRound[]
  /** Why rounds fell short, or why the test ended early; undefined: neither. */
  readonly reason: string | undefined
}

const BUCKETS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
/** The probe key expires by itself should nobody remove it. */
const PROBE_LIFE_MS = '60000'
const WHOLE = /^\d{1,6}$/

/** Sums up rounds. Percentiles by nearest rank. */
export function summarise(rounds: readonly WaitRound[], asked: number, askedLocal = 0): WaitSummary {
  const times = rounds.map((round) => round.elapsedMs).sort((a, b) => a - b)
  const at = (share: number): number | undefined => times[Math.max(0, Math.ceil(share * times.length) - 1)]
  const writes = rounds.reduce((sum, round) => sum + round.batch, 0)
  const total = times.reduce((sum, time) => sum + time, 0)
  return {
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: times.at(-1),
    short: rounds.filter((round) => isShort(round, asked, askedLocal)).length,
    perWriteMs: writes === 0 ? undefined : total / writes,
    histogram: [...BUCKETS_MS, undefined].map((upToMs, i) => ({
      upToMs,
      count: times.filter((time) => time > (BUCKETS_MS[i - 1] ?? -1) && (upToMs === undefined || time <= upToMs))
        .length,
    })),
  }
}

/** Fewer confirmed than were asked for. */
export function isShort(round: WaitRound, asked: number, askedLocal = 0): boolean {
  return round.acked === undefined || round.acked < asked || (round.local ?? 0) < askedLocal
}

/** How long until N replicas confirm a write: writes one probe key on a connection of its own, waits, removes it. */
export function planWaitTest(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  const master = snapshot.master ?? ''
  const setting = (name: string): number => Number(intent.settings.get(name))
  const key = `repliscope:probe:${intent.settings.get('probe') ?? 'x'}`
  const [replicas, timeoutMs, count, batch] = ['replicas', 'timeout', 'count', 'batch'].map(setting)
  const isAof = intent.action === 'waitaof-test'
  const local = intent.settings.get('local') ?? '1'
  const wait: CommandWords = isAof
    ? ['WAITAOF', local, String(replicas), String(timeoutMs)]
    : ['WAIT', String(replicas), String(timeoutMs)]
  const write: CommandWords = ['SET', key, '1', 'PX', PROBE_LIFE_MS]
  return {
    target: `${intent.group}: ${master}`,
    steps: [
      step({
        title: `${many(count, 'round')} of ${many(batch, 'write')} and one ${wait[0]} for ${many(replicas, 'replica')}, at most ${timeoutMs} ms each`,
        node: master,
        peer: 'server',
        commands: [write, wait],
        isAtomic: false,
        isMeasured: true,
        needsRole: 'master',
        undo: { title: 'remove the probe key', node: master, commands: [['DEL', key]] },
        timeoutMs: (timeoutMs ?? 0) + 5000,
      }),
      step({
        title: 'remove the probe key',
        node: master,
        peer: 'server',
        commands: [['DEL', key]],
        needsRole: 'master',
      }),
    ],
    preflight: checks(intent, { snapshot, observed, lastMovedAt: undefined }),
    blastRadius: [
      `writes the key ${key} ${(count ?? 0) * (batch ?? 0)} times (it expires after 60 s) and removes it; the writes are replicated and reach the append-only file`,
    ],
    confirm: intent.group,
    relies: factsAbout(factsOf(observed), [`server:${master}:run-id`, `server:${master}:role`]),
    particulars: {
      master,
      key,
      replicas: String(replicas),
      timeout: String(timeoutMs),
      count: String(count),
      batch: String(batch),
      local: isAof ? local : '0',
    },
  }
}

function many(count: number | undefined, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function checks(intent: Intent, { snapshot, observed }: PlanInput): readonly PreflightCheck[] {
  const master = snapshot.master
  const text = (name: string): string => intent.settings.get(name) ?? ''
  const bad = ['replicas', 'timeout', 'count', 'batch'].filter((name) => !WHOLE.test(text(name)))
  const info = master === undefined ? undefined : observed.servers.get(master)?.info
  const attached = info?.replication.replicas.filter((one) => one.state === 'online').length
  return [
    master !== undefined && observed.servers.get(master)?.role?.role === 'master'
      ? check('master', 'passed', `${master} says that it is the master`)
      : check('master', 'failed', 'no master answers'),
    bad.length > 0
      ? check('numbers', 'failed', `${bad.join(', ')}: whole numbers`)
      : Number(text('timeout')) === 0
        ? check('numbers', 'failed', 'a time-out of 0 waits for ever')
        : check(
            'numbers',
            'passed',
            `${many(Number(text('count')), 'round')}, ${many(Number(text('batch')), 'write')} each`,
          ),
    ...(intent.action === 'waitaof-test' ? aofChecks(info, text('local') || '1') : []),
    check(
      'replicas-attached',
      'passed',
      `${attached ?? 'an unknown number of'} replicas are online, ${text('replicas')} are asked for`,
    ),
  ]
}

function aofChecks(info: InfoReply | undefined, local: string): readonly PreflightCheck[] {
  const has = info === undefined ? undefined : isAtLeast(info.server, { redis: '7.2.0', valkey: '7.2.0' })
  return [
    has === true
      ? check('has-waitaof', 'passed', `${info?.server.flavour ?? ''} ${info?.server.version ?? ''}`)
      : check('has-waitaof', 'failed', `WAITAOF came with 7.2; this is ${info?.server.version ?? 'unknown'}`),
    local === '0' || (local === '1' && info?.persistence.aofEnabled === true)
      ? check(
          'append-only',
          'passed',
          local === '0' ? 'the master itself is not asked' : 'the master has an append-only file',
        )
      : check(
          'append-only',
          'failed',
          local === '1' ? 'the master has no append-only file: WAITAOF would refuse' : 'local is 0 or 1',
        ),
  ]
}
