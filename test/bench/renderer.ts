import { readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, CDPSession, Page } from 'playwright-core'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { toGroupSlice } from '../../src-main/contract/to-inspect.ts'
import { RULES } from '../../src-main/domain/findings/catalogue.ts'
import { createJudge } from '../../src-main/domain/findings/create-judge.ts'
import { DEFAULT_THRESHOLDS } from '../../src-main/domain/findings/thresholds.ts'
import { openSession } from '../../src-main/monitor/open-session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { createConnector } from '../../src-main/redis/connector.ts'
import { launchChromium } from '../support/browser/chromium.ts'
import { ROOT } from '../support/browser/root.ts'
import { startStagedHost, type StagedHost } from '../support/browser/staged-host.ts'
import { startSimulator } from '../support/simulator.ts'
import type { BenchTable } from './bench-table.ts'

const GROUPS = 100
const OPENED = 30
const PATCHES = 60
const EVERY_MS = 250
const PAN_MS = 5000
const isLong = process.env['REPLISCOPE_LONG'] === '1'
const HEAP_MS = isLong ? 600_000 : 90_000

/** What the page costs: 300 of 1,000 nodes drawn, four patches a second, beside bare DOM writes; panning; size; memory. */
export async function run(): Promise<BenchTable> {
  const slices = await takeSlices()
  const host = await startStagedHost(slices)
  const browser = await launchChromium(['--js-flags=--expose-gc'])
  const load = loadavg()[0] ?? 0
  try {
    const page = await openGroups(browser, host)
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable')
    const stage = new Stage(slices.slice(0, OPENED))
    const drawn = await page.locator('.card[data-canvas-id]').count()
    await patches(page, cdp, host, () => stage.change(25), 30)
    const few = await patches(page, cdp, host, () => stage.change(25), PATCHES)
    const one = await patches(page, cdp, host, () => stage.change(1), PATCHES)
    const all = await patches(page, cdp, host, () => stage.change(300), PATCHES)
    const writes = await mutationsOf(page, host, () => stage.change(300))
    const bare = await bareDom(page, host.url)
    const still = await frames(page, async () => await pause(PAN_MS))
    const panning = await frames(page, () => pan(page))
    const busy = await frames(page, async () => {
      const timer = setInterval(() => host.tell(stage.change(25)), EVERY_MS)
      await pan(page)
      clearInterval(timer)
    })
    const heap = await heapOver(page, cdp, host, () => stage.change(25))
    const size = bundleSize()
    const ms = (value: number) => Math.round(value * 100) / 100
    return {
      title: 'Renderer',
      command: 'npm run bench -- renderer',
      columns: ['what', 'figure', 'target'],
      rows: [
        ['cards drawn, of 1,000 nodes in 100 groups', drawn, '300'],
        ['script a patch, 1 card changed: median / p95 ms', `${ms(one.script)} / ${ms(one.scriptP95)}`, ''],
        ['script a patch, 25 cards changed: median / p95 ms', `${ms(few.script)} / ${ms(few.scriptP95)}`, '4'],
        ['script a patch, 300 cards changed: median / p95 ms', `${ms(all.script)} / ${ms(all.scriptP95)}`, ''],
        ['main thread a patch in all, 25 cards: ms', ms(few.task), ''],
        ['main thread a patch in all, 300 cards: ms', ms(all.task), ''],
        ['patches that came one by one, 25 / 300 cards', `${few.arrived} / ${all.arrived}`, ''],
        [
          `bare DOM: the same ${bare.texts} texts and ${bare.names} names written, main thread in all: ms`,
          ms(bare.task),
          '',
        ],
        ['300 cards against bare DOM, main thread in all', ms(all.task / bare.task), '2'],
        ['standing still: frames a second / longest gap ms', describeFrames(still), ''],
        ['panning: frames a second / longest gap ms', describeFrames(panning), 'none dropped'],
        ['panning with 25 cards changed 4 times a second', describeFrames(busy), 'none dropped'],
        [
          `heap after collection, start -> end of ${HEAP_MS / 60_000} min at 4 patches/s: MiB`,
          `${ms(heap.start)} -> ${ms(heap.end)}`,
          'flat',
        ],
        ['heap, slope of the second half: KiB a minute', Math.round(heap.slope), '0'],
        ['page without fonts, gzip: KB', Math.round(size.gzip / 1000), '700'],
        ['fonts (woff2): KB', Math.round(size.fonts / 1000), ''],
      ],
      notes: [
        `Headless Chromium without a graphics card: everything is rasterised in software on this machine's cores, which the browser shares with this benchmark. Load average at the start ${load.toFixed(1)}.`,
        'Real host, wire and page; the slices were read once from simulated nodes, then changed here: keys, memory, write rate and lag of each changed node, whole groups sent.',
        'Script: from the WebSocket message until the microtasks behind it are done (parse, check, stores, Vue), taken in the page. Main thread in all: TaskDuration of the DevTools protocol over the run by patches, less the same page left alone. Where the page is slower than four patches a second the host gathers them: newest state only.',
        `Bare DOM: texts and names alone; the page writes ${writes.others} further attributes (widths of lines and labels, classes). The same document copied as markup with its style sheets and no script, the counted writes done by hand in one task, in the very elements that the page writes to.`,
        'Frames: requestAnimationFrame stamps while the mouse drags the canvas; a gap above 25 ms is a dropped frame.',
        `Heap: JSHeapUsedSize after a forced collection.${isLong ? '' : ' REPLISCOPE_LONG=1 runs 10 minutes; this run was shorter.'}`,
      ],
    }
  } finally {
    await browser.close()
    await host.stop()
  }
}

/** 100 groups as a session really sees them, once. */
async function takeSlices(): Promise<readonly GroupSlice[]> {
  const simulator = await startSimulator({ groups: GROUPS, replicas: 9, sentinels: 3 })
  const session = openSession({
    target: {
      sentinels: simulator.layout.sentinels.map((port) => ({ host: '127.0.0.1', port })),
      nodes: [],
      group: undefined,
    },
    connector: createConnector({ timeoutMs: 2000, node: {}, sentinel: {}, nat: [], clock: systemClock }),
    clock: systemClock,
    judge: createJudge(RULES, { thresholds: DEFAULT_THRESHOLDS, environment: 'production' }),
  })
  try {
    await session.firstPicture()
    await pause(6000)
    const slices = [...session.state().groups.values()].map(toGroupSlice)
    const nodes = slices.reduce((sum, slice) => sum + slice.nodes.filter((node) => node.kind === 'server').length, 0)
    if (nodes !== GROUPS * 10) throw new Error(`${nodes} nodes`)
    return slices.sort((a, b) => a.group.name.localeCompare(b.group.name))
  } finally {
    await session.dispose()
    await simulator.close()
  }
}

/** Makes the next state of the opened groups: the values that a sample changes, of as many nodes as asked for. */
class Stage {
  private readonly slices: GroupSlice[]
  private turn = 0
  constructor(slices: readonly GroupSlice[]) {
    this.slices = [...slices]
  }
  change(count: number): readonly GroupSlice[] {
    this.turn += 1
    const changed: GroupSlice[] = []
    for (let g = 0, left = count; left > 0 && g < this.slices.length; g++) {
      const slice = this.slices[g]
      if (slice === undefined) break
      const servers = slice.nodes.filter((node) => node.kind === 'server').slice(0, left)
      left -= servers.length
      const next = this.next(slice, new Set(servers.map((node) => node.id)))
      this.slices[g] = next
      changed.push(next)
    }
    return changed
  }
  private next(slice: GroupSlice, ids: ReadonlySet<string>): GroupSlice {
    const at = new Date().toISOString()
    const step = 1 + (this.turn % 7)
    return {
      ...slice,
      revision: slice.revision + 1,
      takenAt: at,
      nodes: slice.nodes.map((node, i) =>
        !ids.has(node.id)
          ? node
          : {
              ...node,
              sampledAt: at,
              keys: 1000 + this.turn * 10 + i,
              memory: node.memory && { ...node.memory, usedBytes: (step * 7 + i) * 100_000 },
              replication: node.replication && {
                ...node.replication,
                writeBytesPerSecond: 10_000 + step * 1000 + i * 10,
              },
            },
      ),
      links: slice.links.map((link, i) =>
        !ids.has(link.replica)
          ? link
          : { ...link, byteLag: { low: step * 200, high: step * 300 + i * 10 }, upstreamByteLag: null },
      ),
    }
  }
}

/** Stamps every patch in the page: from the message until the microtasks behind it are done. */
const STAMP = `(() => {
  const add = WebSocket.prototype.addEventListener
  window.patchTimes = []
  WebSocket.prototype.addEventListener = function (type, listener, options) {
    if (type !== 'message') return add.call(this, type, listener, options)
    return add.call(this, type, (event) => {
      if (!event.data.includes('deployment/changed')) return listener.call(this, event)
      const start = performance.now()
      listener.call(this, event)
      let hops = 0
      const settle = () => {
        if (hops++ < 20) queueMicrotask(settle)
        else window.patchTimes.push(performance.now() - start)
      }
      queueMicrotask(settle)
    }, options)
  }
})()`

async function openGroups(browser: Browser, host: StagedHost): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 2560, height: 1440 }, colorScheme: 'dark' })
  await context.addInitScript(STAMP)
  const page = await context.newPage()
  await page.goto(host.url)
  await page
    .locator('[aria-label$="collapsed"]')
    .nth(GROUPS - 1)
    .waitFor({ state: 'attached' })
  for (let i = 1; i <= OPENED; i++) {
    const name = `group-${String(i).padStart(4, '0')}`
    await page.evaluate(
      `document.querySelector('[aria-label*="${name}"][aria-label$="collapsed"]')?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))`,
    )
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
    if (i % 10 === 0) await page.getByRole('button', { name: 'Fit everything' }).click()
  }
  await page.getByRole('button', { name: 'Fit everything' }).click()
  await page
    .locator('.card[data-canvas-id]')
    .nth(OPENED * 10 - 1)
    .waitFor({ state: 'attached' })
  await pause(1500)
  return page
}

/** Sends patches at four a second; medians of their script time, and the whole main thread's share of each. */
async function patches(
  page: Page,
  cdp: CDPSession,
  host: StagedHost,
  next: () => readonly GroupSlice[],
  count: number,
): Promise<{ readonly script: number; readonly scriptP95: number; readonly task: number; readonly arrived: string }> {
  await page.evaluate('void (window.patchTimes.length = 0)')
  const idle = await taskMs(cdp, () => pause(count * EVERY_MS))
  const busy = await taskMs(cdp, async () => {
    for (let i = 0; i < count; i++) {
      host.tell(next())
      await pause(EVERY_MS)
    }
  })
  const times = (await page.evaluate<number[]>('window.patchTimes')).sort((a, b) => a - b)
  return {
    script: times[times.length >> 1] ?? Number.NaN,
    scriptP95: times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN,
    task: (busy - idle) / times.length,
    arrived: `${times.length} of ${count}`,
  }
}

async function taskMs(cdp: CDPSession, work: () => Promise<unknown>): Promise<number> {
  const before = await metric(cdp, 'TaskDuration')
  await work()
  return ((await metric(cdp, 'TaskDuration')) - before) * 1000
}

async function metric(cdp: CDPSession, name: string): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN
}

interface Writes {
  readonly texts: number
  readonly names: number
  readonly others: number
}

/** What one patch writes into the document; the elements written to are marked, for `bareDom` to write to the very same. */
async function mutationsOf(page: Page, host: StagedHost, next: () => readonly GroupSlice[]): Promise<Writes> {
  // What the host still gathers for a slow page must not be counted with it.
  await pause(4000)
  await page.evaluate(`(() => {
    window.writes = { texts: 0, names: 0, others: 0 }
    window.written = new Set()
    window.named = new Set()
    window.watcher = new MutationObserver((records) => {
      for (const record of records) {
        if (!record.target.parentElement?.closest('[data-canvas-id]') && !record.target.closest?.('[data-canvas-id]')) continue
        if (record.type === 'characterData') {
          window.writes.texts++
          window.written.add(record.target.parentElement)
        } else if (record.type === 'childList') {
          window.writes.texts += record.addedNodes.length
          window.written.add(record.target)
        } else if (record.attributeName === 'aria-label') {
          window.writes.names++
          window.named.add(record.target)
        } else window.writes.others++
      }
    })
    window.watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
  })()`)
  host.tell(next())
  await pause(1000)
  return page.evaluate<Writes>(`(() => {
    window.watcher.disconnect()
    for (const it of window.written) it.dataset.written = ''
    for (const it of window.named) it.dataset.named = ''
    return window.writes
  })()`)
}

/** The same document without any script, and the texts and names that a patch wrote written by hand, in their places. */
async function bareDom(
  page: Page,
  url: string,
): Promise<{ readonly task: number; readonly texts: number; readonly names: number }> {
  const copy = await page.evaluate<{ styles: string[]; theme: string; density: string; body: string }>(`({
    styles: [...document.querySelectorAll('link[rel=stylesheet]')].map((link) => link.href),
    theme: document.documentElement.dataset.theme,
    density: document.documentElement.dataset.density,
    body: document.body.innerHTML,
  })`)
  await page.evaluate(`document.querySelectorAll('[data-written], [data-named]').forEach((it) => {
    delete it.dataset.written
    delete it.dataset.named
  })`)
  const context = await page
    .context()
    .browser()
    ?.newContext({ viewport: { width: 2560, height: 1440 }, colorScheme: 'dark' })
  if (context === undefined) throw new Error('no browser')
  const bare = await context.newPage()
  await bare.route('**/*.js', (route) => route.abort())
  await bare.goto(new URL(url).origin)
  const places = await bare.evaluate<{ readonly texts: number; readonly names: number }>(`((copy) => {
    Object.assign(document.documentElement.dataset, { theme: copy.theme, density: copy.density })
    for (const href of copy.styles) document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href }))
    document.body.innerHTML = copy.body
    // Styles set by script are not in the policy's way, those of markup are.
    for (const it of document.querySelectorAll('[style]')) it.style.cssText = it.getAttribute('style')
    const texts = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) if (walker.currentNode.parentElement.matches('[data-written]')) texts.push(walker.currentNode)
    const named = [...document.querySelectorAll('[data-named]')]
    window.write = (turn) => {
      for (const [i, text] of texts.entries()) text.data = text.data.replace(/[0-9]$|.$/, String((turn + i) % 10))
      for (const it of named) {
        it.setAttribute('aria-label', it.getAttribute('aria-label') + (turn % 10))
      }
    }
    return { texts: texts.length, names: named.length }
  })(${JSON.stringify(copy)})`)
  await pause(2000)
  const cdp = await context.newCDPSession(bare)
  await cdp.send('Performance.enable')
  const idle = await taskMs(cdp, () => pause(PATCHES * EVERY_MS))
  await bare.evaluate(`void (() => {
    let turn = 0
    const timer = setInterval(() => {
      window.write(turn++)
      if (turn === ${PATCHES}) clearInterval(timer)
    }, ${EVERY_MS})
  })()`)
  const busy = await taskMs(cdp, () => pause((PATCHES + 2) * EVERY_MS))
  await context.close()
  return { task: (busy - idle) / PATCHES, ...places }
}

async function frames(page: Page, during: () => Promise<unknown>): Promise<readonly number[]> {
  await page.evaluate(`void (() => {
    window.frames_ = []
    const stamp = (at) => { window.frames_.push(at); window.frameId = requestAnimationFrame(stamp) }
    window.frameId = requestAnimationFrame(stamp)
  })()`)
  await during()
  const stamps = await page.evaluate<number[]>('(cancelAnimationFrame(window.frameId), window.frames_)')
  return stamps.slice(1).map((at, i) => at - (stamps[i] ?? at))
}

async function pan(page: Page): Promise<void> {
  const until = performance.now() + PAN_MS
  await page.mouse.move(1100, 1180)
  await page.mouse.down()
  for (let i = 0; performance.now() < until; i++) {
    await page.mouse.move(1100 + 400 * Math.sin(i / 25), 1180 - 250 * Math.abs(Math.sin(i / 40)))
    await pause(8)
  }
  // Back where it was: what is out of view is not drawn, and the next measurement is of the same picture.
  await page.mouse.move(1100, 1180)
  await page.mouse.up()
}

function describeFrames(gaps: readonly number[]): string {
  const sum = gaps.reduce((total, gap) => total + gap, 0)
  const dropped = gaps.filter((gap) => gap > 25).length
  return `${Math.round((gaps.length / sum) * 1000)} / ${Math.round(Math.max(...gaps))}, ${dropped} of ${gaps.length} late`
}

async function heapOver(page: Page, cdp: CDPSession, host: StagedHost, next: () => readonly GroupSlice[]) {
  const points: { readonly at: number; readonly mib: number }[] = []
  const from = performance.now()
  const timer = setInterval(() => host.tell(next()), EVERY_MS)
  while (performance.now() - from < HEAP_MS) {
    await pause(HEAP_MS / 12)
    await page.evaluate('void gc()')
    await cdp.send('HeapProfiler.collectGarbage')
    points.push({ at: performance.now() - from, mib: (await metric(cdp, 'JSHeapUsedSize')) / 2 ** 20 })
  }
  clearInterval(timer)
  const late = points.slice(points.length >> 1)
  const meanAt = late.reduce((sum, one) => sum + one.at, 0) / late.length
  const meanMib = late.reduce((sum, one) => sum + one.mib, 0) / late.length
  const top = late.reduce((sum, one) => sum + (one.at - meanAt) * (one.mib - meanMib), 0)
  const bottom = late.reduce((sum, one) => sum + (one.at - meanAt) ** 2, 0)
  return { start: points[0]?.mib ?? NaN, end: points.at(-1)?.mib ?? NaN, slope: (top / bottom) * 60_000 * 1024 }
}

/** Everything that the page may load, each file packed by itself as a server would send it. */
function bundleSize(): { readonly gzip: number; readonly fonts: number } {
  const folder = join(ROOT, 'out', 'renderer')
  let gzip = 0
  let fonts = 0
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const bytes = readFileSync(join(file.parentPath, file.name))
    if (file.name.endsWith('.woff2')) fonts += bytes.length
    else gzip += gzipSync(bytes, { level: 9 }).length
  }
  return { gzip, fonts }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
