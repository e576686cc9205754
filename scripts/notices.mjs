// node scripts/notices.mjs [--check]: writes THIRD-PARTY-NOTICES from the licence texts of every package whose code or
// font is part of what is shipped. With --check it only says whether the file is up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'

const FILE = join(ROOT, 'THIRD-PARTY-NOTICES')
/** What is bundled into the program and the page; the tools are not shipped. */
const BUNDLED = [
  'commander',
  'ioredis',
  'sirv',
  'ws',
  'zod',
  '@fontsource-variable/inter',
  '@fontsource-variable/jetbrains-mono',
  '@tanstack/vue-table',
  '@tanstack/vue-virtual',
  '@vue-flow/core',
  '@vue-flow/minimap',
  'd3-hierarchy',
  'pinia',
  'reka-ui',
  'uplot',
  'vue',
  'vue-router',
]

const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const found = new Map()
for (const name of [...Object.keys(own.dependencies ?? {}), ...BUNDLED]) collect(name, ROOT)
const text = [...found.values()]
  .sort((a, b) => (a.name < b.name ? -1 : 1))
  .map(({ name, version, license, words }) => `${name} ${version} (${license})\n\n${words.trim()}\n`)
  .join(`\n${'-'.repeat(80)}\n\n`)
const whole = `Repliscope is built with the following packages. Their licences:\n\n${'-'.repeat(80)}\n\n${text}`

if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== whole) {
    process.stderr.write('THIRD-PARTY-NOTICES is out of date: node scripts/notices.mjs\n')
    process.exit(1)
  }
} else writeFileSync(FILE, whole)

function collect(name, from) {
  const folder = resolve(name, from)
  if (folder === undefined || found.has(folder)) return
  const meta = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry))
  found.set(folder, {
    name: meta.name,
    version: meta.version,
    license: typeof meta.license === 'string' ? meta.license : 'see its text',
    words: file === undefined ? 'No licence text is part of the package.' : readFileSync(join(folder, file), 'utf8'),
  })
  for (const dependency of Object.keys(meta.dependencies ?? {})) collect(dependency, folder)
}

/** As Node resolves: the nearest node_modules upwards. */
function resolve(name, from) {
  for (let at = from; ; at = join(at, '..')) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (at === ROOT || at === '/') return undefined
  }
}
