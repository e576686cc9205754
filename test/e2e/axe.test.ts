import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from '../support/browser/axe.ts'
import { card, goToView, viewNames, waitUntilDrawn } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { startSimulator } from '../support/simulator.ts'

// No rule of axe-core broken: any view, either theme, with data and without.

const PATIENCE = { timeout: 30_000 }
const THEMES = ['dark', 'light'] as const
const { open, serve } = useBrowser()
let lab: TestLab

beforeAll(async () => {
  lab = await withLab({ replicas: 2, chained: 1 })
})
afterAll(() => lab?.down())

const targets = () => lab.sentinels.flatMap((node) => ['--sentinel', node.id])

/** Each view in turn, waited for by `isDrawn`; what axe says of all of them. */
async function axeOfViews(page: Page, isDrawn: (view: string) => Promise<void>): Promise<readonly string[]> {
  const found: string[] = []
  for (const view of await viewNames(page)) {
    await goToView(page, view)
    await isDrawn(view)
    found.push(...(await axeViolations(page)).map((violation) => `${view}: ${violation}`))
  }
  return found
}

/** What a deployment without a picture says instead; the journal needs no deployment and is there all the same. */
function waitForWords(page: Page, words: string, view: string): Promise<void> {
  const isJournal = view === 'Journal of actions'
  return (isJournal ? page.getByRole('heading', { name: view, level: 1 }) : page.getByText(words)).waitFor(PATIENCE)
}

describe.each(THEMES)('in the %s theme', (colorScheme) => {
  it('every view of a deployment with a stopped replica', async () => {
    const page = await open((await serve(targets())).url, { colorScheme })
    const [, stopped] = lab.replicas
    lab.stop(stopped!.id)
    try {
      await card(page, stopped!.id, 'replica, (hangs|not reached)').click(PATIENCE)
      await page.getByRole('heading', { name: stopped!.id, exact: true }).waitFor(PATIENCE)
      const violations = await axeOfViews(page, (view) =>
        waitUntilDrawn(page, view, view === 'Sentinels' ? lab.sentinels[0]!.id : stopped!.id),
      )
      expect(violations).toEqual([])
    } finally {
      lab.cont(stopped!.id)
    }
  })

  it('every view of a deployment that cannot be reached', async () => {
    const page = await open((await serve(['--sentinel', '127.0.0.1:1'])).url, { colorScheme })
    const violations = await axeOfViews(page, (view) => waitForWords(page, 'No node of this deployment answers', view))
    expect(violations).toEqual([])
  })

  it('every view of Sentinels that monitor nothing', async () => {
    const simulator = await startSimulator({ groups: 0, sentinels: 3 })
    try {
      const page = await open((await serve(['--sentinel', `127.0.0.1:${simulator.layout.sentinels[0]}`])).url, {
        colorScheme,
      })
      const violations = await axeOfViews(page, (view) => waitForWords(page, 'Nothing is monitored here', view))
      expect(violations).toEqual([])
    } finally {
      await simulator.close()
    }
  })

  it('every view of a node without Sentinels and without replicas', async () => {
    const alone = await withLab({ replicas: 0, sentinels: 0 })
    const page = await open((await serve(['--node', alone.master.id])).url, { colorScheme })
    await card(page, alone.master.id, 'master, up, 0 replicas').waitFor(PATIENCE)
    const violations = await axeOfViews(page, () => page.getByRole('main').locator('h1, h2').first().waitFor(PATIENCE))
    expect(violations).toEqual([])
  })

  it('the connect screen with everything unfolded and a failed test, the palette and the keys', async () => {
    const page = await open((await serve()).url, { colorScheme })
    await page.getByLabel('Addresses', { exact: true }).fill('127.0.0.1:1, not-there.invalid:26379')
    for (const fold of await page.locator('summary').all()) await fold.click()
    await page.getByRole('button', { name: 'Test connection' }).click()
    await page
      .getByRole('region', { name: 'Connection test' })
      .getByRole('img', { name: 'failed' })
      .first()
      .waitFor(PATIENCE)
    await page.getByRole('button', { name: 'Test connection' }).waitFor(PATIENCE)
    expect(await axeViolations(page)).toEqual([])
    await page.locator('h1').click()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Command palette' }).waitFor(PATIENCE)
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached', ...PATIENCE })
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor(PATIENCE)
    expect(await axeViolations(page)).toEqual([])
  })
})
