import type { ContractEvent } from '../../../contract/calls.ts'
import type { Canvas } from './inspect.ts'
import type { Line, Tone } from './text.ts'
import { lengthOf, line, paint, span } from './text.ts'

const TONES: Readonly<Record<ContractEvent['severity'], Tone>> = { critical: 'bad', warning: 'warn', info: 'plain' }

/** The newest events as lines of one width, oldest first, with a blank line before them; none: nothing. */
export function renderEvents(events: readonly ContractEvent[], { width, hasColour }: Canvas): string[] {
  if (events.length === 0) return []
  const lines = [line(''), ...events.map((event) => cut(lineOf(event), width))]
  return lines.map((entry) => paint(entry, hasColour))
}

// 12:04:31  +switch-master  10.0.0.6:6379  orders 10.0.0.5 6379 10.0.0.6 6379  (3 Sentinels)
function lineOf(event: ContractEvent): Line {
  const told = event.by.length > 1 ? `  (${event.by.length} Sentinels)` : ''
  return [
    span(`${event.at.slice(11, 19)}  `, 'dim'),
    span(event.what, TONES[event.severity]),
    span(event.node === null ? '' : `  ${event.node}`),
    span(`  ${event.detail}${told}`, 'dim'),
  ]
}

function cut(pieces: Line, width: number): Line {
  let left = width
  return pieces.map((piece) => {
    const length = lengthOf(piece.text)
    const text =
      length <= left
        ? piece.text
        : `${Array.from(piece.text)
            .slice(0, Math.max(0, left - 1))
            .join('')}…`
    const shown = left <= 0 ? '' : text
    left -= lengthOf(shown)
    return { ...piece, text: shown }
  })
}
