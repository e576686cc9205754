import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { card } from './page-parts.ts'

/** For what real servers do: a failover, a restart, a flush. */
export const PATIENCE = { timeout: 60_000 }

export function dialog(page: Page, name: string | RegExp): Locator {
  return page.getByRole('dialog', { name })
}

export function button(where: Page | Locator, name: string | RegExp): Locator {
  return where.getByRole('button', { name })
}

/** Opens the menu of a card as a mouse does, and takes one of its entries. */
export async function actOn(page: Page, id: string, title: string): Promise<Locator> {
  await card(page, id).click({ button: 'right' })
  await page.getByRole('menuitem', { name: `${title}…`, exact: true }).click()
  return dialog(page, new RegExp(`^${title}`))
}

/** Opens the wizard from the palette; `words` find exactly one entry first. */
export async function actByPalette(page: Page, words: string, title: string): Promise<Locator> {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: /Search nodes/ }).fill(words)
  await page
    .getByRole('option', { name: new RegExp(`^act ${title}`) })
    .first()
    .click()
  return dialog(page, new RegExp(`^${title}`))
}

/** Allows changes on what the tests take for production. */
export async function arm(page: Page, within: Page | Locator): Promise<void> {
  await within.getByLabel('To arm it, type').pressSequentially('production')
  await button(within, /^Arm /).click()
  await page.getByText('armed', { exact: true }).waitFor(PATIENCE)
}

/** From the options to a plan that is read, armed and acknowledged; answers with what has to be typed. */
export async function planIt(page: Page, wizard: Locator, note = 'driven by a test'): Promise<string> {
  const plan = wizard.getByRole('button', { name: 'Plan', exact: true })
  await plan
    .or(wizard.getByText('Steps', { exact: true }))
    .first()
    .waitFor(PATIENCE)
  if (await plan.isVisible()) await plan.click()
  await wizard.getByText('Steps', { exact: true }).waitFor(PATIENCE)
  for (const box of await wizard.getByRole('checkbox').all()) await box.check()
  const why = wizard.getByLabel(/Why it is done all the same/)
  if (await why.isVisible()) await why.fill(note)
  if (await wizard.getByLabel('To arm it, type').isVisible()) await arm(page, wizard)
  return wizard
    .getByText(/^To run it, type/)
    .locator('code')
    .innerText()
}

/** Types what is asked for and runs the plan. */
export async function runIt(wizard: Locator, text: string): Promise<void> {
  await wizard.getByLabel('To run it, type').pressSequentially(text)
  await button(wizard, /^Run: /).click()
}

/** Waits for the end of a run, and until production is read-only again; answers with its word: Done, Not done or Stopped. */
export async function endOf(wizard: Locator): Promise<string> {
  const verdict = wizard.locator('.verdict b')
  await verdict.waitFor({ timeout: 120_000 })
  await wizard.page().getByText('read-only · arm…').waitFor(PATIENCE)
  return verdict.innerText()
}

/**
 * Pictures for people, where `REPLISCOPE_PICTURES` names a folder: dark and large, light and small. The page is afterwards
 * as it was before.
 */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['REPLISCOPE_PICTURES']
  if (folder === undefined) return
  await page.screenshot({ path: join(folder, `${name}.png`) })
  const size = page.viewportSize()
  const isLight = await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: light)').matches")
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1024, height: 700 })
  // Colours change by a transition: a picture of its middle shows nothing.
  await page.waitForTimeout(250)
  await page.screenshot({ path: join(folder, `${name}-small.png`) })
  await page.emulateMedia({ colorScheme: isLight ? 'light' : 'dark' })
  if (size !== null) await page.setViewportSize(size)
}
