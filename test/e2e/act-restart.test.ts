import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { actByPalette, actOn, button, dialog, endOf } from '../support/browser/act-page.ts'
import { PATIENCE, picture, planIt, runIt } from '../support/browser/act-page.ts'
import { card, goToView } from '../support/browser/page-parts.ts'
import { useBrowser } from '../support/browser/use-browser.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { startRespawner } from '../support/lab/respawner.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'

// Restarts in the page, on servers that somebody starts again: watched to their end, stopped, taken up again.

const { open, serve } = useBrowser()
const timing = { downAfterMs: 5000, failoverTimeoutMs: 10_000 } as const

async function pageOn(lab: TestLab) {
  const page = await open((await serve(lab.sentinels.flatMap((node) => ['--sentinel', node.id]))).url)
  await card(page, lab.replicas[0]!.id, 'replica, up').waitFor(PATIENCE)
  return page
}

function supervise(lab: TestLab, nodes: readonly LabNode[], pauseMs = 0) {
  const respawner = startRespawner(lab, nodes, pauseMs)
  onTestFinished(() => respawner.stop())
  return respawner
}

/** How often a server says that somebody sent it SHUTDOWN. */
const shutdownsOf = (node: LabNode): number =>
  readFileSync(node.logFile, 'utf8').split('User requested shutdown').length - 1

it('a replica is restarted from its details, comes back, and resyncs partially as forecast', async () => {
  const lab = await withLab({ replicas: 2, chained: 0, ...timing })
  const [node] = lab.replicas
  const respawner = supervise(lab, [node!], 1500)
  const page = await pageOn(lab)
  await card(page, node!.id).click()
  await button(page.getByRole('complementary', { name: 'Details' }), /^Act…/).click()
  await page.getByRole('menuitem', { name: 'Restart safely…' }).click()
  const wizard = dialog(page, /^Restart safely/)
  const text = await planIt(page, wizard)
  expect(text).toBe(node!.id)
  await picture(page, 'restart-plan')
  await runIt(wizard, text)
  await wizard
    .locator('.steps')
    .getByText(/waiting for somebody to start it/)
    .first()
    .waitFor(PATIENCE)
  await picture(page, 'restart-running')
  expect(await endOf(wizard)).toBe('Done')
  await wizard.getByText(/resynced partially, as forecast/).waitFor(PATIENCE)
  await picture(page, 'restart-outcome')
  expect([shutdownsOf(node!), respawner.starts.get(node!.id)]).toEqual([1, 1])
})

it('a rolling restart is stopped after a node, and taken up again for the nodes that are left', async () => {
  const lab = await withLab({ replicas: 2, chained: 0, ...timing })
  const nodes = [lab.master, ...lab.replicas]
  supervise(lab, nodes, 1500)
  const page = await pageOn(lab)
  const wizard = await actByPalette(page, 'act restart whole group', 'Restart the whole group')
  await runIt(wizard, await planIt(page, wizard))
  await wizard
    .locator('.steps')
    .getByText(/waiting for somebody to start it/)
    .first()
    .waitFor(PATIENCE)
  await button(wizard, 'Cancel between steps').click()
  // Between two steps it is stopped; in the wait for the node that is down, it is that too, and the node is not back.
  expect(['Stopped', 'Not done']).toContain(await endOf(wizard))
  await picture(page, 'rolling-stopped')
  const done = nodes.filter((node) => shutdownsOf(node) > 0).length
  expect(done).toBeGreaterThan(0)
  expect(done).toBeLessThan(nodes.length)
  await button(wizard, /^Journal entry/).click()
  await page.getByRole('heading', { name: /rolling-restart: (stopped|failed)/ }).waitFor(PATIENCE)
  await picture(page, 'rolling-journal')
  await waitFor(() => nodes.every((node) => lab.isRunning(node)), { what: 'every node to run again' })
  // A plan is blocked while a link is down or a Sentinel still holds the node for down.
  for (const replica of lab.replicas)
    await waitFor(async () => (await infoOf(lab, replica, 'replication')).get('master_link_status') === 'up', {
      what: `the link of ${replica.id}`,
    })
  for (const sentinel of lab.sentinels)
    await waitFor(async () => !(await redisCli(lab, sentinel, 'SENTINEL', 'REPLICAS', lab.group)).includes('s_down'), {
      what: `${sentinel.id} to see every replica`,
    })
  await button(page.getByRole('main'), 'Take it up again…').click()
  expect(await wizard.getByRole('textbox', { name: 'Take up the action' }).inputValue()).toMatch(/^a/)
  const text = await planIt(page, wizard)
  expect(await wizard.innerText()).toContain('restarted already: ')
  await picture(page, 'rolling-again')
  await runIt(wizard, text)
  expect(await endOf(wizard)).toBe('Done')
  await picture(page, 'rolling-done')
  expect(nodes.map(shutdownsOf)).toEqual([1, 1, 1])
  await page.keyboard.press('Escape')
  await goToView(page, 'Topology')
}, 240_000)

it.runIf(isLongRun)(
  'a master hands over before it is restarted',
  async () => {
    const lab = await withLab({ replicas: 2, chained: 0, ...timing })
    supervise(lab, [lab.master])
    const page = await pageOn(lab)
    const wizard = await actOn(page, lab.master.id, 'Restart safely')
    const text = await planIt(page, wizard)
    await picture(page, 'restart-master-plan')
    await runIt(wizard, text)
    expect(await endOf(wizard)).toBe('Done')
    await picture(page, 'restart-master-outcome')
    await wizard.getByRole('row', { name: new RegExp(`^${lab.master.id} master replica of`) }).waitFor(PATIENCE)
    expect(await masterAccordingTo(lab, lab.sentinels[0]!, lab.group)).not.toBe(lab.master.id)
    expect(shutdownsOf(lab.master)).toBe(1)
  },
  240_000,
)
