import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { card, edge, goToView, themeOf, viewNames, waitUntilDrawn } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { startWriter, type Writer } from '../../src-main/lab/writer.ts'

// The built page in a real browser, over the built browser host, on real servers.

const PATIENCE = { timeout: 30_000 }
const { open, serve } = useBrowser()
let lab: TestLab
let writer: Writer

beforeAll(async () => {
  lab = await withLab({ replicas: 2, chained: 1 })
  writer = startWriter({ sentinels: lab.sentinels.map((node) => node.address), group: lab.group, perSecond: 50 })
})
afterAll(async () => {
  await writer?.stop()
  await lab?.down()
})

const targets = () => lab.sentinels.flatMap((node) => ['--sentinel', node.id])
const [first, second] = [() => lab.replicas[0]!.id, () => lab.replicas[1]!.id]
const chained = () => lab.chained[0]!.id

describe('the page', () => {
  it('opens on the targets of serve and shows every node and link by name', async () => {
    const host = await serve(targets())
    const page = await open(host.url)
    await card(page, lab.master.id, 'master, up, 2 replicas').waitFor(PATIENCE)
    await card(page, first(), 'replica, up, link online, byte lag ').waitFor(PATIENCE)
    await card(page, chained(), `replica, up, chained through ${first()}, link online`).waitFor(PATIENCE)
    await edge(page, second(), lab.master.id, 'byte lag \\d').waitFor(PATIENCE)
    await edge(page, chained(), first(), 'byte lag \\d').waitFor(PATIENCE)
    for (const sentinel of lab.sentinels)
      await card(page, sentinel.id, `Sentinel, up, believes ${lab.master.id} master`).waitFor(PATIENCE)
    await page
      .getByText(`would be lost`)
      .or(page.getByText(/takes over/))
      .first()
      .waitFor(PATIENCE)
    expect(page.url(), 'the token leaves the address bar').not.toContain('token')
  })

  it('connects to what is pasted into the connect screen, from one Sentinel to all', async () => {
    const host = await serve()
    const page = await open(host.url)
    await page.getByLabel('Addresses', { exact: true }).fill(`  ${lab.sentinels[0]!.id} `)
    await page.getByRole('button', { name: 'Test connection' }).click()
    await page.getByRole('region', { name: 'Connection test' }).getByText('What it is').waitFor(PATIENCE)
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await card(page, lab.master.id, 'master').waitFor(PATIENCE)
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await page.getByRole('region', { name: 'Recent' }).getByText(lab.sentinels[0]!.id).first().waitFor(PATIENCE)
  })

  it('moves a password out of a pasted URL, connects with it and never remembers it', async () => {
    const secret = 'pasted-hunter2'
    const guarded = await withLab({ replicas: 1, chained: 0, sentinels: 0, auth: { password: secret } })
    const host = await serve()
    const page = await open(host.url)
    const addresses = page.getByLabel('Addresses', { exact: true })
    await addresses.fill(`redis://default:${secret}@${guarded.master.id}`)
    await page.getByText('The password was moved').waitFor(PATIENCE)
    expect(await addresses.inputValue()).not.toContain(secret)
    expect(await page.locator('#node-password').inputValue()).toBe(secret)
    expect(await page.locator('#node-password').getAttribute('type')).toBe('password')
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await card(page, guarded.master.id, 'master, up, 1 replica').waitFor(PATIENCE)
    const recents = await waitFor(() => readFileSync(join(host.home, 'recents.json'), 'utf8'), { what: 'recents' })
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    const recent = page.getByRole('region', { name: 'Recent' })
    await recent.getByRole('button').filter({ hasText: 'password' }).waitFor(PATIENCE)
    const stored = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')
    expect(recents).toContain(guarded.master.id)
    for (const told of [await page.content(), stored, host.output(), recents]) expect(told).not.toContain(secret)
  })

  it('says what is wrong with an address and keeps what was typed', async () => {
    const host = await serve()
    const page = await open(host.url)
    await page.getByLabel('Addresses', { exact: true }).fill('redis:://nonsense')
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await page.getByRole('alert').waitFor(PATIENCE)
    expect(await page.getByLabel('Addresses', { exact: true }).inputValue()).toBe('redis:://nonsense')
  })

  it('shows the same to two tabs at once, each with its own selection', async () => {
    const host = await serve(targets())
    const one = await open(host.url)
    const two = await open(host.url, { colorScheme: 'light' })
    await card(one, lab.master.id, 'master').click()
    await card(two, second(), 'replica').click()
    await one.getByRole('heading', { name: lab.master.id, exact: true }).waitFor(PATIENCE)
    await two.getByRole('heading', { name: second(), exact: true }).waitFor(PATIENCE)
    expect([await themeOf(one), await themeOf(two)]).toEqual(['dark', 'light'])
  })

  it('follows the system between dark and light until somebody chooses, and remembers the choice', async () => {
    const host = await serve(targets())
    const page = await open(host.url, { colorScheme: 'dark' })
    await card(page, lab.master.id, 'master').waitFor(PATIENCE)
    expect(await themeOf(page)).toBe('dark')
    await page.emulateMedia({ colorScheme: 'light' })
    await waitFor(async () => (await themeOf(page)) === 'light', { what: 'the light theme' })
    await page.getByRole('button', { name: 'Dark theme' }).click()
    await waitFor(async () => (await themeOf(page)) === 'dark', { what: 'the dark theme' })
    await page.reload()
    await card(page, lab.master.id, 'master').waitFor(PATIENCE)
    expect(await themeOf(page)).toBe('dark')
  })

  it('shows every view of a deployment', async () => {
    const host = await serve(targets())
    const page = await open(host.url)
    const views = await viewNames(page)
    expect(views.length).toBeGreaterThanOrEqual(6)
    for (const view of views) {
      await goToView(page, view)
      await waitUntilDrawn(page, view, view === 'Sentinels' ? lab.sentinels[0]!.id : second())
    }
  })
})

describe('when servers fail', () => {
  it('a stopped replica goes stale and the lag of its link grows; set going again, it is well', async () => {
    const host = await serve(targets())
    const page = await open(host.url)
    await edge(page, second(), lab.master.id, 'byte lag').waitFor(PATIENCE)
    lab.stop(second())
    try {
      await card(page, second(), 'replica, (hangs|not reached)').waitFor(PATIENCE)
      // Not known at every moment: of a link that is told of by one end alone no bound may hold.
      const early = await waitFor(knownLag, { what: 'a lag in bytes' })
      await waitFor(async () => ((await knownLag())?.bytes ?? 0) > early.bytes, {
        what: `a lag above ${early.bytes} bytes`,
      })
    } finally {
      lab.cont(second())
    }
    await card(page, second(), 'replica, up, link online').waitFor(PATIENCE)

    async function knownLag(): Promise<{ readonly bytes: number } | undefined> {
      const shown = edge(page, second(), lab.master.id)
      const bytes = bytesIn((await shown.getAttribute('aria-label')) ?? '')
      return Number.isNaN(bytes) ? undefined : { bytes }
    }
  })

  it('a killed master loses the crown to the promoted replica, without a reload', async () => {
    const host = await serve(targets())
    const page = await open(host.url)
    await card(page, lab.master.id, 'master').waitFor(PATIENCE)
    await page.evaluate('void (window.isTheSameDocument = true)')
    await lab.kill(lab.master.id)
    const promoted = await waitFor(
      async () => {
        for (const id of [first(), second(), chained()])
          if ((await card(page, id, 'master, up').count()) === 1) return id
        return undefined
      },
      { what: 'a card of a new master', deadlineMs: 60_000 },
    )
    await card(page, lab.master.id, '.*not reached from here').waitFor(PATIENCE)
    for (const sentinel of lab.sentinels)
      await card(page, sentinel.id, `Sentinel, up, believes ${promoted} master`).waitFor(PATIENCE)
    await card(page, promoted, 'master, up').locator('svg.crown').waitFor(PATIENCE)
    expect(await page.evaluate('window.isTheSameDocument')).toBe(true)
  })
})

describe('when the host is started again', () => {
  const LOST = /WebSocket connection/
  const TOKEN = 'a-token-of-the-story-0123456789'

  it('with the token of --token-env on its port, the page goes on by itself', async () => {
    const one = await serve(['--token-env', 'T', ...targets()], { env: { T: TOKEN } })
    const page = await open(one.url, { ordinary: LOST })
    await card(page, chained(), '').waitFor(PATIENCE)
    await page.evaluate('void (window.isTheSameDocument = true)')
    await one.stop()
    await page.getByText('The line to the host is lost.').waitFor(PATIENCE)
    await serve(['--port', String(one.port), '--token-env', 'T', ...targets()], { env: { T: TOKEN } })
    await page.getByText('The line to the host is lost.').waitFor({ state: 'detached', ...PATIENCE })
    // Not only connected but live: what happens now is shown.
    lab.stop(chained())
    try {
      await card(page, chained(), 'replica, (hangs|not reached)').waitFor(PATIENCE)
    } finally {
      lab.cont(chained())
    }
    await card(page, chained(), 'replica, up').waitFor(PATIENCE)
    expect(await page.evaluate('window.isTheSameDocument')).toBe(true)
  })

  it('with a new token, the page says what to open', async () => {
    const one = await serve(targets())
    const page = await open(one.url, { ordinary: LOST })
    await card(page, chained(), '').waitFor(PATIENCE)
    await one.stop()
    const two = await serve(['--port', String(one.port), ...targets()])
    const alert = page.getByRole('alert').filter({ hasText: 'started again' })
    await alert.waitFor(PATIENCE)
    expect(await alert.innerText()).toMatch(/repliscope serve|address|URL/i)
    await page.goto('about:blank')
    await page.goto(two.url)
    await card(page, chained(), '').waitFor(PATIENCE)
  })
})

/** The upper bound of the bytes that an edge's name tells. */
function bytesIn(name: string): number {
  const units: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2 }
  const lag = /byte lag ([^,]*(?:,\d{3}[^,]*)*)/.exec(name)?.[1] ?? ''
  const [, number = '', unit = ''] = /([\d.,]+)\s*([KM]?B)\s*$/.exec(lag) ?? []
  return Number(number.replaceAll(',', '')) * (units[unit] ?? Number.NaN)
}
