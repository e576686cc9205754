import type { Locator, Page } from 'playwright-core'

/** Names of the views, as the rail says them. */
export const VIEW_NAMES = ['Topology', 'Replicas', 'Lag and write rate', 'Backlog', 'Persistence', 'Sentinels'] as const

/** The card of a node by the beginning of its accessible name, `HOST:PORT, ROLE, ...`. */
export function card(page: Page, id: string, rest = ''): Locator {
  return page.getByRole('group', { name: new RegExp(`^${escape(id)}, ${rest}`) })
}

/** The edge of a link: `REPLICA from MASTER, byte lag ...`. */
export function edge(page: Page, replica: string, upstream: string, rest = ''): Locator {
  return page.getByRole('group', { name: new RegExp(`^${escape(replica)} from ${escape(upstream)}, ${rest}`) })
}

/** Opens a view by the rail. */
export async function goToView(page: Page, name: (typeof VIEW_NAMES)[number]): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name, exact: true }).click()
  await page.getByRole('main', { name }).waitFor()
}

/** `dark` or `light`: what the page shows now. */
export function themeOf(page: Page): Promise<string | undefined> {
  return page.evaluate<string | undefined>('document.documentElement.dataset.theme')
}

function escape(text: string): string {
  return text.replace(/[.[\]\\]/g, '\\$&')
}
