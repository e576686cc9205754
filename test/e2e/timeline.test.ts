import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from '../support/browser/axe.ts'
import { card, goToView } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { CLUSTER_PX } from '../../src-renderer/ui/time-axis/lanes.ts'
import { startWriter, type Writer } from '../../src-main/lab/writer.ts'

// A master is killed while the timeline is looked at: what happened stands there in its order, once, and can be taken along.

const PATIENCE = { timeout: 60_000 }
const { open, serve } = useBrowser()
let lab: TestLab
let writer: Writer

beforeAll(async () => {
  lab = await withLab({ replicas: 2 })
  writer = startWriter({ sentinels: lab.sentinels.map((node) => node.address), group: lab.group, perSecond: 50 })
})
afterAll(async () => {
  await writer?.stop()
  await lab?.down()
})

const targets = () => lab.sentinels.flatMap((node) => ['--sentinel', node.id])
const list = (page: Page): Locator => page.getByRole('listbox', { name: /^Events in view/ })
const row = (page: Page, words: string | RegExp): Locator => list(page).getByRole('option').filter({ hasText: words })
const rowTexts = async (page: Page): Promise<readonly string[]> =>
  (await list(page).getByRole('option').allTextContents()).map((text) => text.replace(/\s+/g, ' '))

describe('the event timeline', () => {
  it('of a killed master is in order, filtered, chosen, copied and there for a page that opens late', async () => {
    const host = await serve(targets())
    const page = await open(host.url)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await card(page, lab.master.id, 'master, up, 2 replicas').waitFor(PATIENCE)
    await goToView(page, 'Event timeline')
    // Something may have happened already: findings are raised as soon as rates are known. What comes stays in view.
    await page.getByRole('group', { name: /^Picture of \d+ events? / }).waitFor(PATIENCE)
    await page.getByRole('button', { name: '15 m', exact: true }).click()

    await lab.kill(lab.master.id)
    await row(page, '+switch-master').first().waitFor(PATIENCE)
    await row(page, 'replica -> master').first().waitFor(PATIENCE)
    await row(page, /Findings\s*raised/)
      .first()
      .waitFor(PATIENCE)
    await row(page, /\+switch-master.*3 Sentinels/).waitFor(PATIENCE)
    const texts = await rowTexts(page)
    const first = (words: string): number => texts.findIndex((text) => text.includes(words))
    expect(first('+sdown')).toBeGreaterThanOrEqual(0)
    expect(first('+sdown')).toBeLessThan(first('+odown'))
    expect(first('+odown')).toBeLessThan(first('+switch-master'))
    expect(
      texts.filter((text) => text.includes('+switch-master')),
      'three tell it, one line',
    ).toHaveLength(1)

    await row(page, '+switch-master').click()
    const chosen = page.getByRole('region', { name: 'Chosen event' })
    for (const sentinel of lab.sentinels) await chosen.getByText(sentinel.id).first().waitFor(PATIENCE)
    // The line through the picture stands where the event's mark does; one that is drawn for several stands at their first.
    const middle = (selector: string): Promise<number> =>
      page.evaluate<number>(
        `(() => { const { left, width } = document.querySelector('${selector}').getBoundingClientRect(); return left + width / 2 })()`,
      )
    expect(Math.abs((await middle('.moment')) - (await middle('g.mark.chosen')))).toBeLessThan(CLUSTER_PX + 2)
    await chosen.getByRole('button', { name: 'Copy this event' }).click()
    await expect
      .poll(() => clipboard(page), PATIENCE)
      .toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}warning {2}Sentinel {2}\+switch-master {2}127\./)
    await page.getByRole('button', { name: 'Follow live', pressed: false }).waitFor(PATIENCE)

    await page.getByLabel('Severity').selectOption('critical')
    await row(page, '+odown').first().waitFor(PATIENCE)
    await row(page, '+switch-master').waitFor({ state: 'detached', ...PATIENCE })
    await page.getByRole('button', { name: 'Copy the events in view as Markdown' }).click()
    await expect.poll(() => clipboard(page), PATIENCE).toContain('| critical | Sentinel | +odown |')
    const markdown = await clipboard(page)
    expect(markdown).not.toContain('+switch-master')
    expect(await axeViolations(page)).toEqual([])

    const late = await open(host.url, { colorScheme: 'light' })
    await card(late, lab.master.id).waitFor(PATIENCE)
    await goToView(late, 'Event timeline')
    await late.getByRole('button', { name: '15 m', exact: true }).click()
    await row(late, /\+switch-master.*3 Sentinels/).waitFor(PATIENCE)
    await late.getByRole('button', { name: 'Show every event' }).waitFor({ state: 'hidden', ...PATIENCE })
    await row(late, 'replica -> master').first().click()
    await late.getByRole('button', { name: 'In the topology' }).click()
    await card(late, lab.replicas[0]!.id).or(card(late, lab.replicas[1]!.id)).first().waitFor(PATIENCE)
    expect(late.url()).toContain('/topology')
    expect(await axeViolations(late)).toEqual([])
  })
})

function clipboard(page: Page): Promise<string> {
  return page.evaluate<string>('navigator.clipboard.readText()')
}
