import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { actOn, button, dialog, endOf, PATIENCE, picture, planIt, runIt } from '../support/browser/act-page.ts'
import { card } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'

// FLUSHALL and FLUSHDB in the page, to the end and back again, on servers that the page takes for production.

const { open, serve } = useBrowser()
const servers = (lab: TestLab) => [lab.master, ...lab.replicas]

async function filledLab(): Promise<TestLab> {
  const lab = await withLab({ replicas: 1, chained: 0 })
  await redisCli(lab, lab.master, 'EVAL', "for i = 1, 1200 do redis.call('SET', 'order:' .. i, 'some value') end", '0')
  await redisCli(lab, lab.master, '-n', '3', 'MSET', 'a', '1', 'b', '2', 'c', '3')
  await waitFor(async () => (await redisCli(lab, lab.replicas[0]!, 'DBSIZE')) === '1200', {
    what: 'the replica to have the keys',
  })
  await redisCli(lab, lab.master, 'SAVE')
  return lab
}

async function pageOn(lab: TestLab) {
  const page = await open((await serve(lab.sentinels.flatMap((node) => ['--sentinel', node.id]))).url)
  await card(page, lab.replicas[0]!.id, 'replica, up').waitFor(PATIENCE)
  return page
}

it('FLUSHALL shows what is destroyed on each node, wants the number typed, and leaves a way back that works', async () => {
  const lab = await filledLab()
  const page = await pageOn(lab)
  const wizard = await actOn(page, lab.master.id, 'Empty every database')
  await picture(page, 'flushall-options')
  const text = await planIt(page, wizard)
  expect(text).toBe(`${lab.group} 1203`)
  const said = await wizard.innerText()
  for (const node of servers(lab)) expect(said, node.id).toContain(node.id)
  expect(said).toMatch(/db0.{0,20}1,?200/)
  expect(said).toMatch(/db3.{0,20}\b3\b/)
  expect(said).toMatch(/dump\.rdb/)
  expect(said).toMatch(/last saved \d+ s ago/)
  await picture(page, 'flushall-plan')
  await wizard.getByLabel('To run it, type').pressSequentially(lab.group)
  expect(await button(wizard, /^Run: /).isDisabled()).toBe(true)
  await wizard.getByLabel('To run it, type').fill('')
  await picture(page, 'flushall-confirm')
  await runIt(wizard, text)
  expect(await endOf(wizard)).toBe('Done')
  await picture(page, 'flushall-outcome')
  for (const node of servers(lab)) expect(await redisCli(lab, node, 'DBSIZE')).toBe('0')
  const outcome = await wizard.innerText()
  expect(outcome).toMatch(/what you can do from here/i)
  expect(outcome).toMatch(/cp -p .*dump\.rdb .*before-flush/)
})

it('FLUSHDB empties the one database that was named', async () => {
  const lab = await filledLab()
  const page = await pageOn(lab)
  const wizard = await actOn(page, lab.master.id, 'Empty one database')
  await wizard.getByRole('textbox', { name: 'Database' }).fill('3')
  const text = await planIt(page, wizard)
  expect(text).toBe(`${lab.group} 3`)
  await picture(page, 'flushdb-plan')
  await runIt(wizard, text)
  expect(await endOf(wizard)).toBe('Done')
  await picture(page, 'flushdb-outcome')
  for (const node of servers(lab)) {
    expect(await redisCli(lab, node, '-n', '3', 'DBSIZE')).toBe('0')
    expect(await redisCli(lab, node, 'DBSIZE')).toBe('1200')
  }
  await page.keyboard.press('Escape')
  await dialog(page, /^Empty/).waitFor({ state: 'detached', ...PATIENCE })
  expect(existsSync(join(lab.master.dir, 'dump.rdb'))).toBe(true)
})
