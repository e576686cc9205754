import { describeBytes, describeSeconds } from '../../../units.ts'
import type { LinkSnapshot, SyncProgress } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { replicaBufferLimits } from './output-buffer.ts'
import { perSecond } from '../../rule-words.ts'

const STAGES: Readonly<Record<SyncProgress['stage'], string>> = {
  connect: 'connecting',
  handshake: 'in the handshake',
  'waiting-for-fork': 'waiting for the fork',
  transfer: 'receiving the dataset',
  load: 'loading the dataset',
}

/** A full resync under way: progress, and what grows meanwhile. */
export const fullSyncRunning: Rule = {
  code: 'full-sync-running',
  section: 'topology',
  severities: ['info'],
  fires: 'A replica waits for the fork, receives the dataset or loads it.',
  matters: 'It protects nothing until it is done, and what is written meanwhile waits in an output buffer.',
  advice: 'Watch the buffer against its limit; do not restart anything else meanwhile.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const node = context.snapshot.nodes.get(link.replica)
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(node) && !isAnswering(upstream)) return []
      if (link.state !== 'full-sync' && link.state !== 'loading') return []
      // a load at its own start is no resync
      if (link.state === 'loading' && node?.info?.replication.syncInProgress !== true) return []
      return [running(context, link)]
    }),
}

function running(context: RuleContext, link: LinkSnapshot): Verdict {
  const node = context.snapshot.nodes.get(link.replica)
  const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
  const { sync } = link
  const progress = [
    sync === undefined ? '' : STAGES[sync.stage],
    sync?.doneRatio === undefined ? '' : `${Math.floor(sync.doneRatio * 100)}%`,
    sync?.bytesPerSecond === undefined ? '' : perSecond(sync.bytesPerSecond),
    sync?.etaSeconds === undefined ? '' : `${describeSeconds(sync.etaSeconds)} left`,
  ].filter((text) => text !== '')
  const hard = upstream === undefined ? undefined : replicaBufferLimits(upstream)?.hardBytes
  const buffer = link.outputBufferBytes
  const waiting =
    buffer === undefined
      ? ''
      : ` Its output buffer on ${link.upstream} holds ${describeBytes(buffer)}${hard === undefined ? '' : ` of ${describeBytes(hard)}`}.`
  return {
    kind: 'fires',
    subject: linkSubject(link.replica),
    severity: 'info',
    title: `${link.replica} synchronises fully from ${link.upstream ?? 'its master'}${progress.length === 0 ? '' : `: ${progress.join(', ')}`}`,
    evidence: [
      evidence(context, link.replica, 'master_sync_in_progress', node?.info?.replication.syncInProgress),
      evidence(context, link.replica, 'master_sync_read_bytes', sync?.readBytes),
      evidence(context, link.replica, 'master_sync_total_bytes', sync?.totalBytes),
      ...(link.upstream === undefined || buffer === undefined
        ? []
        : [evidence(context, link.upstream, 'CLIENT LIST omem', buffer)]),
    ],
    why: `Until it is done it protects nothing and cannot be promoted with data.${waiting}`,
    remedy:
      link.upstream === undefined
        ? []
        : [`${cli(link.upstream, 'CLIENT LIST TYPE replica')}   # omem; leave the other replicas alone meanwhile`],
  }
}
