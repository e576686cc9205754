import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The system's Chromium without a window. It draws in software: there is no graphics card to rely on. */
export function launchChromium(extra: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...ARGS, ...extra] })
}

/** A page must never do these: break its own policy, log an error, throw, crash, ask for what is not there. */
export function watchTroubles(page: Page): readonly string[] {
  const troubles: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => troubles.push(`page error: ${error.stack ?? error.message}`))
  page.on('crash', () => troubles.push('the page crashed'))
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`${response.status()} ${response.url()}`)
  })
  return troubles
}

/** Runs in the page before anything else: a breach of the policy becomes a console error with its particulars. */
export const REPORT_BREACHES = `addEventListener('securitypolicyviolation', (event) =>
  console.error('policy breached: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile))`
