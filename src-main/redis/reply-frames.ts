/** What a peer sent that cannot be passed on. */
export interface FramingProblem {
  readonly detail: string
}

/** How far one scan came. `end` is the offset after a finished top-level reply, or undefined when it goes on. */
export type ScanStep = { readonly end: number | undefined } | FramingProblem

const MAX_DEPTH = 16
const MAX_ELEMENTS = 1_000_000
const MAX_LINE = 65_536
const LF = 0x0a

const SCALAR_LINES = bytesOf('+-:,(#_')
const PAYLOADS = bytesOf('$=!')
const CONTAINERS = bytesOf('*~>%')
const MAP = 0x25

/**
 * Finds where replies end without decoding them, and refuses what no server sends: foreign bytes, absurd lengths,
 * nesting without end. State is kept between chunks, so a reply that arrives byte by byte costs no more than another.
 */
export class ReplyScanner {
  /** Type byte of the reply being scanned; 0 between replies. */
  kind = 0
  readonly #elementsLeft: number[] = []
  #payloadLeft = 0
  #line = ''

  /** Scans `chunk` from `start` up to the end of one top-level reply at most. */
  scan(chunk: Buffer, start: number): ScanStep {
    let at = start
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at)
        this.#payloadLeft -= taken
        at += taken
        if (this.#payloadLeft > 0) break
        if (this.#valueEnded()) return { end: at }
        continue
      }
      if (this.#line === '' && !isType(chunk[at] ?? 0))
        return { detail: `unexpected byte 0x${(chunk[at] ?? 0).toString(16)}` }
      if (this.kind === 0) this.kind = chunk[at] ?? 0
      const newline = chunk.indexOf(LF, at)
      const end = newline < 0 ? chunk.length : newline + 1
      this.#line += chunk.toString('latin1', at, end)
      at = end
      if (this.#line.length > MAX_LINE) return { detail: 'a line without end' }
      if (newline < 0) break
      const line = this.#line
      this.#line = ''
      const problem = this.#header(line)
      if (problem !== undefined) return problem
      if (this.kind === 0) return { end: at }
    }
    return { end: undefined }
  }

  /** Takes in one whole header line, `*3\r\n`. */
  #header(line: string): FramingProblem | undefined {
    if (line.indexOf('\r') !== line.length - 2) return { detail: 'a line that does not end in CR LF' }
    const type = line.charCodeAt(0)
    const text = line.slice(1, -2)
    if (SCALAR_LINES.has(type)) {
      if (!isScalar(line[0] ?? '', text)) return { detail: `not a value: ${JSON.stringify(line.slice(0, 24))}` }
      this.#valueEnded()
      return undefined
    }
    if (!/^(-1|\d{1,10})$/.test(text)) return { detail: `not a length: ${JSON.stringify(line.slice(0, 24))}` }
    const length = Number(text)
    if (PAYLOADS.has(type)) {
      if (type === VERBATIM && length < 4) return { detail: 'a verbatim string without a format' }
      if (length < 0) this.#valueEnded()
      else this.#payloadLeft = length + 2
      return undefined
    }
    if (length > MAX_ELEMENTS) return { detail: `an array of ${length} elements` }
    if (length <= 0) {
      this.#valueEnded()
      return undefined
    }
    if (this.#elementsLeft.length >= MAX_DEPTH) return { detail: `arrays nested deeper than ${MAX_DEPTH}` }
    this.#elementsLeft.push(type === MAP ? length * 2 : length)
    return undefined
  }

  /** Closes the value just finished and every container that it completed; true when the whole reply is. */
  #valueEnded(): boolean {
    const stack = this.#elementsLeft
    while (stack.length > 0) {
      const left = (stack[stack.length - 1] ?? 1) - 1
      stack[stack.length - 1] = left
      if (left > 0) return false
      stack.pop()
    }
    this.kind = 0
    return true
  }
}

const VERBATIM = 0x3d

function isType(byte: number): boolean {
  return PAYLOADS.has(byte) || SCALAR_LINES.has(byte) || CONTAINERS.has(byte)
}

function isScalar(type: string, text: string): boolean {
  if (type === '_') return text === ''
  if (type === '#') return text === 't' || text === 'f'
  if (type === ':' || type === '(') return /^[+-]?\d{1,64}$/.test(text)
  return true
}

function bytesOf(text: string): ReadonlySet<number> {
  return new Set(Buffer.from(text, 'latin1'))
}
