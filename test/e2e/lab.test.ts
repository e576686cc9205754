import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { axeViolations } from '../support/browser/axe.ts'
import { card } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { chosenServer, isLongRun } from '../support/lab/server-choice.ts'

// Rehearsing by hand: a lab started from the first screen, broken and healed on its picture; a drill run from the gallery,
// read and saved. The built program and real servers; labs of others on this machine are out of sight.

const PATIENCE = { timeout: 60_000 }
const { open, serve } = useBrowser()

/** A host that finds the server of this run, with a folder of its own for labs. */
async function openHost(options: { readonly colorScheme?: 'dark' | 'light' } = {}): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'repliscope-rehearse-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { path } = await chosenServer()
  const env = { PATH: `${dirname(path)}${delimiter}${process.env['PATH'] ?? ''}`, TMPDIR: folder }
  const host = await serve([], { env })
  return open(host.url, { colorScheme: 'dark', acceptDownloads: true, ...options })
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['REPLISCOPE_PICTURES']
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) })
}

async function expectNoViolation(page: Page, where: string): Promise<void> {
  expect((await axeViolations(page)).map((violation) => `${where}: ${violation}`)).toEqual([])
}

/** Starts a drill in the gallery and waits for its result. */
async function runDrill(page: Page, title: string): Promise<void> {
  await page.getByRole('article', { name: title }).getByRole('button', { name: 'Start', exact: false }).first().click()
  await page.getByRole('heading', { name: title, level: 1 }).waitFor(PATIENCE)
}

describe('a practice lab', () => {
  it('is started by one press, broken by its menu, seen, healed and taken down', async () => {
    const page = await openHost()
    await page.getByRole('button', { name: 'Start a practice lab' }).click(PATIENCE)
    const bar = page.getByRole('region', { name: 'Faults in force' })
    await bar.getByText('No fault in force').waitFor(PATIENCE)
    const replica = page.getByRole('group', { name: /^\S+, replica, up, link online/ }).first()
    await replica.waitFor(PATIENCE)
    const id = (await replica.getAttribute('aria-label'))!.split(',')[0]!

    await card(page, id).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Break on purpose…' }).click()
    const menu = page.getByRole('menu', { name: `Break ${id}` })
    await menu.getByRole('menuitem', { name: 'Start it runs' }).waitFor(PATIENCE)
    await picture(page, 'fault-menu')
    await expectNoViolation(page, 'the menu of faults')
    await menu.getByRole('menuitem', { name: 'Freeze' }).click()
    await card(page, id, 'replica, hangs.*fault in force: frozen').waitFor(PATIENCE)
    await bar.getByText('1 fault in force').waitFor(PATIENCE)
    await picture(page, 'frozen')
    await expectNoViolation(page, 'a lab with a fault')
    await bar.getByRole('button', { name: /^Heal: / }).click()
    await card(page, id, 'replica, up, link online').waitFor(PATIENCE)
    await bar.getByText('No fault in force').waitFor(PATIENCE)

    // By keyboard, with an amount: Escape means no, its button means yes.
    await card(page, id).focus()
    await page.keyboard.press('b')
    await page.getByRole('menu', { name: `Break ${id}` }).waitFor(PATIENCE)
    await page.keyboard.press('Escape')
    await expect
      .poll(() => page.evaluate<string | null>(`document.activeElement?.getAttribute('aria-label')`))
      .toMatch(new RegExp(`^${id}, replica`))
    await page.keyboard.press('b')
    await page.getByRole('menuitem', { name: 'Delay…' }).click()
    const form = page.getByRole('dialog', { name: `Delay: ${id}` })
    await form.getByLabel('How much').fill('40')
    await expectNoViolation(page, 'the form of a fault')
    await form.getByRole('button', { name: 'Delay' }).click()
    await card(page, id, '.*fault in force: delayed').waitFor(PATIENCE)

    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await page.getByRole('button', { name: 'Take down lab' }).click(PATIENCE)
    await page.getByRole('button', { name: 'Really take down lab' }).click(PATIENCE)
    await page.getByRole('list', { name: 'Labs on this machine' }).waitFor({ state: 'detached', ...PATIENCE })
  })
})

describe('a drill', () => {
  it.each(isLongRun ? (['dark', 'light'] as const) : (['dark'] as const))(
    'is run from the gallery, watched, read and saved, in the %s theme',
    async (colorScheme) => {
      const title = 'The master dies and nobody is writing'
      const page = await openHost({ colorScheme })
      await page.getByRole('heading', { name: 'Connect', level: 1 }).waitFor(PATIENCE)
      await page.getByRole('link', { name: 'Drills', exact: true }).first().click()
      await page.getByRole('heading', { name: 'Drills', level: 1 }).waitFor(PATIENCE)
      await page.getByRole('article').first().waitFor(PATIENCE)
      await picture(page, `gallery-${colorScheme}`)
      await expectNoViolation(page, 'the gallery')
      const shortest = page.getByRole('article').filter({ hasText: 'primary-crash-idle' })
      const name = (await shortest.getByRole('heading').innerText()) || title
      await runDrill(page, name)
      // Its lab is a deployment like any other for as long as the drill goes on: seen first, for that is not long.
      await page.getByRole('link', { name: 'Look at its lab' }).click(PATIENCE)
      await page
        .getByRole('group', { name: /, master, / })
        .first()
        .waitFor(PATIENCE)
      await page.goBack()
      const happened = page.getByRole('list', { name: 'What happened' })
      await happened
        .getByRole('button', { name: /Faults/ })
        .first()
        .waitFor(PATIENCE)
      await picture(page, `running-${colorScheme}`)
      await expectNoViolation(page, 'a drill')
      await page.getByText(/The forecast was right in \d of \d/).waitFor(PATIENCE)
      await picture(page, `result-${colorScheme}`)
      await expectNoViolation(page, 'a result')
      const verdicts = await page
        .getByRole('region', { name: 'Forecast beside measurement' })
        .locator('td.mark')
        .allInnerTexts()
      expect(verdicts).toHaveLength(5)
      expect(verdicts.filter((verdict) => verdict.includes('right')).length).toBeGreaterThan(0)

      for (const [word, start] of [
        ['Markdown', `# Drill: ${name}`],
        ['HTML', '<!doctype html>'],
        ['JSON', '{'],
      ] as const) {
        const download = page.waitForEvent('download')
        await page.getByRole('button', { name: word, exact: true }).click()
        expect(readFileSync(await (await download).path(), 'utf8').startsWith(start)).toBe(true)
      }
      await page.getByRole('link', { name: 'All drills' }).click()
      await shortest.getByRole('link', { name: /forecast right in/ }).waitFor(PATIENCE)
    },
  )
})
