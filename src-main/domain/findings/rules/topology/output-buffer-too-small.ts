import { describeBytes, describeSeconds } from '../../../units.ts'
import { outputBufferSize } from '../../../lag/backlog-size.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { answeringServers, configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { linkSpans, longest } from './link-history.ts'
import { hasSharedBuffers, hasSyncChannel, replicaBufferLimits } from './output-buffer.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

/** Limits at which the next resync cannot finish. */
export const outputBufferTooSmall: Rule = {
  code: 'output-buffer-too-small',
  section: 'topology',
  severities: ['warning'],
  fires:
    'On a node that feeds replicas: from 7.0 the soft limit is below the backlog size, before 7.0 the hard limit is; or the hard limit is below the peak write rate x the duration of the last full sync, unless an RDB or dual channel carries it. 0 is no limit.',
  matters:
    'A replica that was just given a large partial resync, or that synchronises fully, is cut off and starts over.',
  advice: 'Raise client-output-buffer-limit for replicas.',
  holdForMs: 0,
  judge: (context) =>
    answeringServers(context).flatMap((node) => {
      const feeds = context.snapshot.links.some((link) => link.upstream === node.id)
      if (!feeds) return []
      if (node.config === undefined) return [configNotPermitted(node, nodeSubject(node.id))]
      return judge(context, node)
    }),
}

function judge(context: RuleContext, node: NodeSnapshot): readonly Verdict[] {
  const limits = replicaBufferLimits(node)
  const backlog = node.info?.replication.backlogSizeBytes
  if (limits === undefined) return []
  const { softBytes, configuredHardBytes, hardBytes, softSeconds } = limits
  const isShared = hasSharedBuffers(node)
  const reasons: string[] = []
  if (backlog !== undefined && isShared === true && softBytes !== undefined && softBytes < backlog)
    reasons.push(`the soft limit of ${describeBytes(softBytes)} is below the backlog of ${describeBytes(backlog)}`)
  if (backlog !== undefined && isShared === false && configuredHardBytes !== undefined && configuredHardBytes < backlog)
    reasons.push(
      `the hard limit of ${describeBytes(configuredHardBytes)} is below the backlog of ${describeBytes(backlog)}`,
    )
  const seconds = syncSeconds(context, node)
  const peak = node.writeRate?.peakBytesPerSecond
  if (hardBytes !== undefined && seconds !== undefined && peak !== undefined && hasSyncChannel(node) === false)
    if (hardBytes < peak * seconds)
      reasons.push(
        `a full sync takes ${describeSeconds(seconds)}, in which ${describeBytes(peak * seconds)} are written at the peak; the hard limit is ${describeBytes(hardBytes)}`,
      )
  if (reasons.length === 0) return []
  const advice = outputBufferSize({
    peakBytesPerSecond: peak ?? 0,
    fullSyncSeconds: seconds ?? 0,
    backlogBytes: backlog,
  })
  // 0 is no limit, and stays so
  const hard = configuredHardBytes === undefined ? 0 : Math.max(advice.hardBytes, configuredHardBytes)
  const soft = softBytes === undefined ? 0 : Math.max(advice.softBytes, softBytes)
  return [
    {
      kind: 'fires',
      subject: nodeSubject(node.id),
      severity: 'warning',
      title: `${node.id}: the output-buffer limit for replicas is too small: ${reasons.join('; ')}`,
      evidence: [
        evidence(context, node.id, 'client-output-buffer-limit', node.config?.get('client-output-buffer-limit')),
        evidence(context, node.id, 'repl_backlog_size', backlog),
        ...(peak === undefined
          ? []
          : [evidence(context, node.id, 'write rate, 24 h peak (bytes/s)', Math.round(peak))]),
        ...(seconds === undefined ? [] : [evidence(context, node.id, 'last full sync (s)', seconds)]),
      ],
      why: 'The next resync fills that buffer, the replica is cut off, and it starts over: it may never finish.',
      remedy: [
        setConfig(
          node.id,
          'client-output-buffer-limit',
          `replica ${hard} ${soft} ${Math.max(softSeconds, advice.softSeconds)}`,
        ),
        keepConfig(node),
      ],
    },
  ]
}

/** How long a full sync from this node takes: as seen in this session, at least as long as its last save. */
function syncSeconds(context: RuleContext, node: NodeSnapshot): number | undefined {
  const seen = context.snapshot.links
    .filter((link) => link.upstream === node.id)
    .map((link) => longest(linkSpans(context, link, 24 * 3600), ['full-sync', 'loading']) / 1000)
  const save = node.info?.persistence.lastBgsaveSeconds
  const longestSeen = Math.max(0, ...seen, save ?? 0)
  return longestSeen === 0 ? undefined : longestSeen
}
