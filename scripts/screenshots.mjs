// npm run screenshots: starts a lab in an interesting state, serves the app, and takes every view in both themes and three
// sizes into .cache/screenshots/VIEW-THEME-WxH.png; those that the documents show are copied to docs/screenshots/.
//   --seconds N  how much history the charts get before the first picture (default 150)
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ensureBuilt } from './build.mjs'
import { bundle } from './bundle.mjs'
import { CACHE, ensureNodeModules, ensureServers, ensureSystemPackages, giveUp, ROOT, say } from './setup.mjs'

const SIZES = [
  [1024, 700],
  [1440, 900],
  [2560, 1440],
]
const THEMES = ['dark', 'light']
const ALL = join(CACHE, 'screenshots')
const SHOWN = join(ROOT, 'docs', 'screenshots')
const isShown = (view, [width]) => width === 1440 || view === 'topology'

const { values: options } = readOptions()
ensureNodeModules()
ensureSystemPackages(['redis-tools', 'chromium'])
const servers = ensureServers()
if (!ensureBuilt()) giveUp('The build failed; its words are above.')
const paths = await bundle('screenshots', {
  lab: 'src-main/lab/lab.ts',
  servers: 'src-main/lab/servers.ts',
  writer: 'src-main/lab/writer.ts',
  chromium: 'test/support/browser/chromium.ts',
  host: 'test/support/browser/serve-host.ts',
})
const [{ startLab }, { findServer }, { startWriter }, { launchChromium }, { startServeHost }] = await Promise.all(
  [paths.lab, paths.servers, paths.writer, paths.chromium, paths.host].map((path) => import(path)),
)
process.exitCode = await main()
process.exit()

async function main() {
  const server = await findServer({ given: servers.redis })
  if (!server.ok) return complain('no redis-server')
  const started = await startLab({
    name: 'screenshots',
    server: server.value,
    replicas: 3,
    chained: 1,
    persistence: 'rdb',
    setNode: { 'replica-2': { 'replica-priority': '90' }, 'replica-1': { appendonly: 'yes' } },
  })
  if (!started.ok) return complain('the lab did not start')
  const lab = started.value
  const [{ group, master, replicas }] = lab.groups
  const sentinels = lab.sentinels.map((node) => node.address)
  const writer = startWriter({ sentinels, group, perSecond: 150, valueBytes: 2000 })
  const slowing = new AbortController()
  let host
  let browser
  let lagging
  try {
    host = await startServeHost(lab.sentinels.flatMap((node) => ['--sentinel', node.id]))
    browser = await launchChromium()
    const seconds = Number(options.seconds)
    say(`Gathering ${seconds} s of history`)
    await pause((seconds / 3) * 1000)
    lagging = slowDown(lab, replicas[1].id, slowing.signal)
    await pause((seconds / 3) * 1000)
    lab.stop(replicas[2])
    await pause((seconds / 3) * 1000)
    rmSync(ALL, { recursive: true, force: true })
    mkdirSync(ALL, { recursive: true })
    mkdirSync(SHOWN, { recursive: true })
    for (const theme of THEMES)
      for (const size of SIZES) await takeAll(browser, host.url, theme, size, { master, selected: replicas[1].id })
    return 0
  } finally {
    slowing.abort()
    await lagging
    await browser?.close()
    await host?.stop()
    await writer.stop()
    await lab.down()
  }
}

/** Lets a replica run only a part of the time: it answers late and is behind. */
async function slowDown(lab, id, signal) {
  while (!signal.aborted) {
    lab.stop(id)
    await pause(650)
    lab.cont(id)
    await pause(120)
  }
}

async function takeAll(browser, url, colorScheme, size, { master, selected }) {
  const [width, height] = size
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const shoot = async (view) => {
    await pause(900)
    const name = `${view}-${colorScheme}-${width}x${height}.png`
    await page.screenshot({ path: join(ALL, name) })
    if (isShown(view, size)) show(name)
    say(name)
  }
  await page.goto(url)
  await page.locator(`[aria-label^="${master.id}, "]`).first().waitFor()
  for (const link of await page.getByRole('navigation', { name: 'Views' }).getByRole('link').all()) {
    const view = (await link.getAttribute('href')).split(/[/?]/).findLast((part, i) => i > 0 && !part.includes('='))
    await link.click()
    // Narrow windows lay the panel over the view.
    if (view === 'replicas' && width < 1100) await page.keyboard.press('d')
    if (view === 'topology') await page.locator(`[aria-label^="${selected}, "]`).click()
    await shoot(view)
  }
  await context.close()
}

/** Into the documents' folder, with 256 colours where pngquant is installed: a third of the size, and nobody sees it. */
function show(name) {
  const args = ['--force', '--strip', '--speed', '1', '--output', join(SHOWN, name), '256', join(ALL, name)]
  if (spawnSync('pngquant', args, { stdio: 'ignore' }).status !== 0) copyFileSync(join(ALL, name), join(SHOWN, name))
}

function readOptions() {
  try {
    return parseArgs({ options: { seconds: { type: 'string', default: '150' } } })
  } catch (error) {
    return giveUp(`${error.message}. npm run screenshots takes --seconds N.`)
  }
}

function complain(line) {
  say(line)
  return 1
}
