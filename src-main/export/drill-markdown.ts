import { compareForecast, FORECAST_NOTE, measuredNumbers, verdictWord } from '../domain/drills/comparison.ts'
import type { DrillDescription, DrillReport } from '../domain/drills/model.ts'
import { clockWords, LANE_WORDS, momentWords } from '../domain/drills/timeline-picture.ts'
import { besideWords, drillHead, runWords } from './drill-words.ts'
import { markdownCode as code, markdownTable as table, markdownText as text } from './markdown.ts'

/**
 * The result of a drill as Markdown for a ticket or a page of a wiki; ends with a line break. `beside`: the same drill with
 * or without its remedy, to be compared; `remedy`: what it is.
 */
export function drillMarkdown(report: DrillReport, beside?: DrillReport, remedy?: DrillDescription['remedy']): string {
  return `${[
    `# Drill: ${text(report.title)}`,
    '',
    text(drillHead(report)),
    '',
    ...report.lesson.map((line) => `- ${text(line)}`),
    '',
    ...(beside === undefined
      ? []
      : ['## Side by side', '', ...table(['', runWords(report), runWords(beside)], besideWords(report, beside))]),
    ...runLines(report, beside === undefined ? '' : `, ${runWords(report)}`),
    ...(beside === undefined ? [] : runLines(beside, `, ${runWords(beside)}`)),
    ...(remedy === undefined
      ? []
      : [
          '## What would have changed it',
          '',
          text(remedy.title),
          '',
          ...remedy.commands.map((command) => `- ${code(command)}`),
          '',
        ]),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`
}

function runLines(report: DrillReport, suffix: string): readonly string[] {
  return [
    `## Forecast beside measurement${suffix}`,
    '',
    ...table(
      ['', 'forecast', 'measured', 'verdict'],
      compareForecast(report).map((row) => [
        row.question,
        row.forecast.join('; '),
        row.measured.join('; '),
        verdictWord(row.verdict),
      ]),
    ),
    FORECAST_NOTE,
    '',
    `## Writes${suffix}`,
    '',
    ...table(
      ['', 'measured', 'which are'],
      measuredNumbers(report).map((one) => [one.name, one.value, one.meaning]),
    ),
    `## Timeline${suffix}`,
    '',
    ...table(
      ['at', 'lane', 'what'],
      report.timeline.map((moment) => [clockWords(moment.atMs), LANE_WORDS[moment.lane], momentWords(moment)]),
    ),
  ]
}
