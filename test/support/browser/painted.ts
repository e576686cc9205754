import type { Page } from 'playwright-core'

/**
 * Resolves with the moment (epoch ms, with fractions) at which a thing with such an accessible name was on the screen: the name
 * appears in the document, the frame after it is produced, and the first task behind that frame takes the time. Page and
 * caller read the same machine's clock.
 */
export function whenPainted(page: Page, name: RegExp, count = 1): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const name = new RegExp(${JSON.stringify(name.source)})
    const isThere = () =>
      [...document.querySelectorAll('[data-canvas-id]')].filter((it) => name.test(it.getAttribute('aria-label') ?? '')).length >= ${count}
    const afterFrame = () => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve(performance.timeOrigin + performance.now())
      port2.postMessage(null)
    })
    if (isThere()) return afterFrame()
    const observer = new MutationObserver(() => {
      if (!isThere()) return
      observer.disconnect()
      afterFrame()
    })
    observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] })
  })`)
}
