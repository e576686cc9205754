import { describeBytes, describeSeconds } from '../../../units.ts'
import { outputBufferSize } from '../../../lag/backlog-size.ts'
import type { LinkSnapshot, NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { configNotPermitted, isAnswering, linkSubject } from '../../rule-facts.ts'
import { type ReplicaBufferLimits, replicaBufferLimits } from './output-buffer.ts'
import { holdsSince, samplesOf, trend } from '../../past-facts.ts'
import { setConfig } from '../../rule-words.ts'

const TREND_SECONDS = 60
/** Assumed length of a full sync for the advice, where none was seen. */
const ASSUMED_SYNC_SECONDS = 60

/** A replica's output buffer near the limit at which its master drops it. */
export const outputBufferPressure: Rule = {
  code: 'output-buffer-pressure',
  section: 'topology',
  severities: ['warning', 'critical'],
  fires:
    "A replica client's omem exceeds 60% of the hard limit (warning) or 90% (critical), or the soft limit (critical once half of its seconds are over).",
  matters: 'At the limit the master drops the replica, and what it lacks may no longer be in the backlog.',
  advice: 'Raise client-output-buffer-limit for replicas now, then find out why the replica does not keep up.',
  holdForMs: 0,
  swings: true,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(upstream)) return []
      const used = link.outputBufferBytes
      if (used === undefined) return unseen(link, upstream)
      const limits = replicaBufferLimits(upstream)
      if (limits === undefined)
        return used <= IDLE_BYTES ? [] : [configNotPermitted(upstream, linkSubject(link.replica))]
      return judge(context, link, upstream, used, limits)
    }),
}

/** One block of the shared buffer is what an idle replica holds; under any limit that is nothing to judge. */
const IDLE_BYTES = 64 * 1024

function unseen(link: LinkSnapshot, upstream: NodeSnapshot): readonly Verdict[] {
  const isDenied = upstream.notPermitted.some((command) => command.startsWith('CLIENT'))
  if (!isDenied || link.state === 'down') return []
  const reason = `CLIENT LIST not permitted on ${upstream.id}`
  return [{ kind: 'not-judged', subject: linkSubject(link.replica), reason }]
}

function judge(
  context: RuleContext,
  link: LinkSnapshot,
  upstream: NodeSnapshot,
  used: number,
  limits: ReplicaBufferLimits,
): readonly Verdict[] {
  const { thresholds, snapshot } = context
  const { hardBytes, softBytes, softSeconds } = limits
  const samples = samplesOf(context, link.replica, 15 * 60)
  const share = hardBytes === undefined ? 0 : used / hardBytes
  const isOverSoft = softBytes !== undefined && used >= softBytes
  const overSince = isOverSoft
    ? holdsSince(samples, (sample) => sample.outputBufferBytes !== undefined && sample.outputBufferBytes >= softBytes)
    : undefined
  const overSeconds = overSince === undefined ? 0 : (snapshot.takenAt - overSince) / 1000
  const isHeld = isOverSoft && overSeconds >= softSeconds * thresholds.softLimitHeldRatio
  if (share <= thresholds.outputBufferWarnRatio && !isOverSoft) return []
  const growth = trend(samplesOf(context, link.replica, TREND_SECONDS), (sample) => sample.outputBufferBytes)
  const hardIn =
    hardBytes === undefined || growth === undefined || growth <= 0 ? undefined : Math.max(0, hardBytes - used) / growth
  const softIn = isOverSoft ? Math.max(0, softSeconds - overSeconds) : undefined
  const left = [hardIn, softIn].filter((seconds) => seconds !== undefined)
  const soonest = left.length === 0 ? undefined : Math.min(...left)
  const advice = outputBufferSize({
    peakBytesPerSecond: upstream.writeRate?.peakBytesPerSecond ?? 0,
    fullSyncSeconds: ASSUMED_SYNC_SECONDS,
    backlogBytes: upstream.info?.replication.backlogSizeBytes,
  })
  const hard = Math.max(advice.hardBytes, 4 * (limits.configuredHardBytes ?? 0))
  const soft = Math.max(advice.softBytes, 4 * (softBytes ?? 0))
  const limit =
    hardBytes !== undefined && (share > thresholds.outputBufferWarnRatio || !isOverSoft)
      ? `${Math.floor(share * 100)}% of the hard limit of ${describeBytes(hardBytes)}`
      : `above the soft limit of ${describeBytes(softBytes ?? 0)} for ${describeSeconds(overSeconds)} of ${softSeconds} s`
  return [
    {
      kind: 'fires',
      subject: linkSubject(link.replica),
      severity: share > thresholds.outputBufferCriticalRatio || isHeld ? 'critical' : 'warning',
      title: `${upstream.id} holds ${describeBytes(used)} for ${link.replica}: ${limit}${soonest === undefined ? '' : `; disconnect in ${describeSeconds(soonest)}`}`,
      evidence: [
        evidence(context, upstream.id, 'CLIENT LIST omem', used),
        evidence(
          context,
          upstream.id,
          'client-output-buffer-limit',
          upstream.config?.get('client-output-buffer-limit'),
        ),
        evidence(context, upstream.id, 'repl_backlog_size', upstream.info?.replication.backlogSizeBytes),
      ],
      why: `At the limit ${upstream.id} drops ${link.replica}${soonest === undefined ? '' : `, at this rate in ${describeSeconds(soonest)}`}. If it is synchronising, it starts over.`,
      remedy: [
        `${setConfig(upstream.id, 'client-output-buffer-limit', `replica ${hard} ${Math.min(soft, hard)} ${Math.max(softSeconds, advice.softSeconds)}`)}   # needs up to ${describeBytes(hard)} of memory`,
        `then see why ${link.replica} does not keep up`,
      ],
    },
  ]
}
