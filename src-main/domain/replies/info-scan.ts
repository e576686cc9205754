import { sharedText } from '../text.ts'
import { CANDIDATES, KIND, NUMBER_SLOTS, PROBE_A, PROBE_B, PROBE_TABLE, TEXT_SLOTS, placeOf } from './info-fields.ts'
import type { Field } from './info-fields.ts'
import { canHoldSeveral, InfoLines } from './info-lines.ts'
import type { UnreadableField } from './info-reply.ts'

/** Text beyond this many characters is not looked at. The longest real replies stay below a tenth of it. */
const EXAMINED_CHARS = 4 * 1024 * 1024
const UNREADABLE_KEPT = 20
const SECTIONS_KEPT = 64
const SECTION_CHARS_KEPT = 64
/** The headings of a usual reply, so that they need not be put into lower case each time. */
const SECTIONS: ReadonlyMap<string, string> = new Map(
  'Server Clients Memory Persistence Threads Stats Replication CPU Modules Commandstats Errorstats Latencystats Sentinel Cluster Keyspace'
    .split(' ')
    .map((name) => [`# ${name}`, name.toLowerCase()]),
)
const FALSE_HITS_TOLERATED = 32
const LF = 10
const CR = 13
const HASH = 35
const COLON = 58

/** What one pass over an INFO text found: slots by field, compound lines, section names. */
export interface InfoScan {
  /** NaN: absent or unreadable. Valid until the next scan. */
  readonly numbers: Float64Array
  /** Valid until the next scan. */
  readonly texts: (string | undefined)[]
  readonly lines: InfoLines
  readonly sections: string[]
  readonly unreadable: UnreadableField[]
}

// One scan at a time: a scan is synchronous, and what it returns is copied before the next one begins.
const numbers = new Float64Array(NUMBER_SLOTS)
const texts: (string | undefined)[] = new Array<string | undefined>(TEXT_SLOTS).fill(undefined)
let falseHits = 0

/**
 * One pass over `key:value` lines. Most lines of a reply are of no use here, so each line is probed at two characters
 * and left with one search for its end; only a line that passes is compared with a key and read.
 */
export function scanInfo(input: string): InfoScan {
  const text = examined(input)
  const end = text.length
  const lines = new InfoLines()
  const sections: string[] = []
  const unreadable: UnreadableField[] = []
  numbers.fill(Number.NaN)
  texts.fill(undefined)
  falseHits = 0
  let at = 0
  while (at < end) {
    const first = text.charCodeAt(at)
    if (first === CR || first === LF) {
      at++
      continue
    }
    if (first === HASH) {
      const eol = lineEnd(text, at, end)
      if (sections.length < SECTIONS_KEPT) sections.push(sectionName(text, at, trimmed(text, at, eol)))
      at = eol + 1
      continue
    }
    const field = at + PROBE_B < end ? probe(text, at, end, first) : lookUp(text, at, end)
    if (field === undefined) {
      const eol = lineEnd(text, at, end)
      if (eol - at > 2 && canHoldSeveral(first, text.charCodeAt(at + 1))) lines.read(text, at, trimmed(text, at, eol))
      at = eol + 1
      continue
    }
    const from = at + field.length + 1
    if (field.kind <= KIND.flag) {
      let to = from
      let value = 0
      const negative = to < end && text.charCodeAt(to) === 45
      if (negative) to++
      const digits = to
      let code = 0
      while (to < end && (code = text.charCodeAt(to)) >= 48 && code <= 57) {
        value = value * 10 + (code - 48)
        to++
      }
      const isNumber = to > digits && (to === end || code === LF || (code === CR && isLineEnd(text, to + 1, end)))
      if (isNumber && value <= Number.MAX_SAFE_INTEGER && (field.kind === KIND.number || (value <= 1 && !negative))) {
        numbers[field.slot] = negative ? 0 - value : value
        at = code === CR ? to + 2 : to + 1
        continue
      }
      const eol = lineEnd(text, from, end)
      numbers[field.slot] = Number.NaN
      note(unreadable, field, text.slice(from, trimmed(text, from, eol)), isNumber && value > Number.MAX_SAFE_INTEGER)
      at = eol + 1
      continue
    }
    const eol = lineEnd(text, from, end)
    const raw = text.slice(from, trimmed(text, from, eol))
    if (field.kind === KIND.text) texts[field.slot] = sharedText(raw)
    else if (/^-?\d+(\.\d+)?$/.test(raw)) numbers[field.slot] = Number(raw)
    else {
      numbers[field.slot] = Number.NaN
      note(unreadable, field, raw, false)
    }
    at = eol + 1
  }
  return { numbers, texts, lines, sections, unreadable }
}

/** The field whose line starts here, if it is one that is read. `at + PROBE_B` lies within the text. */
function probe(text: string, at: number, end: number, first: number): Field | undefined {
  const list = PROBE_TABLE[placeOf(first, text.charCodeAt(at + PROBE_A), text.charCodeAt(at + PROBE_B))] ?? 0
  if (list === 0) return undefined
  const fields = CANDIDATES[list] as readonly Field[]
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as Field
    const colon = at + field.length
    if (
      colon < end &&
      text.charCodeAt(colon) === COLON &&
      text.charCodeAt(colon - 1) === field.last &&
      first === field.first &&
      startsAt(text, field.key, at)
    )
      return field
  }
  return undefined
}

/**
 * Whether `key` stands at `at`. Searching from there is the fastest exact comparison the engine has, but a miss runs on
 * to the next occurrence; a text that makes it miss often is compared by slices instead.
 */
function startsAt(text: string, key: string, at: number): boolean {
  if (falseHits > FALSE_HITS_TOLERATED) return text.slice(at, at + key.length) === key
  if (text.indexOf(key, at) === at) return true
  falseHits++
  return false
}

/** As `probe`, for the few lines so near the end that a probe would lie beyond it. */
function lookUp(text: string, at: number, end: number): Field | undefined {
  const colon = text.indexOf(':', at)
  if (colon < 0 || colon >= end) return undefined
  const key = text.slice(at, colon)
  for (const list of CANDIDATES) for (const field of list) if (field.key === key) return field
  return undefined
}

/** The index of the line feed that ends the line, or the end of the text. */
function lineEnd(text: string, from: number, end: number): number {
  const eol = text.indexOf('\n', from)
  return eol < 0 ? end : eol
}

function isLineEnd(text: string, at: number, end: number): boolean {
  return at >= end || text.charCodeAt(at) === LF
}

/** Where the line's text ends: before the carriage return, if there is one. */
function trimmed(text: string, from: number, eol: number): number {
  return eol > from && text.charCodeAt(eol - 1) === CR ? eol - 1 : eol
}

function sectionName(text: string, from: number, to: number): string {
  const heading = text.slice(from, Math.min(to, from + SECTION_CHARS_KEPT))
  return SECTIONS.get(heading) ?? heading.slice(1).trim().toLowerCase()
}

function note(unreadable: UnreadableField[], field: Field, raw: string, isBeyond: boolean): void {
  if (unreadable.length >= UNREADABLE_KEPT) return
  unreadable.push({ field: field.key, raw: raw.slice(0, 64), problem: isBeyond ? 'beyond-2^53' : 'not-a-number' })
}

/** Cut after the last whole line: half a number would be another number. */
function examined(text: string): string {
  if (text.length <= EXAMINED_CHARS) return text
  return text.slice(0, text.lastIndexOf('\n', EXAMINED_CHARS - 1) + 1)
}
