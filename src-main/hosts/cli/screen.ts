import type { Terminal } from './terminal.ts'

const ESC = '\u001b['
/** The other screen, no cursor; and back. What was on the terminal before is there again afterwards. */
const ENTER = `${ESC}?1049h${ESC}?25l`
const LEAVE = `${ESC}?25h${ESC}?1049l`
/** Terminals that know it show what lies between at once. */
const BEGIN = `${ESC}?2026h`
const END = `${ESC}?2026l`

/** A picture that is repainted in place. */
export interface Screen {
  readonly draw: (lines: readonly string[], footer: string) => Promise<void>
  /** Idempotent. */
  readonly close: () => Promise<void>
}

/** One frame: each line over the old one, so that nothing flickers; what does not fit is said to be there. */
export function frame(lines: readonly string[], footer: string, rows: number): string {
  const room = Math.max(1, rows - 1)
  const isCut = lines.length > room
  const shown = isCut ? lines.slice(0, room - 1) : lines
  const cut = isCut ? [`… ${lines.length - shown.length} more lines: enlarge the window, or use --group`] : []
  const filler = Array.from({ length: room - shown.length - cut.length }, () => '')
  const all = [...shown, ...cut, ...filler, footer]
  return `${BEGIN}${ESC}H${all.map((text) => `${text}${ESC}K`).join('\r\n')}${ESC}J${END}`
}

export async function openScreen(terminal: Terminal): Promise<Screen> {
  const cancel = terminal.atExit(LEAVE)
  let isOpen = true
  await terminal.out(ENTER)
  return {
    draw: async (lines, footer) => {
      if (isOpen) await terminal.out(frame(lines, footer, terminal.size().rows))
    },
    close: async () => {
      if (!isOpen) return
      isOpen = false
      cancel()
      await terminal.out(LEAVE)
    },
  }
}
