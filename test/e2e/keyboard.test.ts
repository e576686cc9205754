import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { card, themeOf } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'

// Everything without a mouse.

const PATIENCE = { timeout: 30_000 }
const { open, serve } = useBrowser()
let lab: TestLab

beforeAll(async () => {
  lab = await withLab({ replicas: 2, chained: 1 })
})
afterAll(() => lab?.down())

const targets = () => lab.sentinels.flatMap((node) => ['--sentinel', node.id])

async function openTopology(): Promise<Page> {
  const page = await open((await serve(targets())).url)
  await card(page, lab.chained[0]!.id, 'replica, up').waitFor(PATIENCE)
  return page
}

/** The accessible name of what has the focus, or its text. */
const focused = (page: Page) =>
  page.evaluate<string>(
    "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()",
  )

/** Waits until the focus is where its name says; answers with that name. A key is answered a frame later. */
const focusAt = (page: Page, what: string, isThere: (name: string) => boolean) =>
  waitFor(
    async () => {
      const name = await focused(page)
      return isThere(name) ? name : undefined
    },
    { what: `the focus on ${what}` },
  )

/** Presses an arrow and answers with the replica whose card has the focus then. */
async function toReplica(page: Page): Promise<string> {
  await page.keyboard.press('ArrowRight')
  const name = await focusAt(page, 'a replica', (one) =>
    lab.replicas.some(({ id }) => one.startsWith(`${id}, replica`)),
  )
  return name.split(',')[0] ?? ''
}

/** Presses Tab until the focus is where `isThere` says; fails after a whole round. */
async function tabTo(page: Page, what: string, isThere: (name: string) => boolean): Promise<void> {
  const seen: string[] = []
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab')
    const name = await focused(page)
    if (isThere(name)) return
    seen.push(name.slice(0, 40))
  }
  throw new Error(`Tab never came to ${what}: ${seen.join(' | ')}`)
}

/** What is typed before its field has the focus would be keys of the page. */
async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await focusAt(page, 'the field of the palette', (name) => /^Search nodes/.test(name))
}

describe('by keyboard alone', () => {
  it('one connects, walks to a replica, opens its facts and copies its address', async () => {
    const host = await serve()
    const page = await open(host.url, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByLabel('Addresses', { exact: true }).waitFor(PATIENCE)
    await waitFor(() => page.evaluate<boolean>("document.activeElement.id === 'addresses'"), {
      what: 'the focus in the address field',
    })
    await page.keyboard.type(lab.sentinels[0]!.id)
    await page.keyboard.press('Enter')
    await card(page, lab.chained[0]!.id, 'replica, up').waitFor(PATIENCE)

    await tabTo(page, 'a card', (name) => name.startsWith(`${lab.master.id}, master`))
    const replica = await toReplica(page)
    await page.keyboard.press('Enter')
    await focusAt(page, 'the heading of the details', (name) => name === replica)
    await page.keyboard.press('Tab')
    await focusAt(page, 'what follows the heading', (name) => name === 'Copy address')
    await page.keyboard.press('Enter')
    await waitFor(async () => (await page.evaluate('navigator.clipboard.readText()')) === replica, {
      what: 'the address on the clipboard',
    })
    await page.keyboard.press('Escape')
    await focusAt(page, 'the card again', (name) => name.startsWith(`${replica}, replica`))
  })

  it('L goes from a replica to its link, whose name says from whom and how far behind', async () => {
    const page = await openTopology()
    await tabTo(page, 'a card', (name) => name.startsWith(`${lab.master.id}, master`))
    const replica = await toReplica(page)
    await page.keyboard.press('l')
    await focusAt(page, 'its link', (name) => name.startsWith(`${replica} from ${lab.master.id}, byte lag `))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: `${replica} from ${lab.master.id}` }).waitFor(PATIENCE)
  })

  it('what has the focus can be seen to have it', async () => {
    const page = await openTopology()
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab')
      const ring = await page.evaluate<string>(`(() => {
        const it = document.activeElement
        if (it === document.body) return 'body'
        const style = getComputedStyle(it)
        const isRinged = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
        return isRinged || style.boxShadow !== 'none' ? 'ringed' : 'no ring: ' + it.outerHTML.slice(0, 120)
      })()`)
      expect(['ringed', 'body']).toContain(ring)
    }
  })

  it('the palette leads to views and nodes', async () => {
    const page = await openTopology()
    await openPalette(page)
    await page.keyboard.type('backlog')
    await page.keyboard.press('Enter')
    await page.getByRole('main', { name: 'Backlog' }).waitFor(PATIENCE)
    await openPalette(page)
    await page.keyboard.type(lab.replicas[1]!.id)
    await page.keyboard.press('Enter')
    await page.getByRole('main', { name: 'Topology' }).waitFor(PATIENCE)
    await page.getByRole('heading', { name: lab.replicas[1]!.id, exact: true }).waitFor(PATIENCE)
    await focusAt(page, 'the card of the node', (name) => name.startsWith(`${lab.replicas[1]!.id}, replica`))
  })

  it('Escape closes the palette and gives the focus back', async () => {
    const page = await openTopology()
    await tabTo(page, 'a card', (name) => name.startsWith(`${lab.master.id}, master`))
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Command palette' }).waitFor(PATIENCE)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached', ...PATIENCE })
    await focusAt(page, 'the card again', (name) => name.startsWith(`${lab.master.id}, master`))
  })

  it('? lists the keys, and those listed for views work', async () => {
    const page = await openTopology()
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys' })
    await help.getByText('command palette').waitFor(PATIENCE)
    const keys = await help.getByText(/^G [A-Z]$/).allInnerTexts()
    expect(keys.length).toBeGreaterThanOrEqual(7)
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached', ...PATIENCE })
    const names = new Set(['Topology'])
    // Connect last: its field takes the letters.
    for (const key of keys.filter((one) => one !== 'G T').sort((a, b) => Number(a === 'G C') - Number(b === 'G C'))) {
      for (const letter of key.split(' ')) await page.keyboard.press(letter.toLowerCase())
      const name = await waitFor(
        async () => {
          const now = await page.getByRole('main').getAttribute('aria-label')
          return now !== null && !names.has(now) ? now : undefined
        },
        { what: `the view of ${key}` },
      )
      names.add(name)
    }
    expect(names).toContain('Connect')
  })

  it('T switches the theme, D the details, [ and ] do nothing with one group', async () => {
    const page = await openTopology()
    const before = await themeOf(page)
    await page.keyboard.press('t')
    await waitFor(async () => (await themeOf(page)) !== before, { what: 'the other theme' })
    await page.keyboard.press('d')
    await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached', ...PATIENCE })
    await page.keyboard.press(']')
    await card(page, lab.master.id, 'master, up').waitFor(PATIENCE)
  })
})
