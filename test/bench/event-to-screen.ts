import type { Browser, Page } from 'playwright-core'
import { startLab, type Lab, type LabNode } from '../../src-main/lab/lab.ts'
import { findServer } from '../../src-main/lab/servers.ts'
import { launchChromium } from '../support/browser/chromium.ts'
import { whenPainted } from '../support/browser/painted.ts'
import { startServeHost } from '../support/browser/serve-host.ts'
import { startSimulator } from '../support/simulator.ts'
import type { BenchTable } from './bench-table.ts'

const FAILOVERS = 40
const KILLS = 20
const HANGS = 6
const OPENINGS = 11
const TIMEOUT_MS = 1000

const now = () => performance.timeOrigin + performance.now()

/** From the world to the screen: an event, a death, a silence, and the page's first picture, each until it is painted. */
export async function run(): Promise<BenchTable> {
  const browser = await launchChromium()
  try {
    const events = await failovers(browser)
    const real = await onRealServers(browser)
    return {
      title: 'Event to screen',
      command: 'npm run bench -- event-to-screen',
      columns: ['what', 'median ms', 'p95 ms', 'max ms', 'times', 'target'],
      rows: [
        row('+switch-master published -> the new crown painted', events, 'p95 100'),
        row('kill -9 of a real replica -> painted as not reached', real.kills, 'p95 200'),
        row(`SIGSTOP of a real replica -> painted as hung (time-out ${TIMEOUT_MS} ms)`, real.hangs, 'time-out + 200'),
        row('page opened -> nine processes and five links drawn', real.openings, '1500'),
        row('serve started -> the same', real.starts, ''),
      ],
      notes: [
        'Painted: the first task after the frame that holds the change, in headless Chromium, which draws in software here. Page and servers share the machine and its clock.',
        'The event is counted from the order to the simulator (one master, three replicas, three Sentinels), which publishes within a millisecond; moments are spread over the sampling interval.',
        'A silence shows when the next command to the node is not answered in time: up to one interval (1 s) passes before there is one, so it is reported as it is.',
        'Each opening is a fresh profile: nothing cached. Host and page are the built ones.',
      ],
    }
  } finally {
    await browser.close()
  }
}

async function failovers(browser: Browser): Promise<readonly number[]> {
  const simulator = await startSimulator({ groups: 1, replicas: 3, sentinels: 3 })
  const host = await startServeHost(['--sentinel', `127.0.0.1:${simulator.layout.sentinels[0]}`])
  try {
    const page = await open(browser, host.url)
    await whenPainted(page, /^\S+, (master|replica), up/, 4)
    await pause(3000)
    const times: number[] = []
    for (let i = 0; i < FAILOVERS; i++) {
      const [group] = simulator.layout.groups
      if (group === undefined) throw new Error('no group')
      const before = await masterOf(page)
      const painted = whenPainted(page, new RegExp(`^(?!${before},)\\S+, master, up, 3 replicas`))
      await pause(1200 + ((i * 137) % 1000))
      const from = now()
      await simulator.order({ failover: group.name })
      times.push((await painted) - from)
    }
    return times
  } finally {
    await host.stop()
    await simulator.close()
  }
}

function masterOf(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[...document.querySelectorAll('[data-canvas-id]')].map((it) => it.getAttribute('aria-label') ?? '').find((name) => /^\\S+, master, up/.test(name))?.split(',')[0] ?? ''`,
  )
}

async function onRealServers(browser: Browser) {
  const binary = await findServer({ given: process.env['REPLISCOPE_REDIS'], flavour: 'redis' })
  if (!binary.ok) throw new Error('no redis-server')
  // Sentinels that wait for long: nothing but the node itself is to tell.
  const started = await startLab({ server: binary.value, replicas: 4, chained: 1, downAfterMs: 30_000 })
  if (!started.ok) throw new Error('no lab')
  const lab = started.value
  const targets = [...lab.sentinels.flatMap((node) => ['--sentinel', node.id]), '--timeout', String(TIMEOUT_MS)]
  const node = lab.groups[0]?.replicas[3]
  if (node === undefined) throw new Error('no replica')
  const whole = /^\S+, (master, up|replica, up, .*byte lag \d|Sentinel, up)|^\S+ from \S+, byte lag \d/
  try {
    const starts: number[] = []
    for (let i = 0; i < 5; i++) {
      const from = now()
      const host = await startServeHost(targets)
      starts.push((await drawn(browser, host.url, whole)).painted - from)
      await host.stop()
    }
    const host = await startServeHost(targets)
    try {
      await pause(3000)
      const openings: number[] = []
      for (let i = 0; i < OPENINGS; i++) openings.push((await drawn(browser, host.url, whole)).ms)
      const page = await open(browser, host.url)
      await whenPainted(page, whole, 14)
      return {
        starts,
        openings,
        kills: await repeat(
          KILLS,
          page,
          lab,
          node,
          /not reached from here/,
          () => void process.kill(node.pid, 'SIGKILL'),
        ),
        hangs: await repeat(HANGS, page, lab, node, /hangs/, () => lab.stop(node)),
      }
    } finally {
      await host.stop()
    }
  } finally {
    await lab.down()
  }
}

/** Does it to the node, waits for the picture, makes the node well again. */
async function repeat(
  times: number,
  page: Page,
  lab: Lab,
  node: LabNode,
  words: RegExp,
  strike: () => void,
): Promise<readonly number[]> {
  const taken: number[] = []
  const id = node.id.replaceAll('.', '\\.')
  for (let i = 0; i < times; i++) {
    await whenPainted(page, new RegExp(`^${id}, replica, up, link online`))
    await pause(400 + ((i * 171) % 1000))
    const painted = whenPainted(page, new RegExp(`^${id}, .*${words.source}`))
    // The page has the question before the node has the trouble.
    await page.evaluate('0')
    const from = now()
    strike()
    taken.push((await painted) - from)
    lab.cont(node)
    await lab.restart(node)
  }
  return taken
}

async function drawn(browser: Browser, url: string, whole: RegExp) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const from = now()
  await page.goto(url, { waitUntil: 'commit' })
  const painted = await whenPainted(page, whole, 14)
  await context.close()
  return { painted, ms: painted - from }
}

async function open(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(url)
  return page
}

function row(what: string, times: readonly number[], target: string): readonly (string | number)[] {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? NaN)
  return [what, at(0.5), at(0.95), at(1), times.length, target]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
