import type { Locator, Page } from 'playwright-core'

/** The card of a node by the beginning of its accessible name, `HOST:PORT, ROLE, ...`. */
export function card(page: Page, id: string, rest = ''): Locator {
  return page.getByRole('group', { name: new RegExp(`^${escape(id)}, ${rest}`) })
}

/** The edge of a link: `REPLICA from MASTER, byte lag ...`. */
export function edge(page: Page, replica: string, upstream: string, rest = ''): Locator {
  return page.getByRole('group', { name: new RegExp(`^${escape(replica)} from ${escape(upstream)}, ${rest}`) })
}

/** Names of all views of a deployment, in the order of the rail. */
export async function viewNames(page: Page): Promise<readonly string[]> {
  const links = page.getByRole('navigation', { name: 'Views' }).locator('a[href^="#/d/"]')
  await links.first().waitFor()
  return links.evaluateAll((all) => all.map((link) => link.getAttribute('title')?.replace(/ \(.*$/, '') ?? ''))
}

/** Opens a view by the rail. */
export async function goToView(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByTitle(`${name} (`).click()
  await page.getByRole('main', { name, exact: true }).waitFor()
}

/** Resolves when the view in front shows this node (or any heading, where a view shows no nodes). */
export async function waitUntilDrawn(page: Page, view: string, id: string): Promise<void> {
  const main = page.getByRole('main')
  const isOfNodes = ['Topology', 'Replicas', 'Lag and write rate', 'Backlog', 'Persistence', 'Sentinels'].includes(view)
  if (view === 'Topology') await card(page, id).waitFor()
  else if (isOfNodes) await main.getByText(id).filter({ visible: true }).first().waitFor()
  else await main.locator('h1, h2').filter({ visible: true }).first().waitFor()
}

/** `dark` or `light`: what the page shows now. */
export function themeOf(page: Page): Promise<string | undefined> {
  return page.evaluate<string | undefined>('document.documentElement.dataset.theme')
}

function escape(text: string): string {
  return text.replace(/[.[\]\\]/g, '\\$&')
}
