import type { Deployment } from '../../app/open-deployment.ts'
import type { InspectReport } from '../../contract/inspect.ts'
import { pause } from './connected.ts'
import { renderEvents } from './render/events.ts'
import { renderInspect } from './render/inspect.ts'
import { openScreen } from './screen.ts'
import type { Terminal } from './terminal.ts'

export interface WatchOptions {
  readonly intervalMs: number
  readonly isJson: boolean
}

/** Repaints no more often than this, however fast things change. */
const REPAINT_MS = 200
/** What happened last, beneath the picture. */
const EVENTS_SHOWN = 5

/** Shows the deployment until the command is stopped: JSON lines, a repainted screen, or one block an interval for a pipe. */
export async function watch(deployment: Deployment, terminal: Terminal, options: WatchOptions): Promise<void> {
  if (!options.isJson && terminal.isTty) await paintLive(deployment, terminal, options.intervalMs)
  else await printLive(deployment, terminal, options)
}

/** A slow reader gets fewer lines, never a growing queue: the next one is made when the last was taken. */
async function printLive(deployment: Deployment, terminal: Terminal, options: WatchOptions): Promise<void> {
  let next = performance.now()
  while (!terminal.stopped.aborted) {
    const report = deployment.report()
    const text = options.isJson
      ? JSON.stringify(report)
      : [`--- ${report.takenAt}`, ...pictureOf(deployment, report, terminal), ''].join('\n')
    await terminal.out(`${text}\n`)
    next = Math.max(next + options.intervalMs, performance.now())
    await pause(next - performance.now(), terminal.stopped)
  }
}

/** Repaints when something changed, and once an interval so that ages go on. */
async function paintLive(deployment: Deployment, terminal: Terminal, intervalMs: number): Promise<void> {
  const screen = await openScreen(terminal)
  let last: string[] = []
  try {
    let wake = new AbortController()
    const poke = (): void => wake.abort()
    const stopListening = [deployment.subscribe(poke), terminal.onResize(poke)]
    terminal.stopped.addEventListener('abort', poke, { once: true })
    while (!terminal.stopped.aborted) {
      wake = new AbortController()
      const report = deployment.report()
      last = pictureOf(deployment, report, terminal)
      const trouble = deployment.failures()[0]?.message
      const time = report.takenAt.slice(11, 19)
      const footer = trouble ?? `${time} UTC, every ${intervalMs / 1000} s, Ctrl-C ends`
      await screen.draw(last, clip(footer, terminal.size().columns))
      await pause(REPAINT_MS, terminal.stopped)
      await pause(Math.max(0, intervalMs - REPAINT_MS), wake.signal)
    }
    for (const stop of stopListening) stop()
  } finally {
    await screen.close()
  }
  // The last picture stays behind on the ordinary screen.
  await terminal.out(`${last.join('\n')}\n`)
}

function pictureOf(deployment: Deployment, report: InspectReport, terminal: Terminal): string[] {
  const canvas = canvasOf(terminal)
  return [...renderInspect(report, canvas), ...renderEvents(deployment.recentEvents(EVENTS_SHOWN), canvas)]
}

function canvasOf(terminal: Terminal) {
  return { width: terminal.size().columns, hasColour: terminal.hasColour }
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
