import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RawReply } from '../../src-main/domain/replies/raw.ts'

const BESIDE = fileURLToPath(new URL('../replies/', import.meta.url))
/** Beside this module, or in the repository that is worked in when this module was bundled elsewhere. */
const ROOT = existsSync(BESIDE) ? BESIDE : `${resolve('test/replies')}/`
const CR_LF = '\r\n'

/** An error reply of a capture: its line without the minus. */
export class CapturedError extends Error {
  override readonly name = 'CapturedError'
}

/** Folders of `test/replies`, as `redis-7.2.6`. */
export const CAPTURED_VERSIONS: readonly string[] = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()

/** Names of one version's captures, without `.resp`. */
export function capturedNames(version: string): readonly string[] {
  return readdirSync(`${ROOT}${version}`)
    .filter((name) => name.endsWith('.resp'))
    .map((name) => name.slice(0, -'.resp'.length))
    .sort()
}

/** The bytes of a capture as text, undecoded. */
export function capturedBytes(version: string, name: string): string {
  return readFileSync(`${ROOT}${version}/${name}.resp`, 'utf8')
}

/** A captured reply, decoded. An error reply is thrown as a `CapturedError`. */
export function capturedReply(version: string, name: string): RawReply {
  return decodeResp2(readFileSync(`${ROOT}${version}/${name}.resp`))
}

/** A captured bulk text, decoded; throws if the reply is anything else. */
export function capturedText(version: string, name: string): string {
  const reply = capturedReply(version, name)
  if (typeof reply !== 'string') throw new Error(`${version}/${name} is not a text`)
  return reply
}

/** Decodes one RESP2 reply; throws when bytes are left over. */
export function decodeResp2(bytes: Buffer): RawReply {
  let at = 0
  const line = () => {
    const end = bytes.indexOf(CR_LF, at)
    if (end < 0) throw new Error('a line without an end')
    const text = bytes.toString('utf8', at, end)
    at = end + 2
    return text
  }
  const next = (): RawReply => {
    const head = line()
    const rest = head.slice(1)
    switch (head[0]) {
      case '+':
        return rest
      case '-':
        throw new CapturedError(rest)
      case ':':
        return Number(rest)
      case '$': {
        const length = Number(rest)
        if (length < 0) return null
        const text = bytes.toString('utf8', at, at + length)
        at += length + 2
        return text
      }
      case '*':
        return Number(rest) < 0 ? null : Array.from({ length: Number(rest) }, next)
      default:
        throw new Error(`not RESP2: ${head.slice(0, 20)}`)
    }
  }
  const reply = next()
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes are left over`)
  return reply
}

/** A flat array of pairs as the `Map` that RESP3 sends. */
export function asResp3Map(flat: RawReply): ReadonlyMap<RawReply, RawReply> {
  const elements = flat as readonly RawReply[]
  const map = new Map<RawReply, RawReply>()
  for (let i = 0; i < elements.length; i += 2) map.set(elements[i], elements[i + 1])
  return map
}

/** A flat array of pairs as a plain record, the form in which some clients hand over a map. */
export function asRecord(flat: RawReply): { readonly [key: string]: RawReply } {
  return Object.fromEntries(asResp3Map(flat) as ReadonlyMap<string, RawReply>)
}
