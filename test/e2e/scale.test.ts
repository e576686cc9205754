import { describe, expect, it } from 'vitest'
import { axeViolations } from '../support/browser/axe.ts'
import { card, goToView } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { startSimulator } from '../support/simulator.ts'

const PATIENCE = { timeout: 45_000 }
const { open, serve } = useBrowser()

describe('with 200 nodes in 20 groups', () => {
  it('the canvas starts with a card a group, opens them on demand and finds any node', async () => {
    const simulator = await startSimulator({ groups: 20, replicas: 9, sentinels: 3 })
    try {
      const page = await open((await serve(['--sentinel', `127.0.0.1:${simulator.layout.sentinels[0]}`])).url)
      const last = simulator.layout.groups.at(-1)!
      await page.getByRole('group', { name: new RegExp(`${last.name}.*collapsed`) }).waitFor(PATIENCE)
      await waitFor(async () => (await page.getByRole('group', { name: /collapsed$/ }).count()) === 20, {
        what: 'a card for each of 20 groups',
      })
      expect(await axeViolations(page)).toEqual([])

      await page.getByRole('button', { name: 'Open all groups' }).click()
      await waitFor(
        async () =>
          (await page.getByRole('group', { name: /^127\.0\.0\.1:\d+, (master|replica), up/ }).count()) === 200,
        {
          what: '200 cards, all up',
          deadlineMs: 45_000,
        },
      )
      expect(await page.locator('.vue-flow__minimap').count(), 'a map of the canvas').toBe(1)

      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: /Search nodes/ }).fill(`127.0.0.1:${last.replicas[4]}`)
      await page
        .getByRole('option', { selected: true })
        .filter({ hasText: `127.0.0.1:${last.replicas[4]}` })
        .waitFor(PATIENCE)
      await page.keyboard.press('Enter')
      const found = card(page, `127.0.0.1:${last.replicas[4]}`, 'replica')
      const focused = () => page.evaluate<string | null>("document.activeElement.getAttribute('aria-label')")
      await waitFor(async () => (await focused())?.startsWith(`127.0.0.1:${last.replicas[4]}, replica`), {
        what: 'the focus on the node found',
      })
      await waitFor(
        async () => {
          const box = await found.boundingBox()
          return box !== null && box.x > 0 && box.y > 0 && box.x + box.width < 1440 && box.y + box.height < 900
        },
        { what: 'the node found, in view' },
      )

      const promoted = (await simulator.order({ failover: last.name })).groups.at(-1)!.master
      await card(page, `127.0.0.1:${promoted}`, 'master, up').waitFor(PATIENCE)
      await goToView(page, 'Replicas')
      await page
        .getByRole('main')
        .getByText(/127\.0\.0\.1:\d+/)
        .filter({ visible: true })
        .first()
        .waitFor(PATIENCE)
    } finally {
      await simulator.close()
    }
  })
})
