import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
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
  await page.getByLabel('Name', { exact: true }).fill('orders prod')
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
