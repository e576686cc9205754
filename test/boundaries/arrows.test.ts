import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FIXTURES = fileURLToPath(new URL('fixtures/arrows', import.meta.url))
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as Required<IConfiguration>
const rules = config.forbidden ?? []

describe('import boundaries', () => {
  it('have a fixture for each rule, and no other', () => {
    expect(readdirSync(FIXTURES).sort()).toEqual(rules.map((rule) => rule.name ?? '').sort())
  })

  it.each(rules.map((rule) => [rule.name ?? '', rule.comment ?? '']))(
    '%s fires on the tree that breaks it: %s',
    async (name, sentence) => {
      const broken = await violationsIn(`${FIXTURES}/${name}`)
      expect(broken.map((violation) => violation.name)).toContain(name)
      expect(sentence).toMatch(/^.{20,}\.$/)
    },
  )

  it('are seen inside a .vue file, type-only imports too', async () => {
    const broken = await violationsIn(`${FIXTURES}/renderer-arrows`)
    expect(broken.map((violation) => violation.from)).toContain('src-renderer/features/View.vue')
  })

  it('hold in the real tree', async () => {
    const broken = await violationsIn(ROOT)
    expect(broken.map(({ name, from, to }) => `${name}: ${from} -> ${to}`)).toEqual([])
  })
})

async function violationsIn(baseDir: string) {
  const folders = readdirSync(baseDir).filter((name) => name.startsWith('src-'))
  const { output } = await cruise(folders, { ...config.options, ruleSet: config, validate: true, baseDir })
  return (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => ({ name: rule.name, from, to }))
}
