// node scripts/findings-docs.mjs: writes docs/findings.md from the catalogue of findings.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from './bundle.mjs'
import { ensureNodeModules, ROOT, say } from './setup.mjs'

ensureNodeModules()
const { markdown } = await bundle('findings-docs', { markdown: 'src-main/export/findings-markdown.ts' })
const { findingsMarkdown } = await import(pathToFileURL(markdown).href)
const { format, resolveConfig } = await import('prettier')
const file = join(ROOT, 'docs', 'findings.md')
writeFileSync(file, await format(findingsMarkdown(), { ...(await resolveConfig(file)), filepath: file }))
say('Wrote docs/findings.md')
