import type { GroupSlice, InspectLink, InspectNode } from '../../../../src-main/contract/inspect.ts'
import { LINK_STATE_WORDS, REACHABILITY_WORDS, SYNC_STAGE_WORDS, lagReasonWords } from '../../../graph/words.ts'
import * as f from '../../../ui/format.ts'
import type { StatusTone } from '../../../ui/status.ts'

export interface DetailRow {
  readonly label: string
  readonly text: string
  readonly tone?: StatusTone | undefined
  readonly title?: string | undefined
  /** A moment instead of a text: shown as an age that ticks. */
  readonly at?: string | null | undefined
  readonly canCopy?: boolean
}

export interface DetailSection {
  readonly title: string
  readonly rows: readonly DetailRow[]
}

const row = (label: string, text: string, more: Omit<DetailRow, 'label' | 'text'> = {}): DetailRow => ({
  label,
  text,
  ...more,
})
const age = (label: string, at: string | null, more: Omit<DetailRow, 'label' | 'text' | 'at'> = {}): DetailRow => ({
  label,
  text: '',
  at,
  ...more,
})

/** Every fact of a node, in the order in which a DBA asks. */
export function nodeSections(slice: GroupSlice, node: InspectNode): readonly DetailSection[] {
  const link = slice.links.find((one) => one.replica === node.id)
  return [
    ...(link ? linkSections(link) : []),
    ...(node.kind === 'server' ? serverSections(node) : []),
    ...(node.kind === 'sentinel' ? sentinelSections(slice, node) : opinionSections(slice, node)),
    { title: 'Seen', rows: seenRows(node) },
  ]
}

export function linkSections(link: InspectLink): readonly DetailSection[] {
  const behind: DetailRow[] = [
    row('link', LINK_STATE_WORDS[link.state], {
      tone:
        link.state === 'online' ? 'ok' : link.state === 'unknown' ? 'stale' : link.state === 'down' ? 'crit' : 'warn',
    }),
    row('follows', f.formatText(link.upstream), { canCopy: link.upstream !== null }),
    ...(link.depth > 1
      ? [row('top master', f.formatText(link.master)), row('depth', f.formatInteger(link.depth))]
      : []),
    row('byte lag', link.byteLag ? f.formatExactByteRange(link.byteLag) : f.UNKNOWN, {
      title: link.byteLag
        ? 'to the top master, with the bounds of the measurement'
        : lagReasonWords(link.byteLagReason),
    }),
    ...(link.byteLag ? [] : [row('why not known', lagReasonWords(link.byteLagReason))]),
    ...(link.depth > 1 ? [row('to whom it follows', f.formatExactByteRange(link.upstreamByteLag))] : []),
    row('in flight', f.formatBytes(link.inFlightBytes), { title: 'sent by the stream, not yet received' }),
    row('received, not applied', f.formatBytes(link.unappliedBytes)),
    row('in time', f.formatDuration(link.staleSeconds), {
      title: 'how long ago the master passed the offset this replica has applied',
    }),
    row('ack age', f.formatDuration(link.ackAgeSeconds), {
      title: 'whole seconds since the last acknowledgement (lag= in INFO)',
    }),
    row('ack offset', f.formatInteger(link.ackOffset)),
    row('output buffer', f.formatBytes(link.outputBufferBytes), {
      title: 'held for this replica on the node it follows',
    }),
    row(
      'transport',
      [link.tls === null ? 'TLS –' : link.tls ? 'TLS' : 'plain TCP', link.natMapped ? 'NAT-mapped' : '']
        .filter((part) => part !== '')
        .join(', '),
    ),
  ]
  const coverage = link.coverage
  const margin =
    coverage === null
      ? f.UNKNOWN
      : `${f.formatBytes(coverage.bytes)} · ${coverage.unbounded ? 'no writes' : f.formatDuration(coverage.seconds)}`
  const verdict = link.resyncIfDropped
  const resync: DetailRow[] = [
    row('margin', margin, {
      tone: coverage && coverage.bytes < 0 ? 'crit' : undefined,
      title: 'how much more may be written before this replica needs a full resync',
    }),
    row('if dropped now', verdict.verdict === 'unknown' ? f.UNKNOWN : `${verdict.verdict} resync`, {
      tone: verdict.verdict === 'partial' ? 'ok' : verdict.verdict === 'full' ? 'warn' : undefined,
      title: verdict.decidedBy,
    }),
    row('because', verdict.reason),
    row('a partial one sends', f.formatBytes(verdict.sendBytes)),
    ...(verdict.atRiskBytes === null || verdict.atRiskBytes <= 0
      ? []
      : [row('held beyond its master', f.formatBytes(verdict.atRiskBytes), { tone: 'warn' })]),
  ]
  const sync = link.sync
  const syncing: DetailSection[] = sync
    ? [
        {
          title: 'Full sync',
          rows: [
            row('stage', SYNC_STAGE_WORDS[sync.stage]),
            row(
              'done',
              `${f.formatPercent(sync.doneRatio)} · ${f.formatBytes(sync.readBytes)} of ${f.formatBytes(sync.totalBytes)}`,
            ),
            row('rate', f.formatByteRate(sync.bytesPerSecond)),
            row('left', f.formatDuration(sync.etaSeconds)),
          ],
        },
      ]
    : []
  return [...syncing, { title: 'Behind its master', rows: behind }, { title: 'If the link drops', rows: resync }]
}

function serverSections(node: InspectNode): readonly DetailSection[] {
  return [
    { title: 'Replication', rows: replicationRows(node) },
    { title: 'Persistence', rows: persistenceRows(node) },
    {
      title: 'Memory and clients',
      rows: [
        row('keys', f.formatInteger(node.keys)),
        row('used', f.formatBytes(node.memory?.usedBytes)),
        row('maxmemory', node.memory?.maxBytes === 0 ? 'no limit' : f.formatBytes(node.memory?.maxBytes)),
        row('policy', f.formatText(node.memory?.policy)),
        row('evicted keys', f.formatInteger(node.memory?.evictedKeys)),
        row('clients', f.formatInteger(node.connectedClients)),
        row('blocked clients', f.formatInteger(node.blockedClients)),
      ],
    },
  ]
}

function replicationRows(node: InspectNode): readonly DetailRow[] {
  const it = node.replication
  if (!it) return [row('replication', f.UNKNOWN, { title: 'INFO replication was not received' })]
  const isMaster = node.role === 'master'
  return [
    row('offset', f.formatInteger(it.offset)),
    row('replication id', f.formatText(it.replid), { canCopy: it.replid !== null }),
    ...(it.replid2 === null
      ? []
      : [row('previous id', it.replid2, { canCopy: true }), row('valid up to', f.formatInteger(it.secondOffset))]),
    row('writes', f.formatByteRate(it.writeBytesPerSecond)),
    row('peak, 24 h', f.formatByteRate(it.peakWriteBytesPerSecond)),
    row(
      'backlog',
      it.backlog.active === false
        ? 'none'
        : `${f.formatBytes(it.backlog.histlenBytes)} of ${f.formatBytes(it.backlog.sizeBytes)}`,
    ),
    ...(isMaster
      ? [
          row('connected replicas', f.formatInteger(it.connectedReplicas)),
          row('min-replicas-to-write', f.formatInteger(it.minReplicasToWrite)),
          row('min-replicas-max-lag', f.formatDuration(it.minReplicasMaxLagSeconds)),
          ...(it.goodReplicas === null ? [] : [row('good replicas', f.formatInteger(it.goodReplicas))]),
        ]
      : [
          row('priority', it.priority === 0 ? '0, never promoted' : f.formatInteger(it.priority)),
          row('read-only', f.formatFlag(it.readOnly), { tone: it.readOnly === false ? 'warn' : undefined }),
          row(
            'configured master',
            it.masterHost === null ? f.UNKNOWN : `${it.masterHost}:${it.masterPort ?? f.UNKNOWN}`,
          ),
          ...(it.linkDownSeconds === null || it.linkDownSeconds < 0
            ? []
            : [row('link down for', f.formatDuration(it.linkDownSeconds), { tone: 'crit' as const })]),
        ]),
    ...(it.failoverState === null || it.failoverState === 'no-failover'
      ? []
      : [row('failover', it.failoverState, { tone: 'warn' as const })]),
  ]
}

function persistenceRows(node: InspectNode): readonly DetailRow[] {
  const it = node.persistence
  if (!it) return [row('persistence', f.UNKNOWN, { title: 'INFO persistence was not received' })]
  const status = (text: string | null): StatusTone | undefined => (text === null || text === 'ok' ? undefined : 'crit')
  return [
    row('save points', it.rdb.enabled === null ? f.UNKNOWN : it.rdb.enabled ? 'yes' : 'none'),
    age('last RDB', it.rdb.lastSaveAt),
    row('last BGSAVE', it.rdb.inProgress === true ? 'under way' : f.formatText(it.rdb.lastStatus), {
      tone: status(it.rdb.lastStatus),
    }),
    row('changes since', f.formatInteger(it.rdb.changesSinceSave)),
    row('last fork', it.rdb.lastForkUsec === null ? f.UNKNOWN : f.formatDuration(it.rdb.lastForkUsec / 1e6)),
    row('AOF', it.aof.enabled === null ? f.UNKNOWN : it.aof.enabled ? 'on' : 'off'),
    ...(it.aof.enabled === true
      ? [
          row('fsync', f.formatText(it.aof.fsync)),
          row('last AOF write', f.formatText(it.aof.lastWriteStatus), { tone: status(it.aof.lastWriteStatus) }),
          row(
            'last rewrite',
            it.aof.rewriteInProgress === true ? 'under way' : f.formatText(it.aof.lastRewriteStatus),
            { tone: status(it.aof.lastRewriteStatus) },
          ),
          row('delayed fsyncs', f.formatInteger(it.aof.delayedFsync)),
        ]
      : []),
  ]
}

/** What Sentinels think of a data node. */
function opinionSections(slice: GroupSlice, node: InspectNode): readonly DetailSection[] {
  if (slice.group.sentinels.length === 0) return []
  const rows = slice.group.sentinelViews.map((view) => {
    const ill = view.ill.find((one) => one.id === node.id)
    const flags = view.master === node.id ? view.flags.filter((flag) => flag !== 'master') : (ill?.flags ?? [])
    const says =
      !view.reachable && view.at === null
        ? f.UNKNOWN
        : [view.master === node.id ? 'master' : 'replica', ...flags.filter((flag) => flag !== 'slave')].join(', ')
    const isKnown = view.master === node.id || view.replicas === null || view.replicas.includes(node.id)
    return row(view.sentinel, isKnown ? says : 'does not know it', {
      tone: flags.some((flag) => flag.includes('down')) ? 'crit' : isKnown ? undefined : 'warn',
    })
  })
  return [{ title: "Sentinels' opinion", rows }]
}

function sentinelSections(slice: GroupSlice, node: InspectNode): readonly DetailSection[] {
  const view = slice.group.sentinelViews.find((one) => one.sentinel === node.id)
  if (!view) return []
  const check = view.quorumCheck
  return [
    {
      title: `Its view of ${slice.group.name}`,
      rows: [
        row('believes master', f.formatText(view.master), {
          tone: view.master !== null && view.master !== slice.group.master ? 'crit' : undefined,
          canCopy: view.master !== null,
        }),
        row('master flags', view.flags.join(', ') || f.UNKNOWN),
        row('config epoch', f.formatInteger(view.configEpoch)),
        row('quorum', f.formatInteger(view.quorum)),
        row('quorum check', check === null ? f.UNKNOWN : check.ok ? 'ok' : 'fails', {
          tone: check === null ? undefined : check.ok ? 'ok' : 'crit',
          title: check?.text,
        }),
        row('down-after', view.downAfterMs === null ? f.UNKNOWN : f.formatDuration(view.downAfterMs / 1000)),
        row(
          'failover-timeout',
          view.failoverTimeoutMs === null ? f.UNKNOWN : f.formatDuration(view.failoverTimeoutMs / 1000),
        ),
        row('parallel-syncs', f.formatInteger(view.parallelSyncs)),
        row('knows replicas', f.formatInteger(view.replicas?.length)),
        row('knows peers', f.formatInteger(view.peers?.length)),
        row(
          'holds for down',
          view.ill.length === 0 ? 'none' : view.ill.map((one) => `${one.id} (${one.flags.join(', ')})`).join('; '),
        ),
        row('TILT', f.formatFlag(view.tilt), { tone: view.tilt === true ? 'warn' : undefined }),
        age('received', view.at),
        row('Sentinel id', f.formatText(view.sentinelId), { canCopy: view.sentinelId !== null }),
      ],
    },
  ]
}

function seenRows(node: InspectNode): readonly DetailRow[] {
  const through = {
    direct: 'the node itself',
    'sentinel-cache': "a Sentinel's cache of its INFO",
    'master-view': "its master's list of replicas",
  } as const
  return [
    row('from here', REACHABILITY_WORDS[node.reachability], { tone: node.reachability === 'up' ? 'ok' : 'crit' }),
    row('told by', node.observedThrough === null ? f.UNKNOWN : through[node.observedThrough], {
      tone: node.observedThrough === 'direct' ? undefined : 'stale',
    }),
    age('sampled', node.sampledAt),
    age('last answered us', node.lastSeenAt),
    row(
      'round trip',
      node.rttMs === null ? f.UNKNOWN : `${node.rttMs < 10 ? node.rttMs.toFixed(1) : Math.round(node.rttMs)} ms`,
    ),
    row('version', [node.flavour === 'unknown' ? '' : node.flavour, node.version ?? f.UNKNOWN].join(' ').trim()),
    row('up for', f.formatDuration(node.uptimeSeconds)),
    row('run id', f.formatText(node.runId), { canCopy: node.runId !== null }),
    ...(node.aliases.length === 0 ? [] : [row('also reached as', node.aliases.join(', '), { canCopy: true })]),
  ]
}

/** A group as a whole: what is at stake, and how it is watched. */
export function groupSections(slice: GroupSlice): readonly DetailSection[] {
  const { group } = slice
  const stake = group.exposure
  const exposure: DetailRow[] = stake
    ? [
        row(
          'master dies: lost',
          stake.masterCrash.lossBytes ? f.formatByteRange(stake.masterCrash.lossBytes) : f.UNKNOWN,
          { title: stake.masterCrash.reason },
        ),
        row('in time', f.formatDuration(stake.masterCrash.lossSeconds)),
        row('takes over', f.formatText(stake.masterCrash.promotes), { canCopy: stake.masterCrash.promotes !== null }),
        row(
          'cut off: goes on taking writes',
          stake.partition.acceptedForSecondsUnbounded
            ? 'for ever'
            : f.formatDuration(stake.partition.acceptedForSeconds),
          { title: stake.partition.reason, tone: stake.partition.acceptedForSecondsUnbounded ? 'warn' : undefined },
        ),
        row('restart empty wipes replicas', f.formatFlag(stake.masterRestartsEmpty.wipes), {
          title: stake.masterRestartsEmpty.reason,
          tone: stake.masterRestartsEmpty.wipes === true ? 'warn' : undefined,
        }),
        ...stake.powerLoss.map((loss) =>
          row(
            `power loss, ${loss.node}`,
            loss.lossSecondsUnbounded ? 'everything since its start' : f.formatDuration(loss.lossSeconds),
            { title: loss.reason },
          ),
        ),
      ]
    : [row('exposure', f.UNKNOWN, { title: 'not enough is known yet' })]
  return [
    { title: 'At stake now', rows: exposure },
    {
      title: 'Members',
      rows: [
        row('master', f.formatText(group.master), { canCopy: group.master !== null }),
        ...(group.masters.length > 1 ? [row('say master', group.masters.join(', '), { tone: 'crit' as const })] : []),
        row('replicas', f.formatInteger(group.replicas.length)),
        row('electable', group.electable.length === 0 ? 'none' : group.electable.join(', '), {
          tone: group.electable.length === 0 ? 'warn' : undefined,
        }),
      ],
    },
    {
      title: 'Sentinels',
      rows:
        group.sentinels.length === 0
          ? [row('Sentinels', 'none: nobody would fail over', { tone: 'warn' })]
          : [
              row('known', f.formatInteger(group.knownSentinels)),
              row('heard', f.formatInteger(group.sentinelViews.filter((view) => view.reachable).length)),
              row('quorum', f.formatInteger(group.quorum)),
              row('agree on the master', f.formatFlag(group.agreed), { tone: group.agreed ? 'ok' : 'crit' }),
            ],
    },
  ]
}

/** All sections as text, for the clipboard: `label<TAB>value`, one a line. */
export function sectionsAsText(title: string, sections: readonly DetailSection[]): string {
  const lines = sections.flatMap((section) => [
    '',
    section.title,
    ...section.rows.map((one) => `${one.label}\t${one.at ?? one.text}`),
  ])
  return [title, ...lines].join('\n')
}
