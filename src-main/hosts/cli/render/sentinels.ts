import type { InspectGroup, InspectReport, InspectSentinelView } from '../../../contract/inspect.ts'
import type { Column, Row } from './table.ts'
import { cell } from './table.ts'
import type { Span } from './text.ts'
import { duration, secondsSince } from './units.ts'

export const SENTINEL_COLUMNS: readonly Column[] = [
  { key: 'sentinel', title: 'SENTINEL', align: 'left', dropOrder: 0 },
  { key: 'state', title: 'STATE', align: 'left', dropOrder: 0 },
  { key: 'master', title: 'BELIEVES MASTER', align: 'left', dropOrder: 0 },
  { key: 'epoch', title: 'EPOCH', align: 'right', dropOrder: 2 },
  { key: 'quorum', title: 'QUORUM', align: 'right', dropOrder: 3 },
  { key: 'down', title: 'DOWN-AFTER', align: 'right', dropOrder: 4 },
  { key: 'timeout', title: 'FAILOVER-TIMEOUT', align: 'right', dropOrder: 6 },
  { key: 'check', title: 'CKQUORUM', align: 'left', dropOrder: 1 },
  { key: 'ill', title: 'HOLDS FOR DOWN', align: 'left', dropOrder: 5 },
]

/** One row a Sentinel; what differs from most of the others is marked with "!", by more than its colour. */
export function sentinelRows(report: InspectReport, group: InspectGroup): readonly Row[] {
  const nodes = new Map(report.nodes.map((node) => [node.id, node]))
  const most = commonValues(group.sentinelViews)
  const isSame = new Set(group.sentinelViews.flatMap((view) => view.failoverTimeoutMs ?? [])).size <= 1
  return group.sentinelViews.map((view) => {
    const node = nodes.get(view.sentinel)
    const age = secondsSince(view.at, report.takenAt)
    const message = node?.error?.message
    const notes = view.reachable ? [] : [[{ text: viewAge(age, message), tone: 'warn' as const }]]
    return {
      cells: {
        sentinel: cell(view.sentinel),
        state: view.reachable
          ? view.tilt === true
            ? cell('TILT', 'bad')
            : cell('up', 'good')
          : cell(node?.reachability ?? 'unreachable', 'bad'),
        master: masterCell(view, group),
        epoch: figure(view.configEpoch, most.epoch, String),
        quorum: figure(view.quorum, most.quorum, String),
        down: figure(view.downAfterMs, most.down, (ms) => duration(ms / 1000)),
        // Only worth a column where they differ.
        timeout: isSame ? cell('') : figure(view.failoverTimeoutMs, most.timeout, (ms) => duration(ms / 1000)),
        check:
          view.quorumCheck === null ? cell('') : view.quorumCheck.ok ? cell('OK', 'good') : cell('NO QUORUM', 'bad'),
        ill: cell(illWords(view), 'warn'),
      },
      notes,
    }
  })
}

function masterCell(view: InspectSentinelView, group: InspectGroup): Span {
  if (view.master === null) return cell('?', 'dim')
  return view.master === group.master ? cell(view.master) : cell(`! ${view.master}`, 'bad')
}

function figure(value: number | null, common: number | undefined, say: (value: number) => string): Span {
  if (value === null) return cell('')
  return common !== undefined && value !== common ? cell(`! ${say(value)}`, 'bad') : cell(say(value))
}

function illWords(view: InspectSentinelView): string {
  const own = view.flags.filter((flag) => flag === 's_down' || flag === 'o_down')
  const master = own.length === 0 ? [] : [`the master (${own.join(', ')})`]
  const others = view.ill.map(({ id, flags }) => `${id} (${flags.filter((flag) => flag.endsWith('_down')).join(', ')})`)
  return [...master, ...others].join(', ')
}

function viewAge(age: number | undefined, message: string | undefined): string {
  const words = message === undefined ? [] : [message]
  return [...words, age === undefined ? 'never answered' : `its view is ${duration(Math.round(age))} old`].join('; ')
}

function commonValues(views: readonly InspectSentinelView[]) {
  const most = (read: (view: InspectSentinelView) => number | null): number | undefined => {
    const totals = new Map<number, number>()
    for (const view of views) {
      const value = read(view)
      if (value !== null) totals.set(value, (totals.get(value) ?? 0) + 1)
    }
    return [...totals].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0]
  }
  return {
    epoch: most((view) => view.configEpoch),
    quorum: most((view) => view.quorum),
    down: most((view) => view.downAfterMs),
    timeout: most((view) => view.failoverTimeoutMs),
  }
}
