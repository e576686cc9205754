import type { LabProbeReport } from '../../../contract/lab.ts'
import type { Canvas } from './inspect.ts'
import type { Row } from './table.ts'
import { cell, renderTable } from './table.ts'
import type { Line } from './text.ts'
import { line, paint, span, wrap } from './text.ts'
import { bytes, plural } from './units.ts'

/** The account of a probe's writes: what the client was told, what is there, what the probe itself cost. */
export function renderProbe(report: LabProbeReport, { width, hasColour }: Canvas): string[] {
  const rows = accounts(report).map(([name, value, meaning, isBad]): Row => ({
    cells: { name: cell(name), value: cell(value, isBad === true ? 'bad' : 'plain'), meaning: cell(meaning, 'dim') },
  }))
  const lines: Line[] = [
    line(''),
    ...renderTable(COLUMNS, rows, width, 0),
    line(''),
    ...wrap([span(verdict(report), report.lost === 0 ? 'good' : 'bad')], width, 0),
    ...wrap([span(cost(report), 'dim')], width, 0),
    ...wrap([span(`keys: ${report.keys}, which stay in the lab`, 'dim')], width, 0),
  ]
  return lines.map((one) => paint(one, hasColour))
}

type Account = readonly [name: string, value: string, meaning: string, isBad?: boolean]

function accounts(report: LabProbeReport): readonly Account[] {
  const { refusals, confirmed, confirmedLost, lost, asked } = report
  const kinds = Object.entries(refusals).map(([kind, count]) => `${kind} ${count}`)
  return [
    ['sent', String(report.sent), 'the sum of the next three'],
    ['acknowledged', String(report.acknowledged), 'the client was told: done'],
    ['refused', String(report.refused), kinds.length === 0 ? 'answered with an error' : kinds.join(', ')],
    ['unknown', String(report.unknown), 'no answer came'],
    ['held back', String(report.heldBack), 'due, and nobody to send them to'],
    ['kept', told(report.kept), 'acknowledged, and there'],
    ['lost', told(lost), 'acknowledged, then gone', lost !== null && lost > 0],
    ['lost bytes', report.lostBytes === null ? UNCOUNTED : bytes(report.lostBytes), 'of the replication stream'],
    ['unknown, kept', told(report.unknownKept), 'no answer, yet it is there'],
    ['unknown, gone', told(report.unknownLost), 'no answer, and it is not there'],
    ...(asked.wait === null
      ? []
      : [
          ['confirmed', told(confirmed), `${asked.wait.isOnDisk ? 'WAITAOF' : 'WAIT'} said enough have it`] as const,
          ['confirmed, lost', told(confirmedLost), 'and gone all the same', (confirmedLost ?? 0) > 0] as const,
        ]),
    ['write gap', time(report.writeGapMs), 'longest between two acknowledgements'],
    ['gap of kept', time(report.keptGapMs), 'longest between two that stayed'],
  ]
}

const UNCOUNTED = 'not counted'

function told(count: number | null): string {
  return count === null ? UNCOUNTED : String(count)
}

function time(ms: number | null): string {
  return ms === null ? 'none' : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function verdict({ lost, acknowledged, countedOn, reason, lostNumbers }: LabProbeReport): string {
  if (lost === null) return `What became of them was not counted: ${reason ?? 'no reason was told'}`
  const which = (lostNumbers ?? []).map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`))
  const shown = which.length > 5 ? [...which.slice(0, 5), `${which.length - 5} runs more`] : which
  const numbers = lost === 0 ? '' : `: numbers ${shown.join(', ')}`
  return `${lost} of ${plural(acknowledged, 'acknowledged write')} lost, by what ${countedOn} has${numbers}`
}

function cost({ asked, overhead }: LabProbeReport): string {
  const { achievedPerSecond, lateP99Ms, ownShare } = overhead
  const rate = `${Math.round(achievedPerSecond)} writes/s${asked.perSecond === null ? '' : ` of ${asked.perSecond} asked for`}`
  const late = lateP99Ms === null ? '' : `, 99 % no later than ${time(lateP99Ms)}`
  return `the probe itself: ${rate}${late}, ${(ownShare * 100).toFixed(1)} % of the time in its own code`
}

const COLUMNS = [
  { key: 'name', title: 'WRITES', align: 'left', dropOrder: 0 },
  { key: 'value', title: '', align: 'right', dropOrder: 0 },
  { key: 'meaning', title: '', align: 'left', dropOrder: 1 },
] as const
