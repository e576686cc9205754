import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { actByPalette, actOn, button, endOf } from '../support/browser/act-page.ts'
import { PATIENCE, picture, planIt, runIt } from '../support/browser/act-page.ts'
import { card, goToView } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { chosenServer, isLongRun } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'

// Every other action in the page, to its end, from the different places that it can be started from. Each is tested on real
// servers below the page too; so one of them is driven in every run, all of them in the long one.

const { open, serve } = useBrowser()

async function pageOn(lab: TestLab) {
  const page = await open((await serve(lab.sentinels.flatMap((node) => ['--sentinel', node.id]))).url)
  await card(page, lab.replicas[0]!.id, 'replica, up').waitFor(PATIENCE)
  return page
}

/** Options (if any), plan, confirmation, end; the dialog is closed afterwards and the focus is back. */
async function drive(page: Page, wizard: Locator, name: string, wanted = 'Done'): Promise<string> {
  const text = await planIt(page, wizard)
  await picture(page, `${name}-plan`)
  await runIt(wizard, text)
  expect(await endOf(wizard), name).toBe(wanted)
  await picture(page, `${name}-outcome`)
  const words = await wizard.innerText()
  await page.keyboard.press('Escape')
  await wizard.waitFor({ state: 'detached', ...PATIENCE })
  return words
}

it.runIf(isLongRun)(
  'what asks, saves, sets and pauses',
  async () => {
    const lab = await withLab({ replicas: 2, chained: 0, persistence: 'aof' })
    const page = await pageOn(lab)
    const [one] = lab.replicas
    await drive(page, await actOn(page, lab.sentinels[0]!.id, 'Ask for the quorum'), 'ckquorum')
    const set = await actByPalette(page, 'act change sentinel', "Change Sentinel's settings")
    await set.getByRole('textbox', { name: 'Settings' }).fill('down-after-milliseconds=7000')
    await drive(page, set, 'sentinel-set')
    for (const node of lab.sentinels)
      expect(await redisCli(lab, node, 'SENTINEL', 'MASTER', lab.group)).toContain('down-after-milliseconds\n7000')
    await drive(page, await actOn(page, one!.id, 'Save a snapshot'), 'bgsave')
    await drive(page, await actOn(page, one!.id, 'Rewrite the append-only file'), 'bgrewriteaof')
    const hold = await actOn(page, lab.master.id, 'Hold writes')
    await hold.getByRole('textbox', { name: 'For, ms' }).fill('2000')
    await drive(page, hold, 'client-pause')
    await drive(page, await actOn(page, lab.master.id, 'Let writes go on'), 'client-unpause')
    expect(await redisCli(lab, lab.master, 'SET', 'a', '1')).toBe('OK')
  },
  300_000,
)

it.runIf(isLongRun)(
  'a replica follows another, and the master again',
  async () => {
    const lab = await withLab({ replicas: 2, chained: 0, downAfterMs: 60_000 })
    const page = await pageOn(lab)
    const [one, two] = lab.replicas
    const follow = await actOn(page, two!.id, 'Follow another node')
    await follow.getByRole('combobox', { name: 'Follow' }).selectOption(one!.id)
    const words = await drive(page, follow, 'replicaof')
    expect(words).toContain(`replica of ${one!.id}`)
    expect((await infoOf(lab, two!, 'replication')).get('master_port')).toBe(String(one!.address.port))
    const back = await actOn(page, two!.id, 'Follow another node')
    await back.getByRole('combobox', { name: 'Follow' }).selectOption(lab.master.id)
    await drive(page, back, 'replicaof-back')
  },
  240_000,
)

it.runIf(isLongRun)(
  'a master that hangs is failed over, with its name typed',
  async () => {
    const lab = await withLab({ replicas: 2, chained: 0, downAfterMs: 60_000, failoverTimeoutMs: 10_000 })
    const page = await pageOn(lab)
    lab.stop(lab.master)
    try {
      await card(page, lab.master.id, 'master, (?!up)').waitFor(PATIENCE)
      const wizard = await actOn(page, lab.master.id, 'Force a failover')
      const text = await planIt(page, wizard)
      expect(text).toBe(`${lab.group} ${lab.master.id}`)
      await picture(page, 'forced-plan')
      await runIt(wizard, text)
      expect(await endOf(wizard)).toBe('Done')
      await picture(page, 'forced-outcome')
    } finally {
      lab.cont(lab.master)
    }
    expect(await masterAccordingTo(lab, lab.sentinels[0]!, lab.group)).not.toBe(lab.master.id)
  },
  240_000,
)

it.runIf(isLongRun)(
  'Sentinels forget a replica that is gone, one after another',
  async () => {
    const lab = await withLab({ replicas: 2, chained: 0 })
    const page = await pageOn(lab)
    const gone = lab.replicas[1]!
    await lab.kill(gone)
    await waitFor(
      async () => (await redisCli(lab, lab.sentinels[0]!, 'SENTINEL', 'REPLICAS', lab.group)).includes('s_down'),
      { what: 's_down' },
    )
    const wizard = await actOn(page, lab.sentinels[0]!.id, 'Forget stale entries')
    const text = await planIt(page, wizard)
    await picture(page, 'reset-plan')
    await runIt(wizard, text)
    await wizard.locator('.verdict b').waitFor({ timeout: 240_000 })
    await picture(page, 'reset-outcome')
    expect(await endOf(wizard)).toBe('Done')
    for (const node of lab.sentinels)
      expect(await redisCli(lab, node, 'SENTINEL', 'REPLICAS', lab.group)).not.toContain(`${gone.address.port}\n`)
  },
  400_000,
)

it.runIf(isLongRun)(
  'WAITAOF is timed where the server has it, and says who confirmed',
  async () => {
    const server = await chosenServer('valkey')
    const lab = await withLab({ server, replicas: 2, chained: 1, persistence: 'aof' })
    const page = await pageOn(lab)
    const wizard = await actOn(page, lab.master.id, 'Time WAITAOF')
    // A chained replica never confirms: only those of the master are counted.
    expect(await wizard.getByLabel('Replicas that are to confirm').inputValue()).toBe('2')
    // everysec: a replica's fsync and its word of it may take more than a second each
    await wizard.getByLabel("WAIT's time-out, ms").fill('5000')
    await wizard.getByLabel('Rounds').fill('3')
    const words = await drive(page, wizard, 'waitaof')
    expect(words).toContain("3 of 3 rounds were confirmed by the master's own append-only file and 2 replicas")
    expect(words).toContain('Confirmed by 2 replicas in 3 rounds.')
    expect(await redisCli(lab, lab.master, 'KEYS', 'repliscope:probe:*')).toBe('')
  },
  240_000,
)

it('a failed check blocks it: there is nothing to type; the menu key leads there and back, from a card and from a row', async () => {
  const lab = await withLab({ replicas: 1, chained: 0 })
  const page = await pageOn(lab)
  const from = card(page, lab.master.id)
  await from.focus()
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: 'Hold writes…' }).press('Enter')
  const wizard = page.getByRole('dialog', { name: /^Hold writes/ })
  await wizard.getByRole('textbox', { name: 'For, ms' }).fill('60000')
  await button(wizard, 'Plan').click()
  await wizard.getByText('blocks: cannot be overridden').first().waitFor(PATIENCE)
  await picture(page, 'blocked')
  expect(await wizard.getByLabel('To run it, type').count()).toBe(0)
  expect(await button(wizard, /^Run/).isDisabled()).toBe(true)
  await page.keyboard.press('Escape')
  await wizard.waitFor({ state: 'detached', ...PATIENCE })
  await waitFor(() => from.evaluate((one) => one === one.ownerDocument.activeElement), {
    what: 'the focus to be back on the card',
  })
  await goToView(page, 'Replicas')
  const [replica] = lab.replicas
  const cell = page.getByRole('rowheader', { name: replica!.id })
  await cell.focus()
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menu', { name: `Act on ${replica!.id}` }).waitFor(PATIENCE)
  await picture(page, 'row-menu')
  await page.getByRole('menuitem', { name: 'Restart safely…' }).press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached', ...PATIENCE })
  await waitFor(() => cell.evaluate((one) => one === one.ownerDocument.activeElement), {
    what: 'the focus to be back on the row',
  })
  await button(page, `Act on ${replica!.id}`).click()
  await page.getByRole('menuitem', { name: 'Restart safely…' }).click()
  await page.getByRole('dialog', { name: `Restart safely: ${replica!.id}` }).waitFor(PATIENCE)
})
