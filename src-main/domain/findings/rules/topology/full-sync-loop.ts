import { describeBytes, describeSeconds } from '../../../units.ts'
import { outputBufferSize } from '../../../lag/backlog-size.ts'
import { configInteger } from '../../../replies/config-get.ts'
import type { LinkSnapshot, NodeSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { fullSyncsBegun, linkSpans, longest, type LinkSpan } from './link-history.ts'
import { hasSyncChannel, replicaBufferLimits } from './output-buffer.ts'
import { risen, samplesOf } from '../../past-facts.ts'
import { perSecond, setConfig } from '../../rule-words.ts'

/** A sync shorter than this cannot be told from one sample to the next. */
const SHORTEST_SYNC_MS = 5_000

/** The spiral: a replica that synchronises fully again and again and never stays. */
export const fullSyncLoop: Rule = {
  code: 'full-sync-loop',
  section: 'topology',
  severities: ['critical'],
  fires:
    'One replica began 3 or more full syncs within 10 minutes and was never online for longer than one sync takes. Clients such as redis-cli --rdb do not count.',
  matters: 'Each round costs the master a fork, memory and network, and the replica never protects anything.',
  advice:
    'Remove the cause: the output-buffer limit, repl-timeout, the backlog, the fork or the disk, or a replica that cannot load.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(upstream)) return []
      if (context.past.isOneShot) return oneShot(link)
      const spans = linkSpans(context, link, context.thresholds.fullSyncLoopWindowSeconds)
      const count = Math.max(fullSyncsBegun(spans), attributed(context, link, upstream, spans))
      if (count < context.thresholds.fullSyncLoopCount) return []
      const syncMs = longest(spans, ['full-sync', 'loading'])
      if (longest(spans, ['online']) > Math.max(syncMs, SHORTEST_SYNC_MS)) return []
      return [loop(context, link, upstream, spans, count)]
    }),
}

function oneShot(link: LinkSnapshot): readonly Verdict[] {
  if (link.state !== 'full-sync' && link.state !== 'loading') return []
  const reason = `${link.replica} synchronises now; whether it does so again and again needs two samples or more`
  return [{ kind: 'not-judged', subject: linkSubject(link.replica), reason }]
}

/** The upstream's counter, where no other replica can have moved it. */
function attributed(
  context: RuleContext,
  link: LinkSnapshot,
  upstream: NodeSnapshot,
  spans: readonly LinkSpan[],
): number {
  const window = context.thresholds.fullSyncLoopWindowSeconds
  if (!spans.some((span) => span.state === 'full-sync')) return 0
  if (upstream.info?.replication.replicas.some((line) => line.port === 0) === true) return 0
  const isAlone = context.snapshot.links.every(
    (other) =>
      other === link ||
      other.upstream !== link.upstream ||
      linkSpans(context, other, window).every((span) => span.state === 'online'),
  )
  return isAlone ? (risen(samplesOf(context, upstream.id, window), (sample) => sample.syncFull) ?? 0) : 0
}

interface Cause {
  readonly words: string
  readonly remedy: readonly string[]
}

function loop(
  context: RuleContext,
  link: LinkSnapshot,
  upstream: NodeSnapshot,
  spans: readonly LinkSpan[],
  count: number,
): Verdict {
  const cause = causeOf(context, link, upstream, spans, count)
  const samples = samplesOf(context, upstream.id, context.thresholds.fullSyncLoopWindowSeconds)
  const seconds = context.thresholds.fullSyncLoopWindowSeconds
  return {
    kind: 'fires',
    subject: linkSubject(link.replica),
    severity: 'critical',
    title: `${link.replica} began ${count} full syncs from ${upstream.id} within ${describeSeconds(seconds)} and never stayed: ${cause.words}`,
    evidence: [
      { node: link.replica, field: 'full syncs begun', value: count, at: context.snapshot.takenAt },
      evidence(context, upstream.id, 'sync_full', upstream.info?.stats.syncFull),
      ...(['syncFull', 'syncPartialErr', 'outputBufferDisconnections'] as const).flatMap((field) => {
        const rise = risen(samples, (sample) => sample[field])
        return rise === undefined ? [] : [evidence(context, upstream.id, `${FIELDS[field]} (rise)`, rise)]
      }),
      evidence(context, link.replica, 'master_link_status', nodeOf(context, link)?.info?.replication.masterLink),
      evidence(
        context,
        link.replica,
        'master_current_sync_attempts',
        nodeOf(context, link)?.info?.replication.syncAttempts,
      ),
    ],
    why: `Each round forks ${upstream.id} and sends its whole dataset for nothing; ${link.replica} protects nothing meanwhile.`,
    remedy: cause.remedy,
    ...(spans[0] === undefined
      ? {}
      : { knownSince: spans.find((span) => span.state === 'full-sync')?.from ?? spans[0].from }),
  }
}

const FIELDS = {
  syncFull: 'sync_full',
  syncPartialErr: 'sync_partial_err',
  outputBufferDisconnections: 'client_output_buffer_limit_disconnections',
} as const

function nodeOf(context: RuleContext, link: LinkSnapshot): NodeSnapshot | undefined {
  const node = context.snapshot.nodes.get(link.replica)
  return isAnswering(node) ? node : undefined
}

/** redis-facts: the table of the spiral's causes, first match. */
function causeOf(
  context: RuleContext,
  link: LinkSnapshot,
  upstream: NodeSnapshot,
  spans: readonly LinkSpan[],
  count: number,
): Cause {
  const window = context.thresholds.fullSyncLoopWindowSeconds
  const samples = samplesOf(context, upstream.id, window)
  const limits = replicaBufferLimits(upstream)
  const buffers = samplesOf(context, link.replica, window).flatMap((sample) => sample.outputBufferBytes ?? [])
  const fullest = Math.max(link.outputBufferBytes ?? 0, ...buffers)
  const isNearHard =
    limits?.hardBytes !== undefined && fullest > limits.hardBytes * context.thresholds.outputBufferCriticalRatio
  if ((risen(samples, (sample) => sample.outputBufferDisconnections) ?? 0) > 0 || isNearHard)
    return bufferLimit(upstream, spans)
  if (upstream.info?.persistence.lastBgsaveStatus === 'err')
    return {
      words: 'the fork or the disk of the master fails',
      remedy: [
        `${cli(upstream.id, 'INFO persistence')}   # and its log: memory for the fork, space and rights on its disk`,
      ],
    }
  if (failedLoads(spans) >= 2)
    return {
      words: 'the replica cannot load what it receives',
      remedy: [
        `the log of ${link.replica} says why: memory, or an RDB of a newer version`,
        cli(link.replica, 'INFO memory'),
      ],
    }
  if (overflows(context, upstream, spans)) return bufferLimit(upstream, spans)
  if (cameOnline(spans) && (risen(samples, (sample) => sample.syncPartialErr) ?? 0) >= count)
    return {
      words: 'the link flaps and the backlog is too short to continue',
      remedy: [
        'find what cuts the link (network, keep-alive, a proxy)',
        setConfig(
          upstream.id,
          'repl-backlog-size',
          Math.max(64 * 1024 * 1024, 2 * (upstream.info?.replication.backlogSizeBytes ?? 0)),
        ),
      ],
    }
  const timeout = upstream.config === undefined ? undefined : configInteger(upstream.config, 'repl-timeout')
  const cycle = cycleSeconds(spans)
  if (timeout !== undefined && cycle !== undefined && Math.abs(cycle - timeout) <= timeout * 0.2)
    return {
      words: `each round lasts about repl-timeout (${timeout} s)`,
      remedy: [upstream.id, link.replica].map((node) => setConfig(node, 'repl-timeout', timeout * 4)),
    }
  return {
    words: 'the cause cannot be told from outside',
    remedy: [
      `the log of ${upstream.id}: "scheduled to be closed ASAP for overcoming of output buffer limits", or a time-out`,
      `the log of ${link.replica}: why it dropped the link`,
    ],
  }
}

/**
 * Where the server does not count these disconnections (before 7.4 and 8.0): what was written at the peak while a sync
 * lasted comes near the limit. Syncs are seen from sample to sample, so near is enough.
 */
function overflows(context: RuleContext, upstream: NodeSnapshot, spans: readonly LinkSpan[]): boolean {
  const hard = replicaBufferLimits(upstream)?.hardBytes
  const peak = upstream.writeRate?.peakBytesPerSecond
  if (hard === undefined || peak === undefined || hasSyncChannel(upstream) !== false) return false
  return (peak * longest(spans, ['full-sync'])) / 1000 > hard * context.thresholds.outputBufferWarnRatio
}

/** A link that flaps was up in between. A replica whose sync is cut off asks for its old history each time, too. */
function cameOnline(spans: readonly LinkSpan[]): boolean {
  const first = spans.findIndex((span) => span.state === 'full-sync')
  return spans.some((span, i) => i > first && span.state === 'online')
}

/** Emergency values from the measured rate. */
function bufferLimit(upstream: NodeSnapshot, spans: readonly LinkSpan[]): Cause {
  const rate = upstream.writeRate
  const words = 'the output-buffer limit is too small for the write rate'
  if (rate === undefined)
    return {
      words,
      remedy: [
        setConfig(upstream.id, 'client-output-buffer-limit', 'replica 0 0 0'),
        'no limit for now: watch the memory',
      ],
    }
  const advice = outputBufferSize({
    peakBytesPerSecond: rate.peakBytesPerSecond,
    fullSyncSeconds: (2 * longest(spans, ['full-sync', 'loading'])) / 1000,
    backlogBytes: upstream.info?.replication.backlogSizeBytes,
  })
  return {
    words: `${words} (${perSecond(rate.peakBytesPerSecond)} at the peak)`,
    remedy: [
      `${setConfig(upstream.id, 'client-output-buffer-limit', `replica ${advice.hardBytes} ${advice.softBytes} ${advice.softSeconds}`)}   # hard ${describeBytes(advice.hardBytes)}; needs that much memory`,
      ...advice.reasons,
    ],
  }
}

function failedLoads(spans: readonly LinkSpan[]): number {
  return spans.filter((span, i) => {
    const next = spans[i + 1]?.state
    return span.state === 'loading' && (next === 'down' || next === 'connecting' || next === 'full-sync')
  }).length
}

/** Mean time from the beginning of one full sync to that of the next. */
function cycleSeconds(spans: readonly LinkSpan[]): number | undefined {
  const begun = spans.filter((span, i) => i > 0 && span.state === 'full-sync').map((span) => span.from)
  const first = begun[0]
  const last = begun.at(-1)
  if (first === undefined || last === undefined || begun.length < 2) return undefined
  return (last - first) / (begun.length - 1) / 1000
}
