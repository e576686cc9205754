// npm run screenshots: starts a lab in an interesting state, serves the app, and takes every view in both themes and three
// sizes into .cache/screenshots/VIEW-THEME-WxH.png; those that the documents show are copied to docs/screenshots/.
//   --seconds N  how much history the charts get before the first picture (default 150)
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
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
/** Loses acknowledged writes, and is over in a quarter of a minute. */
const SHOWN_DRILL = 'primary-crash-lagging-replica'
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
    await takeRehearsals(browser, server.value.path)
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

async function openPage(browser, url, colorScheme, size) {
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
  return { page, shoot, close: () => context.close() }
}

async function takeAll(browser, url, colorScheme, size, { master, selected }) {
  const [width] = size
  const { page, shoot, close } = await openPage(browser, url, colorScheme, size)
  await page.locator(`[aria-label^="${master.id}, "]`).first().waitFor()
  for (const link of await page.getByRole('navigation', { name: 'Views' }).getByRole('link').all()) {
    const view = (await link.getAttribute('href')).split(/[/?]/).findLast((part, i) => i > 0 && !part.includes('='))
    await link.click()
    // Narrow windows lay the panel over the view.
    if (view === 'replicas' && width < 1100) await page.keyboard.press('d')
    if (view === 'topology') await page.locator(`[aria-label^="${selected}, "]`).click()
    await shoot(view)
  }
  await close()
}

/** The gallery, a drill while it runs and its result, and the faults of a practice lab, by a host of its own. */
async function takeRehearsals(browser, server) {
  // Labs of others on this machine are out of sight.
  const folder = mkdtempSync(join(tmpdir(), 'repliscope-screenshots-'))
  const path = `${dirname(server)}${delimiter}${process.env.PATH ?? ''}`
  const host = await startServeHost([], { env: { PATH: path, TMPDIR: folder } })
  try {
    let lab
    for (const theme of THEMES)
      for (const size of SIZES) {
        const { page, shoot, close } = await openPage(browser, host.url, theme, size)
        await page.getByRole('heading', { name: 'Connect', level: 1 }).waitFor()
        lab ??= await startPracticeLab(page)
        await takeFaults(page, shoot, lab)
        await takeDrill(page, shoot)
        await close()
      }
  } finally {
    await host.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where its picture is found on the page's path. */
async function startPracticeLab(page) {
  await page.getByRole('button', { name: 'Start a practice lab' }).click()
  await page
    .getByRole('group', { name: /, replica, up, link online/ })
    .first()
    .waitFor({ timeout: 60_000 })
  return page.evaluate('location.hash')
}

async function takeFaults(page, shoot, lab) {
  await page.evaluate(`location.hash = ${JSON.stringify(lab)}`)
  const bar = page.getByRole('region', { name: 'Faults in force' })
  const replica = page.getByRole('group', { name: /^\S+, replica, up, link online/ }).first()
  await replica.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Break on purpose…' }).click()
  await page.getByRole('menuitem', { name: 'Freeze' }).click()
  const frozen = page.getByRole('group', { name: /fault in force: frozen$/ })
  await frozen.waitFor()
  await frozen.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Break on purpose…' }).click()
  await shoot('faults')
  await page.keyboard.press('Escape')
  await bar.getByRole('button', { name: /^Heal: / }).click()
  await bar.getByText('No fault in force').waitFor()
}

async function takeDrill(page, shoot) {
  const patience = { timeout: 120_000 }
  await page.getByRole('link', { name: 'Drills', exact: true }).first().click()
  const drill = page.getByRole('article').filter({ hasText: SHOWN_DRILL })
  await drill.waitFor()
  await shoot('drills')
  await drill.getByRole('button', { name: 'Start' }).first().click()
  await page.getByRole('list', { name: 'What happened' }).getByText('kill').first().waitFor(patience)
  await shoot('drill-running')
  await page.getByText(/The forecast was right in/).waitFor(patience)
  await shoot('drill-result')
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
