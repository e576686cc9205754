import type { RawReply } from '../domain/replies/raw.ts'

/** A reply of RESP2 as one value. An error within an array (of EXEC) becomes a record `{ error }`. */
export type DecodedReply = { readonly value: RawReply } | { readonly error: string }

/** Decodes one whole reply, whose framing the scanner has already checked. */
export function decodeReply(frame: Buffer): DecodedReply {
  if (frame[0] === ERROR) return { error: lineAt(frame, 1).text }
  return { value: valueAt(frame, 0).value }
}

function valueAt(frame: Buffer, at: number): { readonly value: RawReply; readonly next: number } {
  const { text, next } = lineAt(frame, at + 1)
  switch (frame[at]) {
    case BULK: {
      const length = Number(text)
      if (length < 0) return { value: null, next }
      return { value: frame.toString('utf8', next, next + length), next: next + length + 2 }
    }
    case ARRAY: {
      const count = Number(text)
      if (count < 0) return { value: null, next }
      const values: RawReply[] = []
      let from = next
      for (let i = 0; i < count; i++) {
        const element = valueAt(frame, from)
        values.push(element.value)
        from = element.next
      }
      return { value: values, next: from }
    }
    case ERROR:
      return { value: { error: text }, next }
    default:
      // Integers stay texts, as everywhere in this adapter: no digit is lost.
      return { value: text, next }
  }
}

function lineAt(frame: Buffer, from: number): { readonly text: string; readonly next: number } {
  const end = frame.indexOf('\r\n', from, 'latin1')
  return { text: frame.toString('utf8', from, end), next: end + 2 }
}

const ERROR = 0x2d
const BULK = 0x24
const ARRAY = 0x2a
