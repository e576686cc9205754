import type { ExposureReport } from '../../../contract/forecast.ts'
import type { InspectExposure } from '../../../contract/inspect.ts'
import type { Canvas } from './inspect.ts'
import type { Row } from './table.ts'
import { cell, renderTable } from './table.ts'
import type { Line } from './text.ts'
import { line, paint, span, wrap } from './text.ts'
import { byteRange, count, duration } from './units.ts'

/** What each failure would cost, group by group. */
export function renderExposure(report: ExposureReport, canvas: Canvas): string[] {
  const lines = report.groups.flatMap(({ name, exposure }, index): Line[] => [
    ...(index === 0 ? [] : [line('')]),
    line(name, 'strong'),
    ...(exposure === null ? [line('  cannot be judged', 'dim')] : groupLines(exposure, canvas.width)),
  ])
  return lines.map((entry) => paint(entry, canvas.hasColour))
}

function groupLines(exposure: InspectExposure, width: number): readonly Line[] {
  const { masterCrash, partition, masterRestartsEmpty, powerLoss } = exposure
  const told: [string, string, string][] = [
    ['master crash', crashWords(masterCrash), masterCrash.reason],
    ['partition', partitionWords(partition), partition.reason],
    ['empty restart', wipeWords(masterRestartsEmpty.wipes), masterRestartsEmpty.reason],
  ]
  const rows = powerLoss.map((loss): Row => ({
    cells: {
      node: cell(loss.node),
      seconds: cell(
        loss.lossSecondsUnbounded ? 'everything' : loss.lossSeconds === null ? '?' : duration(loss.lossSeconds),
      ),
      changes: cell(loss.lossChanges === null ? '' : count(loss.lossChanges)),
    },
    notes: [[span(loss.reason, 'dim')]],
  }))
  return [
    ...told.flatMap(([what, loss, reason]) =>
      wrap([span('  '), span(`${what}: `, 'dim'), span(loss), span(` (${reason})`, 'dim')], width, 4),
    ),
    ...(rows.length === 0 ? [] : [line(''), ...renderTable(POWER_COLUMNS, rows, width, 2)]),
  ]
}

const POWER_COLUMNS = [
  { key: 'node', title: 'POWER LOSS OF', align: 'left', dropOrder: 0 },
  { key: 'seconds', title: 'LOSES', align: 'right', dropOrder: 0 },
  { key: 'changes', title: 'CHANGES', align: 'right', dropOrder: 1 },
] as const

function crashWords(crash: InspectExposure['masterCrash']): string {
  const loss = crash.lossBytes === null ? 'loss not known' : `${byteRange(crash.lossBytes)} lost`
  const seconds = crash.lossSeconds === null ? '' : `, ${duration(crash.lossSeconds)} of writes`
  return `${loss}${seconds}${crash.promotes === null ? '' : `, ${crash.promotes} takes over`}`
}

function partitionWords(partition: InspectExposure['partition']): string {
  if (partition.acceptedForSecondsUnbounded) return 'writes that will be lost are accepted until it heals'
  if (partition.acceptedForSeconds === null) return 'not known'
  const bound = partition.boundedBy === null ? '' : `, bounded by ${partition.boundedBy}`
  return `writes that will be lost are accepted for ${duration(partition.acceptedForSeconds)}${bound}`
}

function wipeWords(wipes: boolean | null): string {
  return wipes === null ? 'not known' : wipes ? 'empties the whole group' : 'keeps the data'
}
