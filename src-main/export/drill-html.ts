import {
  compareForecast,
  FORECAST_NOTE,
  measuredNumbers,
  verdictSummary,
  verdictWord,
} from '../domain/drills/comparison.ts'
import type { DrillDescription, DrillReport } from '../domain/drills/model.ts'
import { clockWords, LANE_WORDS, momentWords, SPAN_WORDS } from '../domain/drills/timeline-picture.ts'
import { DRILL_STYLE } from './drill-style.ts'
import { drillSvg } from './drill-svg.ts'
import { besideWords, drillHead, runWords } from './drill-words.ts'
import { escapeHtml as text } from './escape-html.ts'
import { htmlPage } from './html-page.ts'

/**
 * The result of a drill as one file that stands by itself: nothing is loaded, nothing runs, it prints, and it follows the
 * reader's choice of dark or light. `beside`: the same drill with or without its remedy; `remedy`: what it is.
 */
export function drillHtml(report: DrillReport, beside?: DrillReport, remedy?: DrillDescription['remedy']): string {
  const isWrong = verdictSummary(report).wrong.length > 0
  return htmlPage({
    title: `Repliscope drill: ${report.title}`,
    style: DRILL_STYLE,
    followsReader: true,
    header: [
      `<p class="dim">${text(drillHead(report))}</p>`,
      `<ul class="lesson${isWrong ? ' wrong' : ''}">${report.lesson.map((line) => `<li>${text(line)}</li>`).join('')}</ul>`,
    ],
    main: [
      beside === undefined
        ? ''
        : `<section>\n<h2>Side by side</h2>\n${table(
            ['', runWords(report), runWords(beside)],
            besideWords(report, beside).map((row) => cells(row)),
          )}\n</section>`,
      runHtml(report, beside === undefined ? '' : `, ${runWords(report)}`),
      beside === undefined ? '' : runHtml(beside, `, ${runWords(beside)}`),
      remedy === undefined
        ? ''
        : `<section>\n<h2>What would have changed it</h2>\n<p>${text(remedy.title)}</p>\n<ul class="commands">${remedy.commands.map((command) => `<li><code>${text(command)}</code></li>`).join('')}</ul>\n</section>`,
    ],
  })
}

function runHtml(report: DrillReport, suffix: string): string {
  return [
    '<section>',
    `<h2>Forecast beside measurement${text(suffix)}</h2>`,
    table(
      ['', 'forecast', 'measured', 'verdict'],
      compareForecast(report).map((row) => [
        `<th scope="row">${text(row.question)}</th>`,
        `<td>${linesHtml(row.forecast)}</td>`,
        `<td>${linesHtml(row.measured)}</td>`,
        `<td>${verdictHtml(row.verdict)}</td>`,
      ]),
    ),
    `<p class="dim">${text(FORECAST_NOTE)}</p>`,
    `<h2>Timeline${text(suffix)}</h2>`,
    drillSvg(report),
    `<p class="key">${(['accepted', 'refused', 'silent', 'lost'] as const).map((state) => `<span><i class="${state}"></i>${SPAN_WORDS[state]}</span>`).join('')}</p>`,
    table(
      ['at', 'lane', 'what'],
      report.timeline.map((moment) =>
        cells([clockWords(moment.atMs), LANE_WORDS[moment.lane], momentWords(moment)], 'td'),
      ),
    ),
    `<h2>Writes${text(suffix)}</h2>`,
    table(
      ['', 'measured', 'which are'],
      measuredNumbers(report).map((one) => cells([one.name, one.value, one.meaning])),
    ),
    '</section>',
  ].join('\n')
}

/** Shape, colour and word. */
function verdictHtml(verdict: boolean | null): string {
  const mark = verdict === null ? '–' : verdict ? '●' : '■'
  const kind = verdict === null ? 'unsaid' : verdict ? 'right' : 'wrong'
  return `<span class="verdict ${kind}">${mark} ${verdictWord(verdict)}</span>`
}

function linesHtml(lines: readonly string[]): string {
  return lines.map((line) => `<div>${text(line)}</div>`).join('')
}

/** A row of plain texts; its first cell heads it unless told otherwise. */
function cells(row: readonly string[], first: 'th' | 'td' = 'th'): readonly string[] {
  return row.map((cell, index) =>
    index === 0 && first === 'th' ? `<th scope="row">${text(cell)}</th>` : `<td>${text(cell)}</td>`,
  )
}

/** Rows of cells that are HTML already. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>'
  const heads = head.map((one) => (one === '' ? '<td></td>' : `<th scope="col">${text(one)}</th>`)).join('')
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows.map((row) => `<tr>${row.join('')}</tr>`).join('')}</tbody></table>`
}
