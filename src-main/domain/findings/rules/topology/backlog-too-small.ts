import { describeBytes, describeSeconds } from '../../../units.ts'
import { backlogSize } from '../../../lag/backlog-size.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { hasSharedBuffers } from './output-buffer.ts'
import { keepConfig, perSecond, setConfig } from '../../rule-words.ts'

/** A backlog that the peak write rate runs through in less time than a replica may be away. */
export const backlogTooSmall: Rule = {
  code: 'backlog-too-small',
  section: 'topology',
  severities: ['warning'],
  fires:
    'repl_backlog_size of a data node, divided by the 24 h peak write rate, is less than the tolerable disconnect (60 s).',
  matters:
    'A short interruption at peak load ends in a full resync. After a failover the promoted node’s backlog counts.',
  advice: 'Peak write rate x tolerable disconnect x 1.5 to 2, on every node: replicas inherit the role.',
  holdForMs: 0,
  judge: (context) => {
    const { snapshot, thresholds } = context
    const rate = snapshot.master === undefined ? undefined : snapshot.nodes.get(snapshot.master)?.writeRate
    if (rate === undefined || rate.peakBytesPerSecond <= 0 || snapshot.replicas.length === 0) return []
    return answeringServers(context).flatMap((node) => {
      const size = node.info?.replication.backlogSizeBytes
      if (size === undefined || size / rate.peakBytesPerSecond >= thresholds.coverageWarnSeconds) return []
      return [tooSmall(context, node, size, rate.peakBytesPerSecond)]
    })
  },
}

function tooSmall(context: RuleContext, node: NodeSnapshot, size: number, peak: number): Verdict {
  const tolerable = context.thresholds.coverageWarnSeconds
  const advice = backlogSize(peak, tolerable)
  const isMaster = node.id === context.snapshot.master
  const thumb = advice.ruleOfThumb
  return {
    kind: 'fires',
    subject: nodeSubject(node.id),
    severity: 'warning',
    title: `${node.id}: its backlog of ${describeBytes(size)} lasts ${describeSeconds(size / peak)} at the peak of ${perSecond(peak)}; ${describeSeconds(tolerable)} are wanted`,
    evidence: [
      evidence(context, node.id, 'repl_backlog_size', size),
      evidence(context, context.snapshot.master ?? node.id, 'write rate, 24 h peak (bytes/s)', Math.round(peak)),
    ],
    why: isMaster
      ? 'A replica that is away for longer at peak load must synchronise fully.'
      : 'It inherits the role: after a failover to it, its backlog decides whether the others continue.',
    remedy: [
      `${setConfig(node.id, 'repl-backlog-size', advice.recommendedBytes)}   # ${describeBytes(advice.recommendedBytes)} of memory; rule of thumb for ${thumb.writes}: ${thumb.bytes === undefined ? 'shard' : describeBytes(thumb.bytes)}`,
      ...sizeEffect(node),
      keepConfig(node),
    ],
  }
}

function sizeEffect(node: NodeSnapshot): readonly string[] {
  const isShared = hasSharedBuffers(node)
  if (isShared === true) return []
  const text = 'empties the backlog: first see that every replica is online and level, or it needs a full resync'
  return [
    isShared === false
      ? `on ${node.info?.server.version ?? '6.2 and older'} a new size ${text}`
      : `on 6.2 and older a new size ${text}`,
  ]
}
