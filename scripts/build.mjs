// Builds every host, when sources changed since the last build (`ensureBuilt`) or always (`npm run build`).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureNodeModules, ROOT, say } from './setup.mjs'

const SOURCES = [
  'src-main',
  'src-renderer',
  'resources',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
]
const STAMP = join(ROOT, 'out', '.sources')

/** Whether the build is there and up to date now; false when it failed (its words are on stderr). */
export function ensureBuilt() {
  const wanted = digestOf(SOURCES)
  const isFresh = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted
  return isFresh || build(wanted)
}

export function build(sources = digestOf(SOURCES)) {
  say('Building')
  const program = join(ROOT, 'node_modules', 'electron-vite', 'dist', 'cli.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (status !== 0) say(`${stdout}${stderr}`.trim())
  else writeFileSync(STAMP, sources)
  return status === 0
}

/** Changes when a file under these paths comes, goes or is written. */
export function digestOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(join(ROOT, path)))) {
    const { mtimeMs, size } = statSync(file)
    hash.update(`${file}\0${mtimeMs}\0${size}\n`)
  }
  return hash.digest('hex')
}

function filesUnder(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureNodeModules()
  process.exitCode = build() ? 0 : 1
}
