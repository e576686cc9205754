/** What a piece of text means; how it looks is decided at the end, and without colour nothing is lost. */
export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'warn' | 'bad' | 'accent'

/** A line's piece: text and its tone. */
export interface Span {
  readonly text: string
  readonly tone: Tone
}

/** One line as pieces. */
export type Line = readonly Span[]

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: clean(text), tone }
}

export function line(text: string, tone: Tone = 'plain'): Line {
  return [span(text, tone)]
}

/**
 * Names and error texts come from servers: control characters, escape sequences and marks that reorder text are
 * replaced, so that a hostile name cannot drive the terminal.
 */
export function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '?')
}

/** Stands for a space at which a line is not broken; printed as a space. */
const GLUED_SPACE = '\u00a0'

/** Keeps a figure and its unit on one line. */
export function glue(text: string): string {
  return text.replaceAll(' ', GLUED_SPACE)
}

const SGR: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '1;31',
  accent: '36',
}

/** A line as terminal text. Trailing space goes: at the edge of a terminal it would make a line of its own. */
export function paint(pieces: Line, hasColour: boolean): string {
  return withoutTrailingSpace(pieces)
    .map((piece) => {
      const code = hasColour ? SGR[piece.tone] : ''
      return code === '' || piece.text === '' ? piece.text : `\u001b[${code}m${piece.text}\u001b[0m`
    })
    .join('')
    .replaceAll(GLUED_SPACE, ' ')
}

function withoutTrailingSpace(pieces: Line): Line {
  const kept = [...pieces]
  while (kept.length > 0 && kept.at(-1)?.text.trim() === '') kept.pop()
  const last = kept.pop()
  return last === undefined ? [] : [...kept, { ...last, text: last.text.trimEnd() }]
}

/** Characters, not code units: a surrogate pair is one. */
export function lengthOf(text: string): number {
  return Array.from(text).length
}

/** Cuts the middle, so that a host's beginning and its port both stay. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(text)
  if (characters.length <= width) return text
  if (width <= 1) return '…'.slice(0, Math.max(0, width))
  const tail = Math.floor((width - 1) / 2)
  return `${characters.slice(0, width - 1 - tail).join('')}…${tail === 0 ? '' : characters.slice(-tail).join('')}`
}

export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)))
  return align === 'left' ? text + space : space + text
}

/** Room that is left beside an indent, however deep it is. */
const LEAST_ROOM = 20

/** Breaks pieces at spaces so that no line exceeds `width`; later lines begin with `indent` spaces. */
export function wrap(pieces: Line, width: number, indent: number): readonly Line[] {
  const left = Math.max(0, Math.min(indent, width - LEAST_ROOM))
  const lines: Span[][] = [[]]
  let used = 0
  const breakLine = (): void => {
    lines.push([{ text: ' '.repeat(left), tone: 'plain' }])
    used = left
  }
  const put = (text: string, tone: Tone): void => {
    lines.at(-1)?.push({ text, tone })
    used += lengthOf(text)
  }
  for (const word of wordsOf(pieces)) {
    const text = word.map((part) => part.text).join('')
    if (used > left && used + lengthOf(text.trimEnd()) > width) breakLine()
    for (const part of word) {
      let rest = Array.from(part.text)
      // A word that no line can hold is cut where the line ends.
      while (used + lengthOf(rest.join('').trimEnd()) > width) {
        if (used >= width) breakLine()
        const room = Math.max(1, width - used)
        put(rest.slice(0, room).join(''), part.tone)
        rest = rest.slice(room)
        breakLine()
      }
      put(rest.join(''), part.tone)
    }
  }
  return lines
}

/** What may not be broken: a word ends with its space, whatever number of pieces it is made of. */
function wordsOf(pieces: Line): readonly Line[] {
  const words: Span[][] = []
  let isOpen = false
  for (const piece of pieces)
    for (const text of piece.text.split(/(?<= )/)) {
      if (text === '') continue
      if (isOpen) words.at(-1)?.push({ text, tone: piece.tone })
      else words.push([{ text, tone: piece.tone }])
      isOpen = !text.endsWith(' ')
    }
  return words
}
