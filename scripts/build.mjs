// Builds every host, when sources changed since the last build (`ensureBuilt`) or always (`npm run build`).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureNodeModules, ROOT, say } from './setup.mjs'

const COMMON = ['electron.vite.config.ts', 'package.json', 'package-lock.json', 'src-main', 'resources']

// What is built, from what, and which folders of out/ are its own.
const SCOPES = {
  main: { sources: COMMON, folders: ['main', 'cli', 'shared'] },
  all: { sources: [...COMMON, 'src-renderer'], folders: ['main', 'cli', 'shared', 'preload', 'renderer'] },
}

/**
 * Whether the build is there and up to date now; false when it failed (its words are on stderr). `main` is enough for
 * a command that shows no page.
 */
export function ensureBuilt(scope = 'all') {
  const wanted = digestOf(SCOPES[scope].sources)
  const stamp = join(ROOT, 'out', `.built-${scope}`)
  const isFresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  return isFresh || build(scope)
}

export function build(scope = 'all') {
  const out = join(ROOT, 'out')
  const digests = Object.fromEntries(Object.entries(SCOPES).map(([name, { sources }]) => [name, digestOf(sources)]))
  say('Building')
  mkdirSync(out, { recursive: true })
  const built = scope === 'all' ? ['all', 'main'] : ['main']
  // Whatever happens now, what stands there is no longer what the stamps say.
  for (const name of Object.keys(SCOPES)) rmSync(join(out, `.built-${name}`), { force: true })
  for (const folder of SCOPES[scope].folders) rmSync(join(out, folder), { recursive: true, force: true })
  const program = join(ROOT, 'node_modules', 'electron-vite', 'dist', 'cli.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', REPLISCOPE_BUILD: scope },
  })
  if (status !== 0) say(`${stdout}${stderr}`.trim())
  else for (const name of built) writeFileSync(join(out, `.built-${name}`), digests[name])
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
