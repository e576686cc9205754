import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '../../src-main/storage/journal.ts'
import { actOn, arm, button, dialog, endOf, PATIENCE, picture, planIt, runIt } from '../support/browser/act-page.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { card, goToView } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'

// Guarded actions by hand: armed, planned, mistyped, typed, watched, verified, read again in the journal. The labs have
// folders of their own, so the page takes them for production, where the guards are at their hardest.

const { open, serve } = useBrowser()

const aLab = () => withLab({ replicas: 2, chained: 0, downAfterMs: 5000, failoverTimeoutMs: 10_000 })
const targets = (lab: TestLab) => lab.sentinels.flatMap((node) => ['--sentinel', node.id])
const master = (lab: TestLab) => masterAccordingTo(lab, lab.sentinels[0]!, lab.group)

/** The picture is there, and the actions of this host with it. */
async function openOn(lab: TestLab, options: { readonly home?: string; readonly colorScheme?: 'dark' | 'light' } = {}) {
  const { colorScheme = 'dark', ...host } = options
  const page = await open((await serve(targets(lab), host)).url, { colorScheme })
  // A dialog that lies over the page hides it from everybody but the eye.
  if (options.home === undefined) await card(page, lab.replicas[1]!.id, 'replica, up').waitFor(PATIENCE)
  return page
}

describe('a switchover by hand', () => {
  it('is armed, planned, mistyped, typed, watched, verified and in the journal', async () => {
    const lab = await aLab()
    const page = await openOn(lab)
    const [wanted] = lab.replicas
    await picture(page, 'read-only')

    await button(page, 'read-only · arm…').click()
    const arming = dialog(page, 'Allow changes')
    await arming.getByText('This is production.').waitFor(PATIENCE)
    expect(await button(arming, /^Arm /).isDisabled()).toBe(true)
    await picture(page, 'arming')
    await page.keyboard.press('Escape')
    await button(page, 'read-only · arm…').click()
    await arm(page, arming)
    await arming.waitFor({ state: 'detached', ...PATIENCE })

    await actOn(page, wanted!.id, 'Switch over')
    const wizard = dialog(page, /^Switch over/)
    expect(await wizard.getByLabel('Promote').inputValue()).toBe(wanted!.id)
    await picture(page, 'options')
    await button(wizard, 'Plan').click()
    await wizard.getByText('SENTINEL FAILOVER').first().waitFor(PATIENCE)
    await wizard.getByText('restore the fence').first().waitFor(PATIENCE)
    await wizard.getByText('none: cannot be undone').first().waitFor(PATIENCE)
    for (const box of await wizard.getByRole('checkbox').all()) await box.check()
    await picture(page, 'plan')

    const run = button(wizard, 'Run: Switch over')
    const typing = wizard.getByLabel('To run it, type')
    await typing.pressSequentially(`${lab.group}x`)
    await wizard.getByText('That is not it.').waitFor(PATIENCE)
    expect(await run.isDisabled()).toBe(true)
    await typing.press('Enter')
    await typing.fill('')
    await typing.pressSequentially(lab.group)
    await typing.press('Enter')
    await picture(page, 'confirmed')
    expect(await button(wizard, /^Run/).isEnabled()).toBe(true)
    expect(await master(lab)).toBe(lab.master.id)
    await run.click()
    await wizard.getByText('Done', { exact: true }).waitFor(PATIENCE)
    await wizard.getByRole('row', { name: `${wanted!.id} replica of ${lab.master.id} master` }).waitFor(PATIENCE)
    expect(await master(lab)).toBe(wanted!.id)
    await picture(page, 'outcome')

    await button(wizard, /^Journal entry/).click()
    await page.getByRole('main', { name: 'Journal of actions' }).waitFor(PATIENCE)
    await page.getByText(/^\s*●?\s*Sound: \d+ rows/).waitFor(PATIENCE)
    await page.getByRole('heading', { name: /switchover: succeeded/ }).waitFor(PATIENCE)
    await page.getByRole('cell', { name: /step-sending.*SENTINEL FAILOVER/ }).waitFor(PATIENCE)
    await picture(page, 'journal')
    // Production asks again for the next action.
    await button(page, 'read-only · arm…').waitFor(PATIENCE)
  })

  it('sends nothing on Escape, on paste, or while read-only', async () => {
    const lab = await aLab()
    const page = await openOn(lab)
    await actOn(page, lab.master.id, 'Switch over')
    const wizard = dialog(page, /^Switch over/)
    await button(wizard, 'Plan').click()
    await wizard
      .getByText('This session is read-only.')
      .or(wizard.getByText('Not acknowledged'))
      .first()
      .waitFor(PATIENCE)
    for (const box of await wizard.getByRole('checkbox').all()) await box.check()
    expect(await wizard.getByLabel('To run it, type').count()).toBe(0)
    expect(await button(wizard, /^Run/).isDisabled()).toBe(true)
    await arm(page, wizard)
    const typing = wizard.getByLabel('To run it, type')
    await typing.focus()
    await page.keyboard.insertText(lab.group.slice(0, 1))
    await page.evaluate(`(() => {
      const data = new DataTransfer()
      data.setData('text/plain', ${JSON.stringify(lab.group)})
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    })()`)
    await wizard.getByText('Type it: nothing is pasted here.').waitFor(PATIENCE)
    expect(await button(wizard, /^Run/).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await wizard.waitFor({ state: 'detached', ...PATIENCE })
    expect(await master(lab)).toBe(lab.master.id)
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).toMatch(/\n0$/)
    await button(page, 'Disarm').click()
    await button(page, 'read-only · arm…').waitFor(PATIENCE)
  })
})

describe('a WAIT test', () => {
  it('starts from the group by keyboard, and shows how long confirmations took', async () => {
    const lab = await aLab()
    const page = await openOn(lab)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /Search nodes/ }).waitFor(PATIENCE)
    await page.keyboard.type('act time wait ')
    await page
      .getByRole('option', { name: /Time WAIT\b/ })
      .first()
      .waitFor(PATIENCE)
    await page.keyboard.press('Enter')
    const wizard = dialog(page, /^Time WAIT/)
    const rounds = wizard.getByLabel('Rounds')
    await rounds.fill('15')
    await rounds.press('Enter')
    await wizard
      .getByText(/^SET repliscope:probe:/)
      .first()
      .waitFor(PATIENCE)
    await arm(page, wizard)
    await wizard.getByLabel('To run it, type').pressSequentially(lab.group)
    await button(wizard, 'Run: Time WAIT').click()
    await wizard.getByText('Done', { exact: true }).waitFor(PATIENCE)
    await wizard.getByText(/of 15/).first().waitFor(PATIENCE)
    await picture(page, 'wait')
    expect(await redisCli(lab, lab.master, 'KEYS', 'repliscope:probe:*')).toBe('')
  })
})

describe('a WAIT test that falls short', () => {
  it('is watched, cancelled between two rounds, and says which replicas are missing', async () => {
    const lab = await aLab()
    const page = await openOn(lab)
    await actOn(page, lab.master.id, 'Time WAIT')
    const wizard = dialog(page, /^Time WAIT/)
    await wizard.getByLabel('Replicas that are to confirm').fill('9')
    await wizard.getByLabel('Rounds').fill('1000')
    await wizard.getByLabel('Rounds').press('Enter')
    await arm(page, wizard)
    for (const box of await wizard.getByRole('checkbox').all()) await box.check()
    await wizard.getByLabel('To run it, type').pressSequentially(lab.group)
    await button(wizard, 'Run: Time WAIT').click()
    await wizard.getByRole('img', { name: 'sending' }).waitFor(PATIENCE)
    await picture(page, 'running')
    await page.keyboard.press('Escape')
    await button(page, 'wait-test runs').click()
    await button(wizard, 'Cancel between steps').click()
    await wizard.getByText('Measured on').waitFor(PATIENCE)
    await wizard.getByText(/^0 of \d+$/).waitFor(PATIENCE)
    await picture(page, 'short')
    expect(await redisCli(lab, lab.master, 'KEYS', 'repliscope:probe:*')).toBe('')
  })
})

describe("a finding's remedy", () => {
  it('that is an action of this host is planned from the finding, with its values, and set back', async () => {
    const lab = await aLab()
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'save', '3600 1')
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no')
    const page = await openOn(lab)
    await goToView(page, 'Findings')
    const finding = page.getByRole('article').filter({ hasText: 'goes on taking writes when its saves fail' })
    await finding.getByRole('button', { name: /^Evidence and remedy/ }).click()
    await button(finding, /^Plan this….*CONFIG SET/)
      .first()
      .click()
    const wizard = dialog(page, /^Change settings/)
    expect(await wizard.getByRole('textbox', { name: 'Settings' }).inputValue()).toBe('stop-writes-on-bgsave-error=yes')
    await button(wizard, 'Plan').click()
    await wizard.getByText('CONFIG SET stop-writes-on-bgsave-error yes').first().waitFor(PATIENCE)
    await picture(page, 'config-set')
    await arm(page, wizard)
    for (const box of await wizard.getByRole('checkbox').all()) await box.check()
    const asked = await wizard
      .getByText(/^To run it, type/)
      .locator('code')
      .innerText()
    await wizard.getByLabel('To run it, type').pressSequentially(asked)
    await button(wizard, 'Run: Change settings').click()
    expect(await endOf(wizard)).toBe('Done')
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'stop-writes-on-bgsave-error')).toMatch(/\nyes$/)
    await button(wizard, 'Set back…').click()
    const back = dialog(page, /^Set back: .* as before a/)
    await back.getByText('CONFIG SET stop-writes-on-bgsave-error no').first().waitFor(PATIENCE)
    await runIt(back, await planIt(page, back))
    expect(await endOf(back)).toBe('Done')
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'stop-writes-on-bgsave-error')).toMatch(/\nno$/)
  })
})

describe('after a process died in an action', () => {
  it('it is shown first, verified on demand, and what it left is taken back', async () => {
    const lab = await aLab()
    const home = mkdtempSync(join(tmpdir(), 'repliscope-page-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    await leaveFence(lab, home)
    const page = await openOn(lab, { home })
    const unfinished = dialog(page, 'Unfinished actions')
    await unfinished.waitFor(PATIENCE)
    await button(unfinished, 'Verify now').click()
    await unfinished.getByRole('status').first().waitFor(PATIENCE)
    await picture(page, 'unfinished-verified')
    await unfinished.getByText('Still to be taken back').waitFor(PATIENCE)
    await picture(page, 'unfinished')
    await button(unfinished, 'Plan to take it back…').click()
    const wizard = dialog(page, /^Take back/)
    await arm(page, wizard)
    await wizard.getByLabel('To run it, type').pressSequentially(lab.group)
    await button(wizard, 'Run: Take back').click()
    await wizard.getByText('Done', { exact: true }).waitFor(PATIENCE)
    expect(await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).toMatch(/\n0$/)
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'Unfinished actions' }).waitFor({ state: 'detached', ...PATIENCE })
  })
})

describe.each(['dark', 'light'] as const)('axe finds nothing in the %s theme', (colorScheme) => {
  it('in the menu, the arming, the options, the plan, the outcome and the journal', async () => {
    const lab = await aLab()
    const page = await openOn(lab, { colorScheme })
    const found: string[] = []
    const look = async (what: string) =>
      found.push(...(await axeViolations(page)).map((violation) => `${what}: ${violation}`))
    await card(page, lab.master.id).click({ button: 'right' })
    await page.getByRole('menu').waitFor(PATIENCE)
    await picture(page, `menu-${colorScheme}`)
    await look('menu')
    await page.keyboard.press('Escape')
    await button(page, 'read-only · arm…').click()
    await dialog(page, 'Allow changes').waitFor(PATIENCE)
    await look('arming')
    await page.keyboard.press('Escape')
    await actOn(page, lab.master.id, 'Time WAIT')
    const wizard = dialog(page, /^Time WAIT/)
    await look('options')
    await button(wizard, 'Plan').click()
    await wizard.getByText('Steps').first().waitFor(PATIENCE)
    await look('plan, read-only')
    await arm(page, wizard)
    await wizard.getByLabel('To run it, type').pressSequentially(lab.group)
    await look('plan, armed')
    await picture(page, `plan-${colorScheme}`)
    // Looking takes its time, and a plan can be started for a minute only.
    await button(wizard, 'Plan again').click()
    await wizard.getByText('Not confirmed yet.').waitFor(PATIENCE)
    await wizard.getByLabel('To run it, type').pressSequentially(lab.group)
    await button(wizard, 'Run: Time WAIT').click()
    await wizard.getByText('Done', { exact: true }).waitFor(PATIENCE)
    await look('outcome')
    await picture(page, `outcome-${colorScheme}`)
    await button(wizard, /^Journal entry/).click()
    await page.getByRole('heading', { name: /wait-test: succeeded/ }).waitFor(PATIENCE)
    await look('journal')
    await picture(page, `journal-${colorScheme}`)
    await goToView(page, 'Topology')
    expect(found).toEqual([])
  })
})

/** A switchover that died behind its fence, as another process left it: in the journal and on the master. */
async function leaveFence(lab: TestLab, home: string): Promise<void> {
  const opened = openJournal(home, { create: true })
  if (!opened.ok || opened.value === undefined) throw new Error('no journal')
  const commands = [['CONFIG', 'SET', 'min-replicas-to-write', '0']]
  const undo = { title: 'restore the fence', node: lab.master.id, commands }
  const scope = {
    group: lab.group,
    servers: [lab.master, ...lab.replicas].map((node) => node.id),
    sentinels: lab.sentinels.map((node) => node.id),
  }
  const plan = { action: 'switchover', target: `${lab.group}: ${lab.master.id}`, group: lab.group, steps: [] }
  const row = { n: 1, title: 'fence', node: lab.master.id, commands, undo, isPointOfNoReturn: false }
  opened.value.append('a0fence', 'action-started', { plan, scope }, Date.now() - 60_000)
  opened.value.append('a0fence', 'step-sending', row, Date.now() - 59_000)
  opened.value.close()
  await redisCli(lab, lab.master, 'CONFIG', 'SET', 'min-replicas-to-write', '2')
  await waitFor(async () => (await redisCli(lab, lab.master, 'CONFIG', 'GET', 'min-replicas-to-write')).endsWith('2'), {
    what: 'the fence',
  })
}
