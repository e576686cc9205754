import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchChromium, REPORT_BREACHES, watchTroubles } from './chromium.ts'
import { startServeHost } from './serve-host.ts'
import type { ServeHost, ServeHostOptions } from './serve-host.ts'

/** What a test of the page uses; whatever it opens ends with the test. */
export interface PageTools {
  /** A page in a browser profile of its own. Its errors fail the test, but for those that `ordinary` matches. */
  readonly open: (url: string, options?: BrowserContextOptions & { readonly ordinary?: RegExp }) => Promise<Page>
  readonly serve: (args?: readonly string[], options?: ServeHostOptions) => Promise<ServeHost>
}

/** Called once at the top of a test file: one browser for the file. */
export function useBrowser(): PageTools {
  let browser: Browser | undefined
  const contexts: BrowserContext[] = []
  const hosts: ServeHost[] = []
  const watched: { readonly troubles: readonly string[]; readonly ordinary: RegExp | undefined }[] = []
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    const troubles = watched
      .splice(0)
      .flatMap(({ troubles: all, ordinary }) => all.filter((trouble) => ordinary?.test(trouble) !== true))
    for (const context of contexts.splice(0)) await context.close()
    for (const host of hosts.splice(0)) await host.stop()
    expect(troubles, 'errors of the page').toEqual([])
  })
  return {
    open: async (url, { ordinary, ...options } = {}) => {
      if (browser === undefined) throw new Error('no browser: open pages inside tests')
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        colorScheme: 'dark',
        // A colour in the middle of its transition is none that anybody reads, but axe would measure it.
        reducedMotion: 'reduce',
        ...options,
      })
      contexts.push(context)
      await context.addInitScript(REPORT_BREACHES)
      const page = await context.newPage()
      watched.push({ troubles: watchTroubles(page), ordinary })
      await page.goto(url)
      return page
    },
    serve: async (args, options) => {
      const host = await startServeHost(args, options)
      hosts.push(host)
      return host
    },
  }
}
