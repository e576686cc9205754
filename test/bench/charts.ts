import { loadavg } from 'node:os'
import type { CDPSession, Page } from 'playwright-core'
import type { SeriesPoint } from '../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { toGroupSlice } from '../../src-main/contract/to-inspect.ts'
import { openSession } from '../../src-main/monitor/open-session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { createConnector } from '../../src-main/redis/connector.ts'
import { launchChromium } from '../support/browser/chromium.ts'
import { startStagedHost } from '../support/browser/staged-host.ts'
import { startSimulator } from '../support/simulator.ts'
import type { BenchTable } from './bench-table.ts'

const REPLICAS = 50
const HOUR_S = 3600
const SAMPLES = 20

/** What an hour of byte lag at 1 s for 50 replicas costs to draw anew with each sample, beside a view without charts. */
export async function run(): Promise<BenchTable> {
  const slice = await takeSlice()
  const host = await startStagedHost([slice], () => hourOf(slice))
  const browser = await launchChromium()
  const load = loadavg()[0] ?? 0
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' })
    await page.addInitScript(FRAMES)
    await page.goto(host.url)
    await page.locator('.card[data-canvas-id]').first().waitFor()
    await page.getByRole('button', { name: 'Hide the last 15 minutes' }).click()
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
    let revision = slice.revision
    let shown = slice
    const tell = () => {
      shown = nextSlice(shown, ++revision)
      host.tell([shown])
    }
    const measure = async (view: string, prepare: (page: Page) => Promise<void> = async () => undefined) => {
      await page.getByRole('navigation', { name: 'Views' }).getByTitle(`${view} (`).click()
      await page.getByRole('main', { name: view, exact: true }).waitFor()
      await prepare(page)
      return costOf(page, cdp, tell)
    }
    const none = await measure('Access rights')
    const quarter = await measure('Lag and write rate')
    const hour = await measure('Lag and write rate', (one) =>
      one.getByRole('button', { name: '1 h', exact: true }).click(),
    )
    const timeline = await measure('Event timeline', (one) =>
      one.getByRole('button', { name: '1 h', exact: true }).click(),
    )
    const ms = (value: number) => Math.round(value * 10) / 10
    const row = (what: string, cost: Cost, target = '') => [
      what,
      ms((cost.task - none.task) / Math.max(1, cost.redraws)),
      ms(cost.task - none.task),
      ms(cost.frame),
      target,
    ]
    return {
      title: 'Charts',
      command: 'npm run bench -- charts',
      columns: [
        'an hour at 1 s',
        'a redraw of one chart, ms',
        'a sample, ms',
        'script of the frame, ms',
        'target a redraw',
      ],
      rows: [
        row(`byte lag of ${REPLICAS} replicas, with the write rate, in the event timeline`, timeline, '16'),
        row(`byte lag and margin of ${REPLICAS} replicas, with the write rate`, hour, '16'),
        row('the same, of 15 minutes', quarter, '16'),
      ],
      notes: [
        `Headless Chromium at 1440x900 without a graphics card; load average at the start ${load.toFixed(1)}.`,
        `${HOUR_S} samples of each of ${REPLICAS} replicas are held; ${SAMPLES} more are told, one a second.`,
        'Milliseconds of processor time of the main thread by the DevTools protocol (TaskDuration in thread ticks), less the same samples with a view that has no chart: parsing, stores, Vue, lines joined, drawn and rasterised. A chart that moved on by less than a pixel is not drawn anew. Script of the frame: by the wall, median.',
      ],
    }
  } finally {
    await browser.close()
    await host.stop()
  }
}

/** Times animation frames, and counts the charts that are cleared to be drawn anew. */
const FRAMES = `(() => {
  const ask = window.requestAnimationFrame.bind(window)
  window.frameTimes = []
  window.redraws = 0
  const clear = CanvasRenderingContext2D.prototype.clearRect
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    window.redraws++
    return clear.apply(this, box)
  }
  let stamp = -1
  window.requestAnimationFrame = (callback) => ask((time) => {
    const start = performance.now()
    callback(time)
    const took = performance.now() - start
    if (stamp === time) window.frameTimes[window.frameTimes.length - 1] += took
    else window.frameTimes.push(took)
    stamp = time
  })
})()`

interface Cost {
  /** Milliseconds by the wall, median. */
  readonly frame: number
  /** Milliseconds of the processor, a sample. */
  readonly task: number
  /** Charts drawn anew, a sample. */
  readonly redraws: number
}

async function costOf(page: Page, cdp: CDPSession, tell: () => void): Promise<Cost> {
  const times: number[] = []
  await pause(1500)
  await page.evaluate('void (window.redraws = 0)')
  const before = await taskSeconds(cdp)
  for (let i = 0; i < SAMPLES; i++) {
    await page.evaluate('void (window.frameTimes.length = 0)')
    tell()
    await pause(1000)
    const frames = await page.evaluate<number[]>('window.frameTimes')
    times.push(Math.max(0, ...frames))
  }
  const task = (((await taskSeconds(cdp)) - before) * 1000) / SAMPLES
  const redraws = (await page.evaluate<number>('window.redraws')) / SAMPLES
  times.sort((a, b) => a - b)
  return { frame: times[times.length >> 1] ?? 0, task, redraws }
}

async function taskSeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find((one) => one.name === 'TaskDuration')?.value ?? Number.NaN
}

/** One group of 51 nodes as a session really sees it, once. */
async function takeSlice(): Promise<GroupSlice> {
  const simulator = await startSimulator({ groups: 1, replicas: REPLICAS, sentinels: 3 })
  const session = openSession({
    target: {
      sentinels: simulator.layout.sentinels.map((port) => ({ host: '127.0.0.1', port })),
      nodes: [],
      group: undefined,
    },
    connector: createConnector({ timeoutMs: 2000, node: {}, sentinel: {}, nat: [], clock: systemClock }),
    clock: systemClock,
  })
  try {
    await session.firstPicture()
    await pause(3000)
    const [slice] = [...session.state().groups.values()].map(toGroupSlice)
    if (slice?.links.length !== REPLICAS) throw new Error(`${slice?.links.length} links`)
    return slice
  } finally {
    await session.dispose()
    await simulator.close()
  }
}

function lagOf(replica: number, second: number): number {
  return Math.round(2000 * (1 + Math.sin(second / 90 + replica)) + ((second * 7919 + replica * 104_729) % 9000))
}

function hourOf(slice: GroupSlice): Record<string, SeriesPoint[]> {
  const now = Date.now()
  const series: Record<string, SeriesPoint[]> = {}
  const nodes = slice.nodes.filter((node) => node.kind === 'server')
  nodes.forEach((node, i) => {
    const replica = slice.links.some((link) => link.replica === node.id)
    series[node.id] = Array.from({ length: HOUR_S }, (_, second) => ({
      at: now - (HOUR_S - second) * 1000,
      writeBytesPerSecond: 40_000 + 20_000 * Math.sin(second / 60),
      byteLagLow: replica ? lagOf(i, second) * 0.8 : null,
      byteLagHigh: replica ? lagOf(i, second) : null,
      marginBytes: replica ? 1_000_000 - lagOf(i, second) * 20 : null,
    }))
  })
  return series
}

function nextSlice(slice: GroupSlice, revision: number): GroupSlice {
  const at = new Date().toISOString()
  return {
    ...slice,
    revision,
    takenAt: at,
    nodes: slice.nodes.map((node) => ({ ...node, sampledAt: at })),
    links: slice.links.map((link, i) => ({
      ...link,
      byteLag: { low: lagOf(i, revision) * 0.8, high: lagOf(i, revision) },
    })),
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
