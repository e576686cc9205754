import type { GroupSlice, InspectHeadline } from '../../../src-main/contract/inspect.ts'
import { mayBeDead } from '../../../src-main/domain/failure.ts'
import { sentinelVerdict } from '../../graph/sentinel-facts.ts'
import { severityOf } from '../../stores/worst-group.ts'
import { formatByteRange, formatBytes, formatDuration, plural } from '../../ui/format.ts'
import { toneOfSeverity, type StatusTone } from '../../ui/status.ts'

/** A part of the sentence; addresses are set in the mono face, what matters in bold. */
export interface Phrase {
  readonly text: string
  readonly kind: 'plain' | 'address' | 'strong'
}

export interface HeadLine {
  readonly tone: StatusTone
  readonly phrases: readonly Phrase[]
  readonly detail: string
  /** One calm line: nothing is at stake, or nothing is known. */
  readonly isQuiet: boolean
  /** True while it may be over with the next picture: what was said before stands a moment longer. */
  readonly isPassing?: boolean
}

const plain = (text: string): Phrase => ({ text, kind: 'plain' })
const address = (text: string): Phrase => ({ text, kind: 'address' })
const strong = (text: string): Phrase => ({ text, kind: 'strong' })

/** Losing more than a second of writes deserves a warning even where no finding says so. */
const LOSS_WORTH_A_WARNING_SECONDS = 1

const known = new WeakMap<GroupSlice, HeadLine>()

/** The DBA's question, answered before anything is clicked: who takes over, how much is lost, why. Once a slice. */
export function headLine(slice: GroupSlice): HeadLine {
  const held = known.get(slice)
  if (held) return held
  const line = makeLine(slice)
  known.set(slice, line)
  return line
}

/** What was so when it was last looked at: no more a warning than an all-clear. */
export function asOf(line: HeadLine, age: string): HeadLine {
  return { ...line, tone: 'stale', phrases: [strong(`As of ${age} ago: `), ...line.phrases], isQuiet: true }
}

function makeLine(slice: GroupSlice): HeadLine {
  const { group } = slice
  const severity = toneOfSeverity(severityOf(slice.findings))
  const detail = detailOf(slice)
  if (group.masters.length > 1) return contested(slice)
  if (!group.agreed) return disagreement(slice)
  if (group.master === null) {
    return {
      tone: 'crit',
      phrases: [plain('This group has '), strong('no master that is known from here.')],
      detail,
      isQuiet: false,
    }
  }
  if (group.headline !== null) return fromForecast(slice, group.headline, severity, detail)
  const crash = group.exposure?.masterCrash
  if (!crash) {
    const tone = severity === 'ok' ? 'stale' : severity
    return {
      tone,
      phrases: [plain('What '), address(group.master), plain(' would lose is not known yet.')],
      detail,
      isQuiet: severity === 'ok',
    }
  }
  const died = opening(slice, group.master)
  if (crash.promotes === null) {
    const tone = severity === 'ok' ? 'warn' : severity
    return { tone, phrases: [...died, strong('nothing would take over.')], detail, isQuiet: false }
  }
  const takes = [...died, address(crash.promotes), plain(' takes over')]
  const loss = crash.lossBytes
  if (loss === null) {
    return {
      tone: severity === 'ok' ? 'stale' : severity,
      phrases: [...takes, plain('; how much is lost is not known.')],
      detail,
      isQuiet: severity === 'ok',
    }
  }
  if (loss.high <= 0)
    return { tone: severity, phrases: [...takes, plain(' and nothing is lost.')], detail, isQuiet: severity === 'ok' }
  const isLong = (crash.lossSeconds ?? 0) > LOSS_WORTH_A_WARNING_SECONDS
  const time =
    crash.lossSeconds === null || crash.lossSeconds <= 0 ? '' : `, ${formatDuration(crash.lossSeconds)} of writes,`
  const tone = severity === 'ok' && isLong ? 'warn' : severity
  return {
    tone,
    phrases: [
      ...takes,
      plain(' and '),
      strong(`up to ${formatBytes(loss.high)}${time} ${time === '' ? 'is' : 'are'} lost.`),
    ],
    detail,
    isQuiet: tone === 'ok',
  }
}

/** A master that does not answer may be dead already, before any Sentinel says so. */
function opening(slice: GroupSlice, master: string): readonly Phrase[] {
  return isSilent(slice, master)
    ? [address(master), strong(' does not answer from here'), plain('; if it is dead, ')]
    : [plain('If '), address(master), plain(' died now, ')]
}

function isSilent({ nodes }: GroupSlice, master: string): boolean {
  return mayBeDead(nodes.find(({ id }) => id === master)?.reachability)
}

/** The forecast's own words, in phrases. It says what findings cannot: the price of the failover that would follow. */
function fromForecast(
  slice: GroupSlice,
  { tone, parts }: InspectHeadline,
  severity: StatusTone,
  detail: string,
): HeadLine {
  const died = opening(slice, parts.master ?? '')
  if (tone === 'unprotected') {
    const nobody = strong(slice.group.replicas.length === 0 ? 'no replica takes over.' : 'nobody takes over by itself.')
    return { tone: severity === 'ok' ? 'warn' : severity, phrases: [...died, nobody], detail, isQuiet: false }
  }
  if (parts.takesOver.length === 0 && tone === 'at-risk') {
    const replaced = [
      strong('A failover is under way'),
      plain(': '),
      address(parts.master ?? ''),
      plain(' is being replaced.'),
    ]
    return { tone: severity === 'ok' ? 'warn' : severity, phrases: replaced, detail, isQuiet: false }
  }
  if (parts.takesOver.length === 0) {
    const untold = strong('whether a replica takes over cannot be told from here.')
    return { tone: severity === 'crit' ? severity : 'stale', phrases: [...died, untold], detail, isQuiet: false }
  }
  const takes = parts.takesOver.flatMap((id, i) => [...(i === 0 ? [] : [plain(' or ')]), address(id)])
  const isLost = (parts.lossBytes ?? 1) > 0 && parts.lossSeconds !== 0
  const time = parts.lossSeconds === null ? '' : `, ${formatDuration(parts.lossSeconds)} of writes,`
  const isLong = isLost && (parts.lossSeconds ?? 0) > LOSS_WORTH_A_WARNING_SECONDS
  const loss =
    parts.lossBytes === null
      ? [plain('; how much is lost is not known')]
      : isLost
        ? [plain(' and '), strong(`up to ${formatBytes(parts.lossBytes)}${time} ${time === '' ? 'is' : 'are'} lost`)]
        : [plain(' and no writes are lost')]
  const full =
    parts.fullResyncs === 0
      ? []
      : [
          plain('; '),
          strong(`${parts.fullResyncs} of ${plural(parts.remaining, 'other replica')}`),
          plain(' would need a full resync'),
        ]
  const unknown = tone === 'unknown' ? ('stale' as const) : ('ok' as const)
  const isWorthAWarning = isLong || parts.fullResyncs > 0 || isSilent(slice, parts.master ?? '')
  const own = isWorthAWarning ? ('warn' as const) : unknown
  // Warnings have their own places; only a critical one colours the answer to "what would be lost".
  const shown = severity === 'crit' ? severity : own
  const phrases = [...died, ...takes, plain(' takes over'), ...loss, ...full, plain('.')]
  return { tone: shown, phrases, detail, isQuiet: shown === 'ok' || shown === 'stale' }
}

function contested(slice: GroupSlice): HeadLine {
  const { masters } = slice.group
  const phrases = [strong(`${masters.length} nodes say they are master: `), ...addresses(masters)]
  const fate = 'What clients write to the loser is discarded when it is made a replica again.'
  const detail = [fate, whoSaysWhat(slice)].filter((text) => text !== '').join(' ')
  return { tone: 'crit', phrases, detail, isQuiet: false }
}

/** A failover reaches the Sentinels one after another, within milliseconds: only what lasts is a disagreement. */
const PASSING_MS = 2000

/** As grave as its finding, which waits for the grace to be over; at once where nobody judges it. */
function disagreement(slice: GroupSlice): HeadLine {
  const detail = whoSaysWhat(slice)
  const finding = slice.findings.find((one) => one.code === 'sentinels-disagree')
  if (finding === undefined || finding.severity === 'critical') {
    const phrases = [strong('The Sentinels do not agree on who is master.')]
    return { tone: 'crit', phrases, detail, isQuiet: false }
  }
  const isPassing = Date.parse(slice.takenAt) - Date.parse(finding.since) < PASSING_MS
  const phrases = [plain('Not every Sentinel names the same master '), strong(isPassing ? 'yet.' : 'so far.')]
  return { tone: isPassing ? 'stale' : 'warn', phrases, detail, isQuiet: isPassing, isPassing }
}

function whoSaysWhat(slice: GroupSlice): string {
  const verdict = sentinelVerdict(slice)
  return verdict?.tone === 'crit' ? `Sentinels: ${verdict.detail}.` : ''
}

function addresses(ids: readonly string[]): Phrase[] {
  return ids.flatMap((id, i) => [...(i === 0 ? [] : [plain(', ')]), address(id)])
}

function detailOf(slice: GroupSlice): string {
  const { group } = slice
  const reason = group.exposure?.masterCrash.reason ?? ''
  const full = slice.links.filter((link) => link.resyncIfDropped.verdict === 'full').length
  const down = slice.links.filter((link) => link.state === 'down').length
  const heard = group.sentinelViews.filter((view) => view.reachable).length
  const sentences = [
    reason === '' ? '' : sentence(reason),
    down > 0 ? `${plural(down, 'link')} down.` : '',
    full > 0 && group.headline === null
      ? `${full} of ${plural(slice.links.length, 'replica')} would need a full resync.`
      : '',
    group.sentinels.length === 0
      ? 'No Sentinel watches this group.'
      : group.agreed
        ? `${heard} of ${plural(Math.max(group.knownSentinels, group.sentinels.length), 'Sentinel')} heard, quorum ${group.quorum ?? '–'}.`
        : '',
  ]
  return sentences.filter((text) => text !== '').join(' ')
}

function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(upper) ? upper : `${upper}.`
}

const tones = new WeakMap<GroupSlice, StatusTone>()

/**
 * How a group is on the whole: its findings count here, the headline answers only what would be lost. Worked out once: with
 * many groups, most slices are the ones of the last sample.
 */
export function groupTone(slice: GroupSlice): StatusTone {
  const held = tones.get(slice)
  if (held) return held
  const findings = toneOfSeverity(severityOf(slice.findings))
  const line = headLine(slice).tone
  const tone = findings === 'crit' || line === 'crit' ? 'crit' : findings === 'warn' ? 'warn' : line
  tones.set(slice, tone)
  return tone
}

/** Many groups in one line: who is worst, and how the rest are. */
export function manyGroupsLine(slices: ReadonlyMap<string, GroupSlice>, worst: string | null): HeadLine {
  const counts = new Map<StatusTone, number>()
  for (const slice of slices.values()) {
    const tone = groupTone(slice)
    counts.set(tone, (counts.get(tone) ?? 0) + 1)
  }
  const bad = (counts.get('crit') ?? 0) + (counts.get('warn') ?? 0)
  const slice = worst === null ? undefined : slices.get(worst)
  if (!slice || bad === 0) {
    return {
      tone: 'ok',
      phrases: [plain(`${plural(slices.size, 'group')}, nothing of note in any.`)],
      detail: '',
      isQuiet: true,
    }
  }
  const line = headLine(slice)
  const loss = slice.group.exposure?.masterCrash.lossBytes
  return {
    tone: groupTone(slice),
    phrases: [
      strong(`${bad} of ${plural(slices.size, 'group')} ${bad === 1 ? 'needs' : 'need'} a look. `),
      plain('Worst: '),
      address(slice.group.name),
      plain(loss ? `, at risk ${formatByteRange(loss)}` : ''),
    ],
    detail: line.phrases.map((phrase) => phrase.text).join(''),
    isQuiet: false,
  }
}
