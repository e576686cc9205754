import type { FailoverReport, ResyncReport } from '../../../contract/forecast.ts'
import { mayBeDead } from '../../../contract/for-people.ts'
import { isFailoverUntold } from '../../../contract/untold.ts'
import type { Canvas } from './inspect.ts'
import type { Row } from './table.ts'
import { cell, renderTable } from './table.ts'
import type { Line, Tone } from './text.ts'
import { line, paint, span, wrap } from './text.ts'
import { byteRange, bytes, duration } from './units.ts'

const RANKING_COLUMNS = [
  { key: 'place', title: '#', align: 'right', dropOrder: 0 },
  { key: 'node', title: 'NODE', align: 'left', dropOrder: 0 },
  { key: 'priority', title: 'PRIORITY', align: 'right', dropOrder: 1 },
  { key: 'offset', title: 'OFFSET', align: 'right', dropOrder: 2 },
  { key: 'lag', title: 'LAG', align: 'right', dropOrder: 1 },
  { key: 'resync', title: 'RESYNC THEN', align: 'left', dropOrder: 2 },
  { key: 'run', title: 'RUN ID', align: 'left', dropOrder: 3 },
] as const

const VERDICT_TONES: Readonly<Record<'partial' | 'full' | 'unknown', Tone>> = {
  partial: 'good',
  full: 'warn',
  unknown: 'dim',
}

/** Who would win, what would be lost, how long it would take, and what the others would have to copy. */
export function renderFailover(report: FailoverReport, canvas: Canvas): string[] {
  const { width } = canvas
  const then = new Map(report.afterwards.map((one) => [one.node, one.resync]))
  let place = 0
  const rows = report.ranking.map((one): Row => {
    place += one.eligible ? 1 : 0
    const resync = then.get(one.node)
    return {
      cells: {
        place: cell(one.eligible ? String(place) : '-', 'dim'),
        node: cell(one.node, one.node === report.winner ? 'strong' : one.eligible ? 'plain' : 'dim'),
        priority: cell(one.priority === null ? '?' : String(one.priority)),
        offset: cell(one.offset === null ? '?' : String(one.offset)),
        lag: cell(one.byteLag === null ? '' : byteRange(one.byteLag)),
        resync: resync === undefined ? cell('') : cell(resync, VERDICT_TONES[resync]),
        run: cell(one.runId === null ? '' : `${one.runId.slice(0, 8)}…`, 'dim'),
      },
      notes: one.excludedBecause === null ? [] : [[span(`not electable: ${one.excludedBecause}`, 'dim')]],
      indent: 5,
    }
  })
  const lines = [
    ...headOf(report).flatMap((entry) => wrap(entry, width, 4)),
    ...(rows.length === 0 ? [] : [line(''), ...renderTable(RANKING_COLUMNS, rows, width, 2)]),
    ...(report.timeline.length === 0 ? [] : [line(''), ...wrap(timelineOf(report), width, 4)]),
  ]
  return lines.map((entry) => paint(entry, canvas.hasColour))
}

function headOf(report: FailoverReport): Line[] {
  const winner =
    report.winner ?? (report.possibleWinners.length > 0 ? `one of ${report.possibleWinners.join(', ')}` : 'nobody')
  const sure = report.winner === null || report.certain ? '' : ' (not certain)'
  const { bytes: lost, seconds } = report.loss
  const loss =
    lost === null
      ? 'the loss is not known'
      : `${byteRange(lost)}${seconds === null ? '' : ` (${duration(seconds)} of writes)`} would be lost`
  const { quorum, works, writesAfterwards } = report
  const none = (value: number | null): string => (value === null ? '?' : String(value))
  return [
    [span(report.group, 'strong'), span(`  ${openingOf(report)}: ${winner} takes over${sure}, ${loss}`)],
    [
      span('  '),
      isFailoverUntold(report)
        ? span('whether a failover would work is not known: ', 'warn')
        : span(works.ok ? 'a failover would work: ' : 'A FAILOVER WOULD NOT WORK: ', works.ok ? 'good' : 'bad'),
      span(works.reasons.join('; ')),
    ],
    [
      span(
        `  Sentinels: ${quorum.reachable} can take part, ${none(quorum.needed)} must agree, ${none(quorum.majorityNeeded)} votes are needed`,
      ),
    ],
    ...report.unknowns.map((one): Line => [span('  '), span(`not certain: ${one}`, 'warn')]),
    ...(writesAfterwards.accepted === false
      ? [[span('  '), span(`the new master would refuse writes: ${writesAfterwards.reason}`, 'bad')]]
      : []),
  ]
}

function openingOf({ master, masterReachability }: FailoverReport): string {
  const name = master ?? 'the master'
  return mayBeDead(masterReachability ?? undefined)
    ? `${name} does not answer from here; if it is dead`
    : `if ${name} died now`
}

function timelineOf(report: FailoverReport): Line {
  const parts = report.timeline.map(({ phase, toMs }) => `${phase} until ${duration(toMs / 1000)}`)
  return [span('  at worst: ', 'dim'), span(parts.join(', '))]
}

const RESYNC_COLUMNS = [
  { key: 'plan', title: 'WHEN', align: 'left', dropOrder: 0 },
  { key: 'verdict', title: 'RESYNC', align: 'left', dropOrder: 0 },
  { key: 'send', title: 'SENDS', align: 'right', dropOrder: 0 },
  { key: 'risk', title: 'LOSES', align: 'right', dropOrder: 0 },
] as const

const PLANS: Readonly<Record<string, string>> = {
  reconnect: 'link drops',
  'restart-clean': 'clean restart',
  'restart-crash': 'crash',
  repoint: 'failover',
  demote: 'demoted',
}

/** Each node with its cases and the reason of each. */
export function renderResync(report: ResyncReport, canvas: Canvas): string[] {
  const lines = report.nodes.flatMap((node, index): Line[] => {
    const away = node.mayStayAwaySecondsUnbounded
      ? ', may stay away while nothing is written'
      : node.mayStayAwaySeconds === null
        ? ''
        : `, may stay away ${duration(node.mayStayAwaySeconds)}`
    const rows = node.cases.map((one): Row => ({
      cells: {
        plan: cell(PLANS[one.plan] ?? one.plan),
        verdict: cell(one.verdict, VERDICT_TONES[one.verdict]),
        send: cell(one.sendBytes === null ? '' : bytes(one.sendBytes)),
        risk: cell(one.atRiskBytes === null ? '' : bytes(one.atRiskBytes)),
      },
      notes: [[span(one.reason, 'dim')]],
    }))
    const head: Line = [
      span(node.node, 'strong'),
      span(node.upstream === null ? `  master${away}` : `  follows ${node.upstream}${away}`),
    ]
    return [
      ...(index === 0 ? [] : [line('')]),
      ...wrap(head, canvas.width, 4),
      ...renderTable(RESYNC_COLUMNS, rows, canvas.width, 2),
    ]
  })
  return lines.map((entry) => paint(entry, canvas.hasColour))
}
