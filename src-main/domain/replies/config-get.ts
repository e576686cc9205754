import { read, toTextMap, unreadable } from './raw-map.ts'
import { remembered } from '../text.ts'
import type { Parsed, RawReply } from './raw.ts'
import type { ConfigReply } from './reply-types.ts'
import { readInteger } from './wire-number.ts'

/**
 * Parameters that hold a secret, in the names of all versions. They are not asked for; should one come (a pattern, a
 * proxy) it is dropped here, so that it reaches neither a store nor a report.
 */
const SECRET = /pass(word|phrase)?$|^(masterauth|primaryauth)$|secret|token|(^|-)auth$/

/** One class of `client-output-buffer-limit`. 0 switches that limit off. */
export interface OutputBufferLimit {
  readonly hardBytes: number
  readonly softBytes: number
  readonly softSeconds: number
}

/** One rule of `save`: after so many seconds, if so many changes were made. */
export interface SavePoint {
  readonly seconds: number
  readonly changes: number
}

/**
 * Reads CONFIG GET: values by parameter, names in lower case. Secrets are left out even if they were sent.
 *
 * A parameter the server does not know is absent. A value that is no text is passed over.
 * Source: `CONFIG GET`, and `SENTINEL CONFIG GET`; a flat array in RESP2, a map in RESP3.
 */
export function parseConfig(raw: RawReply): Parsed<ConfigReply> {
  const fields = toTextMap(raw)
  if (fields === undefined) return unreadable('pairs of parameter and value', raw)
  const config = new Map<string, string>()
  for (const [key, value] of fields) {
    const name = key.toLowerCase()
    if (!SECRET.test(name) && typeof value === 'string') config.set(name, value)
  }
  return read(config)
}

/**
 * A whole number of a parameter without unit (`repl-timeout`, `min-replicas-to-write`); undefined when it was not sent,
 * is no number, or is beyond what a double holds.
 */
export function configInteger(config: ConfigReply, name: string): number | undefined {
  const text = config.get(name)
  return text === undefined ? undefined : readInteger(text)
}

/** A parameter of bytes. CONFIG GET answers with plain digits; a unit (`64mb`, as in a file) is understood as well. */
export function configBytes(config: ConfigReply, name: string): number | undefined {
  const text = config.get(name)
  return text === undefined ? undefined : readBytes(text)
}

/** yes or no; undefined when it was not sent or is another word. */
export function configFlag(config: ConfigReply, name: string): boolean | undefined {
  const text = config.get(name)
  return text === 'yes' ? true : text === 'no' ? false : undefined
}

/**
 * One class of `client-output-buffer-limit`; undefined when the parameter was not sent or cannot be read.
 * The wire says `slave` for the replica class, whatever was configured.
 */
export function outputBufferLimit(
  config: ConfigReply,
  kind: 'normal' | 'replica' | 'pubsub',
): OutputBufferLimit | undefined {
  const text = config.get('client-output-buffer-limit')
  return text === undefined ? undefined : readLimits(text).get(kind)
}

/** By class; of one given twice the first counts. Undefined for an unreadable one. */
const readLimits = remembered((text): ReadonlyMap<string, OutputBufferLimit | undefined> => {
  // normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60
  const words = text.trim().split(/\s+/, 64)
  const limits = new Map<string, OutputBufferLimit | undefined>()
  for (let i = 0; i + 3 < words.length; i += 4) {
    const kind = words[i] === 'slave' ? 'replica' : (words[i] ?? '')
    if (limits.has(kind)) continue
    const hardBytes = readBytes(words[i + 1] ?? '')
    const softBytes = readBytes(words[i + 2] ?? '')
    const softSeconds = readInteger(words[i + 3] ?? '')
    const isRead = hardBytes !== undefined && softBytes !== undefined && softSeconds !== undefined && softSeconds >= 0
    limits.set(kind, isRead ? { hardBytes, softBytes, softSeconds } : undefined)
  }
  return limits
})

/** The rules of `save`, in the order sent; empty when saving is off, undefined when not sent or unreadable. */
export function savePoints(config: ConfigReply): readonly SavePoint[] | undefined {
  const text = config.get('save')
  return text === undefined ? undefined : readSavePoints(text)
}

const readSavePoints = remembered((text): readonly SavePoint[] | undefined => {
  // 3600 1 300 100 60 10000
  const words = text.trim() === '' ? [] : text.trim().split(/\s+/, 256)
  if (words.length % 2 !== 0) return undefined
  const points: SavePoint[] = []
  for (let i = 0; i < words.length; i += 2) {
    const seconds = readInteger(words[i] ?? '')
    const changes = readInteger(words[i + 1] ?? '')
    if (seconds === undefined || changes === undefined || seconds < 0 || changes < 0) return undefined
    points.push({ seconds, changes })
  }
  return points
})

// k, m and g are powers of ten; kb, mb and gb are powers of two
const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1000],
  ['kb', 1024],
  ['m', 1000 ** 2],
  ['mb', 1024 ** 2],
  ['g', 1000 ** 3],
  ['gb', 1024 ** 3],
])

/** Bytes as the server's own configuration writes them; undefined for anything else. */
export function readBytes(text: string): number | undefined {
  const parts = /^(\d{1,16})([a-z]{0,2})$/.exec(text.toLowerCase())
  const unit = UNIT_BYTES.get(parts?.[2] ?? '')
  if (parts === null || unit === undefined) return undefined
  const bytes = Number(parts[1]) * unit
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
