import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readlinkSync, renameSync, statSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { fail, ok, type Result } from '../domain/failure.ts'

export type ServerFlavour = 'redis' | 'valkey'

/** A server program on this machine. Called with `--sentinel` it is the Sentinel. */
export interface ServerBinary {
  readonly flavour: ServerFlavour
  readonly version: string
  /** Absolute path whose file name is `redis-server` or `valkey-server`: the program looks at its own name. */
  readonly path: string
}

export interface FindServerOptions {
  /** A program, or a folder that holds one. Given, nothing else is tried. */
  readonly given?: string | undefined
  /** Default: redis where there is one, else valkey. */
  readonly flavour?: ServerFlavour | undefined
  /** Where symbolic links to Debian's tools are kept; default the user's cache folder. */
  readonly cacheDir?: string | undefined
  readonly path?: string | undefined
}

/**
 * Finds a server program: the one given, one on PATH, else Debian's `redis-tools`, whose `redis-check-rdb` is the
 * server when it is called by the name `redis-server`. Fails with `not-found` and what to install.
 */
export async function findServer(options: FindServerOptions = {}): Promise<Result<ServerBinary>> {
  const flavours: readonly ServerFlavour[] = options.flavour === undefined ? ['redis', 'valkey'] : [options.flavour]
  const cacheDir = options.cacheDir ?? join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'repliscope')
  const folders = (options.path ?? process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates =
    options.given === undefined
      ? flavours.flatMap((flavour) => folders.flatMap((folder) => candidatesIn(resolve(folder), flavour)))
      : isFolder(options.given)
        ? flavours.flatMap((flavour) => candidatesIn(resolve(options.given ?? ''), flavour))
        : [resolve(options.given)]
  for (const candidate of byNameFirst(candidates)) {
    if (!isProgram(candidate)) continue
    const path = named(candidate, cacheDir)
    if (path === undefined) return fail({ kind: 'not-found', detail: unlinked(candidate, cacheDir), known: [] })
    const binary = await identify(path)
    if (binary !== undefined) return ok(binary)
  }
  const what = flavours.map((flavour) => `${flavour}-server`).join(' or ')
  return fail({
    kind: 'not-found',
    detail:
      options.given === undefined
        ? `no ${what} on this machine; install Debian's redis-tools (it carries the server and starts no service), or give a path`
        : whyNone(options.given, what),
    known: [],
  })
}

/** What is wrong with the path that was given. */
function whyNone(given: string, what: string): string {
  if (!existsSync(given)) return `there is no ${given}; give the path of a ${what}, or of its folder`
  if (isFolder(given)) return `there is no ${what} in ${given}`
  return `${given} is not a ${what}${isProgram(given) ? '' : ': it may not be executed'}`
}

function candidatesIn(folder: string, flavour: ServerFlavour): readonly string[] {
  return [join(folder, `${flavour}-server`), join(folder, `${flavour}-check-rdb`)]
}

/** Real servers before check tools, each in the order of the search. */
function byNameFirst(candidates: readonly string[]): readonly string[] {
  const isServer = (path: string) => basename(path).endsWith('-server')
  return [...candidates.filter(isServer), ...candidates.filter((path) => !isServer(path))]
}

function unlinked(program: string, cacheDir: string): string {
  return `${program} is a server under another name, and its link cannot be kept in ${cacheDir}; name another folder by XDG_CACHE_HOME, or give the path of a server`
}

/**
 * The path under which the program behaves as a server: a link of the right name where its own name is another. Undefined:
 * the link could not be made.
 */
function named(program: string, cacheDir: string): string | undefined {
  const name = /^(redis|valkey)-check-rdb$/.exec(basename(program))
  if (name === null) return program
  const link = join(cacheDir, 'servers', `${name[1]}-tools`, `${name[1]}-server`)
  if (linkTarget(link) === program) return link
  try {
    mkdirSync(dirname(link), { recursive: true })
    // Made aside and moved into place: two labs may start at once.
    const aside = `${link}.${process.pid}.${Math.random().toString(36).slice(2)}`
    symlinkSync(program, aside)
    renameSync(aside, link)
    return link
  } catch {
    // A user without a home, a read-only file system.
    return undefined
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

// "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0"
const VERSION_LINE = /^(redis|valkey) server v=(\d+\.\d+\.\d+\S*)/i

function identify(path: string): Promise<ServerBinary | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 5000 }, (_error, stdout) => {
      const line = VERSION_LINE.exec(stdout)
      const flavour = line?.[1]?.toLowerCase() === 'valkey' ? 'valkey' : 'redis'
      resolve(line?.[2] === undefined ? undefined : { flavour, version: line[2], path })
    })
  })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return !isFolder(path)
  } catch {
    return false
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

/** Whether this server's major and minor version is at least the one given. */
export function isAtLeast(binary: ServerBinary, major: number, minor = 0): boolean {
  const [haveMajor = 0, haveMinor = 0] = binary.version.split('.').map(Number)
  return haveMajor > major || (haveMajor === major && haveMinor >= minor)
}
