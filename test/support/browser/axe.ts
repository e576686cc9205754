import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ROOT } from './root.ts'

const SOURCE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

interface AxeNode {
  readonly target: readonly string[]
  readonly failureSummary: string
}
interface AxeViolation {
  readonly id: string
  readonly nodes: readonly AxeNode[]
}

/** Every rule of axe-core that this page breaks, with the first places; empty when none. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger: the page's policy would refuse it as a script.
  await page.evaluate(`window.axe === undefined && (() => { ${SOURCE} })()`)
  const violations = await page.evaluate<readonly AxeViolation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )
  return violations.map(({ id, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.target.join(' ')}: ${node.failureSummary}`)
    return `${id} at ${nodes.length} places\n${places.join('\n')}`
  })
}
