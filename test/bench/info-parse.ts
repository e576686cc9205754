import { DECIMAL, FLAG, NUMBER, TEXT } from '../../src-main/domain/replies/info-fields.ts'
import { parseInfo } from '../../src-main/domain/replies/info.ts'
import { CAPTURED_VERSIONS, capturedText } from '../support/captured-replies.ts'
import type { BenchTable } from './bench-table.ts'

const ROUNDS = 11
const CALLS_A_ROUND = 1500
const CALLS_OF_WARM_UP = 6000
/** Few enough that no collection happens in between, so that the heap only grows. */
const CALLS_FOR_ALLOCATION = 40
/** Fresh strings, as every reply is one: an engine may remember things about a string it has seen before. */
const COPIES = 64

type Parse = (text: string) => unknown

const NUMBER_KEYS = Object.keys({ ...NUMBER, ...FLAG, ...DECIMAL })
const TEXT_KEYS = Object.keys(TEXT)
/** Keeps results reachable, so that no call can be optimised away. */
const sink: unknown[] = new Array<unknown>(COPIES).fill(undefined)

/** The usual way: lines, then a map of texts. Nothing is converted. */
function splitAndMap(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}

/** The usual way with the same fields read as numbers and texts, but without any of the checks. */
function splitMapAndRead(text: string): unknown {
  const fields = splitAndMap(text)
  const replicas: unknown[] = []
  for (let i = 0; ; i++) {
    const line = fields.get(`slave${i}`)
    if (line === undefined) break
    replicas.push(new Map(line.split(',').map((pair) => pair.split('=') as [string, string])))
  }
  const numbers = NUMBER_KEYS.map((key) => {
    const value = fields.get(key)
    return value === undefined ? undefined : Number(value)
  })
  return { numbers, texts: TEXT_KEYS.map((key) => fields.get(key)), replicas }
}

/**
 * Times `parseInfo` against two plain parsers over the captured INFO of each version's master. The three take turns in
 * every round, so that whatever else the machine does falls on all of them; each figure is the median of the rounds.
 */
export async function run(): Promise<BenchTable> {
  const rows: (string | number)[][] = []
  for (const version of CAPTURED_VERSIONS) {
    const bytes = Buffer.from(capturedText(version, 'info.master'))
    const texts = Array.from({ length: COPIES }, () => bytes.toString('utf8'))
    const parses: readonly Parse[] = [parseInfo, splitAndMap, splitMapAndRead]
    for (const parse of parses) nanosecondsOf(parse, texts, CALLS_OF_WARM_UP)
    const times = parses.map((): number[] => [])
    for (let round = 0; round < ROUNDS; round++)
      parses.forEach((parse, i) => times[i]?.push(nanosecondsOf(parse, texts, CALLS_A_ROUND)))
    const [own = Number.NaN, plain = Number.NaN, typed = Number.NaN] = times.map(median)
    const [ownBytes = Number.NaN, plainBytes = Number.NaN] = parses.map((parse) => bytesOf(parse, texts))
    rows.push([
      version,
      bytes.length,
      toOneDigit(own / 1000),
      Math.round((bytes.length / own) * 1000),
      toOneDigit(plain / 1000),
      toOneDigit(typed / 1000),
      `${toOneDigit(plain / own)}x`,
      `${toOneDigit(typed / own)}x`,
      toOneDigit(ownBytes / 1024),
      toOneDigit(plainBytes / 1024),
    ])
    await Promise.resolve()
  }
  return {
    title: 'INFO parse',
    command: 'npm run bench -- info-parse',
    columns: [
      'captured reply',
      'bytes',
      'parseInfo µs',
      'MB/s',
      'split+map µs',
      'split+map+numbers µs',
      'against split+map',
      'against split+map+numbers',
      'KiB a call',
      'KiB a call, split+map',
    ],
    rows,
    notes: [
      `Medians of ${ROUNDS} rounds of ${CALLS_A_ROUND} calls; the parsers take turns within a round.`,
      'parseInfo gives typed and checked fields; split+map gives texts only; split+map+numbers gives the same fields unchecked.',
      `Node ${process.version}, one thread.`,
    ],
  }
}

function nanosecondsOf(parse: Parse, texts: readonly string[], calls: number): number {
  const start = process.hrtime.bigint()
  for (let i = 0; i < calls; i++) sink[i % COPIES] = parse(texts[i % COPIES] ?? '')
  return Number(process.hrtime.bigint() - start) / calls
}

/** Growth of the heap a call; rounds in which a collection struck are left out. */
function bytesOf(parse: Parse, texts: readonly string[]): number {
  const growths: number[] = []
  for (let round = 0; round < 4 * ROUNDS && growths.length < ROUNDS; round++) {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < CALLS_FOR_ALLOCATION; i++) sink[i % COPIES] = parse(texts[i % COPIES] ?? '')
    const growth = process.memoryUsage().heapUsed - before
    if (growth > 0) growths.push(growth / CALLS_FOR_ALLOCATION)
  }
  return median(growths)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function toOneDigit(value: number): number {
  return Math.round(value * 10) / 10
}
