import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { picture } from '../support/browser/act-page.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { card } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'

const PATIENCE = { timeout: 30_000 }
const SECRET = 'hunter2-very-secret'
// Without a session bus there is no keychain, wherever this runs.
const NO_KEYCHAIN = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' }
const { open, serve } = useBrowser()
let lab: TestLab

beforeAll(async () => {
  lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
  await redisCli(lab, lab.master, 'CONFIG', 'SET', 'requirepass', SECRET)
})
afterAll(() => lab?.down())

it('saves a connection as a profile, says that its password stays in memory, and opens it again without asking', async () => {
  const host = await serve([], { env: NO_KEYCHAIN })
  const page = await open(host.url)
  await page.getByLabel('Addresses', { exact: true }).fill(lab.master.id)
  await page.getByText('Credentials', { exact: true }).click()
  await page.getByLabel('Password').first().fill(SECRET)
  await page.getByText('Save as a profile', { exact: true }).click()
  await nameOf(page).fill('orders prod')
  await page.getByRole('combobox', { name: 'Environment' }).selectOption('staging')
  await page.getByRole('button', { name: 'Save profile' }).click()
  await page.getByText('stays in memory until Repliscope ends').waitFor(PATIENCE)
  const profiles = page.getByRole('region', { name: 'Profiles' })
  await profiles.getByRole('button', { name: /^orders prod staging/ }).click()
  await card(page, lab.master.id, 'master, up').waitFor(PATIENCE)
  await page.getByRole('banner').getByText('staging').waitFor(PATIENCE)
  await page.getByRole('link', { name: 'Access rights' }).click()
  await page.getByText('ACL SETUSER repliscope reset on >PASSWORD').first().waitFor(PATIENCE)
  const kept = readdirSync(host.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const file of kept)
    expect(readFileSync(join(file.parentPath, file.name), 'latin1'), file.name).not.toContain(SECRET)
  expect(kept.map(({ name }) => name)).toContain('profiles.json')
})

it('edits a profile, with thresholds and another name, and carries it to another host in a file', async () => {
  const [host, other] = [await serve([], { env: NO_KEYCHAIN }), await serve([], { env: NO_KEYCHAIN })]
  const page = await open(host.url)
  const beside = await open(host.url)
  await page.getByLabel('Addresses', { exact: true }).fill(lab.master.id)
  await page.getByText('Save as a profile', { exact: true }).click()
  await nameOf(page).fill('orders')
  await page.getByRole('button', { name: 'Save profile' }).click()
  // The other page of this host has it at once.
  await beside.getByRole('button', { name: 'Edit profile orders' }).waitFor(PATIENCE)

  await page.getByRole('button', { name: 'Edit profile orders' }).click()
  await page.getByRole('heading', { name: 'Edit orders' }).waitFor(PATIENCE)
  await page.getByRole('button', { name: /^Thresholds…/ }).click()
  const thresholds = page.getByRole('dialog', { name: 'Thresholds of orders' })
  await thresholds.getByLabel('a replica lags beyond').fill('no number')
  expect(await thresholds.getByRole('button', { name: 'Take these' }).isDisabled()).toBe(true)
  await thresholds.getByLabel('a replica lags beyond').fill('4096')
  await picture(page, 'thresholds')
  expect(await axeViolations(page)).toEqual([])
  await thresholds.getByRole('button', { name: 'Take these' }).click()
  await page.getByText('NAT and time-out', { exact: true }).click()
  await page.getByLabel('Addresses seen differently from here').fill('10.9.9.9:1=127.0.0.1:2')
  await nameOf(page).fill('orders eu')
  await page.getByRole('combobox', { name: 'Environment' }).selectOption('production')
  await page.getByRole('combobox', { name: 'Colour' }).selectOption('teal')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('Saved as orders eu').waitFor(PATIENCE)
  await picture(page, 'profile-edited')
  expect(await axeViolations(page)).toEqual([])

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export…' }).click(),
  ])
  const file = await download.path()
  const written = JSON.parse(readFileSync(file, 'utf8')) as { profiles: Record<string, unknown>[] }
  expect(written.profiles).toMatchObject([
    { name: 'orders eu', environment: 'production', colour: 'teal', thresholds: { lagBytes: 4096 } },
  ])
  expect(written.profiles[0]).toMatchObject({ nat: ['10.9.9.9:1=127.0.0.1:2'] })

  const there = await open(other.url)
  const chooser = there.getByLabel('Import profiles from a file')
  const broken = { mimeType: 'application/json', buffer: Buffer.from('{"schema":') }
  await chooser.setInputFiles({ name: 'broken.json', ...broken })
  await there.getByText('broken.json: the file is not JSON; nothing was taken').waitFor(PATIENCE)
  await chooser.setInputFiles({ name: 'ours.json', mimeType: 'application/json', buffer: readFileSync(file) })
  await there.getByText('taken: orders eu').waitFor(PATIENCE)
  await chooser.setInputFiles({ name: 'ours.json', mimeType: 'application/json', buffer: readFileSync(file) })
  await there.getByText('orders eu as orders eu (2)').waitFor(PATIENCE)
  await picture(there, 'profiles-imported')
  await there.getByRole('button', { name: 'Edit profile orders eu (2)' }).click()
  await there.getByText('1 own value').waitFor(PATIENCE)
})

it('reads the journal before anything is connected to', async () => {
  const page = await open((await serve([])).url)
  await page.getByRole('link', { name: 'Journal of actions' }).click()
  await page.getByRole('heading', { name: 'Journal of actions' }).waitFor(PATIENCE)
  await page.getByText('No action was ever run from here.').waitFor(PATIENCE)
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText('there is no journal yet').waitFor(PATIENCE)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ])
  expect(readFileSync(await download.path(), 'utf8')).toContain('repliscope/journal-head@')
  await picture(page, 'journal-alone')
})

function nameOf(page: Page): Locator {
  return page.getByRole('form', { name: /^(Connection|Profile)$/ }).getByLabel('Name', { exact: true })
}
