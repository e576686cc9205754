import {
  THRESHOLD_WORDS,
  thresholdProblem,
  type ThresholdUnit,
} from '../../../src-main/domain/findings/threshold-words.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { formatBytes, formatDuration } from '../../ui/format.ts'

/** Own values as typed, by name; an empty text is the default. */
export type TypedThresholds = Readonly<Record<string, string>>

export interface ThresholdRow {
  readonly name: string
  readonly title: string
  readonly unit: string
  /** As it is typed. */
  readonly byDefault: string
  /** The default in words, where a number of that size says little. */
  readonly inWords: string
}

const UNITS: Readonly<Record<ThresholdUnit, string>> = {
  s: 's',
  ms: 'ms',
  bytes: 'bytes',
  share: '0 to 1',
  times: '×',
}

export const THRESHOLD_ROWS: readonly ThresholdRow[] = Object.entries(THRESHOLD_WORDS).map(
  ([name, { title, unit }]) => {
    const value = DEFAULT_THRESHOLDS[name as keyof typeof DEFAULT_THRESHOLDS]
    return { name, title, unit: UNITS[unit], byDefault: String(value), inWords: wordsOf(unit, value) }
  },
)

function wordsOf(unit: ThresholdUnit, value: number): string {
  if (unit === 'bytes' && value >= 1024) return formatBytes(value)
  if (unit === 's' && value > 60) return formatDuration(value)
  return unit === 'ms' && value >= 1000 ? formatDuration(value / 1000) : ''
}

/** Why what was typed cannot be the value; undefined when it can, or is empty. */
export function typedProblem(name: string, typed: string): string | undefined {
  const text = typed.trim()
  if (text === '') return undefined
  return /^\d+(\.\d+)?$/.test(text) ? thresholdProblem(name, Number(text)) : 'a number'
}

/** What differs from the defaults; nothing in it has a problem. */
export function ownThresholds(typed: TypedThresholds): Readonly<Record<string, number>> {
  return Object.fromEntries(
    THRESHOLD_ROWS.flatMap(({ name, byDefault }) => {
      const text = (typed[name] ?? '').trim()
      return text === '' || Number(text) === Number(byDefault) ? [] : [[name, Number(text)]]
    }),
  )
}
