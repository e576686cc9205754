import type { DrillResult } from '../../../app/run-drill.ts'
import type { DrillView } from '../../../contract/lab.ts'
import type { Canvas } from './inspect.ts'
import type { Row } from './table.ts'
import { cell, renderTable } from './table.ts'
import type { Line } from './text.ts'
import { line, paint, span, wrap } from './text.ts'

/** The gallery: each drill's name, how hard it is, what it teaches. */
export function renderDrills(drills: readonly DrillView[], { width, hasColour }: Canvas): string[] {
  const lines = drills.flatMap(({ name, title, story, difficulty, needs, remedy, unavailable }, index): Line[] => [
    ...(index === 0 ? [] : [line('')]),
    [span(name, 'strong'), span(`  ${title}`), span(` (${[difficulty, ...needs.map(needWords)].join(', ')})`, 'dim')],
    ...wrap([span('  '), span(story)], width, 2),
    ...(remedy === null ? [] : wrap([span('  with --remedy: ', 'dim'), span(remedy.title)], width, 4)),
    ...(unavailable === null ? [] : wrap([span('  not here: ', 'warn'), span(unavailable)], width, 4)),
  ])
  return lines.map((one) => paint(one, hasColour))
}

function needWords(need: string): string {
  return `needs ${need === 'waitaof' ? 'WAITAOF' : need}`
}

/** What a drill is about, before it begins. */
export function renderStory(drill: DrillView, withRemedy: boolean, { width, hasColour }: Canvas): string[] {
  const remedy = drill.remedy === null || !withRemedy ? [] : [`with the remedy: ${drill.remedy.title}`]
  const lines = [
    line(drill.title, 'strong'),
    ...wrap([span(drill.story)], width, 0),
    ...remedy.flatMap((text) => wrap([span(text, 'accent')], width, 2)),
    ...wrap([span(`takes about ${drill.seconds} s`, 'dim')], width, 0),
    line(''),
  ]
  return lines.map((one) => paint(one, hasColour))
}

/** Forecast beside measurement, the numbers, and what it came to. */
export function renderDrillResult(result: DrillResult, { width, hasColour }: Canvas): string[] {
  const rows = result.rows.map(({ question, forecast, measured, verdict, isWrong }): Row => ({
    cells: {
      question: cell(question),
      forecast: cell(forecast),
      measured: cell(measured),
      verdict: cell(verdict, isWrong ? 'bad' : verdict === 'right' ? 'good' : 'dim'),
    },
  }))
  const numbers = result.numbers.map(({ name, value, meaning }): Row => ({
    cells: { name: cell(name), value: cell(value), meaning: cell(meaning, 'dim') },
  }))
  const verdict =
    result.judged === 0
      ? 'The forecast said nothing that can be held against it.'
      : `The forecast was right in ${result.right} of ${result.judged}.`
  const lines = [
    line(''),
    ...renderTable(VERDICT_COLUMNS, rows, width, 0),
    ...wrap([span(result.note, 'dim')], width, 0),
    line(''),
    ...renderTable(NUMBER_COLUMNS, numbers, width, 0),
    line(''),
    ...wrap([span(verdict, result.right < result.judged ? 'bad' : 'good')], width, 0),
    ...result.report.lesson.flatMap((text) => wrap([span('- '), span(text)], width, 2)),
  ]
  return lines.map((one) => paint(one, hasColour))
}

/** Two runs of one drill, row by row. */
export function renderSideBySide(rows: readonly (readonly string[])[], { width, hasColour }: Canvas): string[] {
  const numbers = rows.filter(([name]) => name !== FINDINGS)
  const [, ...findings] = rows.find(([name]) => name === FINDINGS) ?? []
  const [without = [], withRemedy = []] = findings.map((text) => text.split(', '))
  const only = (title: string, codes: readonly string[], others: readonly string[]): readonly Line[] => {
    const own = codes.filter((code) => !others.includes(code))
    return own.length === 0 ? [] : wrap([span(`${title}: `, 'dim'), span(own.join(', '))], width, 2)
  }
  const table = numbers.map(([name = '', without = '', withRemedy = '']): Row => ({
    cells: { name: cell(name), without: cell(without), withRemedy: cell(withRemedy) },
  }))
  const lines = [
    line(''),
    ...renderTable(SIDE_COLUMNS, table, width, 0),
    ...only('findings only without the remedy', without, withRemedy),
    ...only('findings only with it', withRemedy, without),
  ]
  return lines.map((one) => paint(one, hasColour))
}

/** The row that is a list, and too long for a cell. */
const FINDINGS = 'findings'

const SIDE_COLUMNS = [
  { key: 'name', title: 'SIDE BY SIDE', align: 'left', dropOrder: 0 },
  { key: 'without', title: 'WITHOUT REMEDY', align: 'left', dropOrder: 0 },
  { key: 'withRemedy', title: 'WITH REMEDY', align: 'left', dropOrder: 0 },
] as const

const VERDICT_COLUMNS = [
  { key: 'question', title: 'QUESTION', align: 'left', dropOrder: 0 },
  { key: 'verdict', title: 'VERDICT', align: 'left', dropOrder: 0 },
  { key: 'forecast', title: 'FORECAST', align: 'left', dropOrder: 2 },
  { key: 'measured', title: 'MEASURED', align: 'left', dropOrder: 1 },
] as const

const NUMBER_COLUMNS = [
  { key: 'name', title: 'WRITES', align: 'left', dropOrder: 0 },
  { key: 'value', title: '', align: 'right', dropOrder: 0 },
  { key: 'meaning', title: '', align: 'left', dropOrder: 1 },
] as const
