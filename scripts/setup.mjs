// What a fresh machine lacks, brought in by the commands that need it. Node's own modules only: this runs first.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const CACHE = join(ROOT, '.cache')
const SERVERS = join(CACHE, 'servers')

/** A line for whoever runs the command; standard output belongs to the command itself. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/** Ends the command with one line that says what to do. */
export function giveUp(line) {
  say(line)
  process.exit(1)
}

export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    giveUp(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`)
}

/** Runs `npm ci` when what is installed is not what the lock file says. */
export function ensureNodeModules() {
  ensureNode()
  const lock = readFileSync(join(ROOT, 'package-lock.json'))
  const stamp = join(ROOT, 'node_modules', '.repliscope-lock')
  const wanted = createHash('sha256').update(lock).digest('hex')
  if (readOrEmpty(stamp) === wanted) return
  if (!isInstalled(JSON.parse(lock))) {
    say('Installing packages (npm ci)')
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    })
    if (npm.status !== 0) giveUp('npm ci failed; its words are above.')
  }
  writeFileSync(stamp, wanted)
}

/** Whether npm's own record of node_modules names the very packages of the lock file. */
function isInstalled(lock) {
  const record = readOrEmpty(join(ROOT, 'node_modules', '.package-lock.json'))
  if (record === '') return false
  const installed = JSON.parse(record).packages ?? {}
  return Object.entries(lock.packages).every(([path, { integrity, optional }]) =>
    path === '' || (optional && installed[path] === undefined) ? true : installed[path]?.integrity === integrity,
  )
}

/**
 * Debian packages that install without a service. What ships a service is unpacked by `ensureUnpacked` instead.
 * `files`: where the package's work is seen; one of each list is enough.
 */
const SYSTEM_PACKAGES = {
  'redis-tools': {
    files: [['redis-check-rdb', 'redis-server'], ['redis-cli']],
    why: 'the server, the Sentinel and redis-cli',
  },
  openssl: { files: [['openssl']], why: 'certificates for the TLS tests' },
  'dbus-daemon': { files: [['dbus-run-session']], why: 'a D-Bus of their own for the keychain tests' },
  'gnome-keyring': { files: [['gnome-keyring-daemon']], why: 'the keychain of the keychain tests' },
  chromium: { files: [['chromium', 'google-chrome', 'chromium-browser']], why: 'the browser of the e2e tests' },
}

/** Installs what is missing: as root with apt-get, else one line says what to install. */
export function ensureSystemPackages(names) {
  const missing = names.filter((name) => !SYSTEM_PACKAGES[name].files.every((some) => some.some(onPath)))
  if (missing.length === 0) return
  const reasons = missing.map((name) => `${name} (${SYSTEM_PACKAGES[name].why})`).join(', ')
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!onPath('apt-get')) giveUp(`Install what Debian calls ${reasons}, then run this again.`)
  if (process.getuid?.() !== 0) giveUp(`Missing: ${reasons}. Run: sudo ${command}`)
  say(`Installing ${reasons}`)
  const install = () => apt(['install', '-y', '--no-install-recommends', ...missing], withoutServices())
  if (hasPackageLists() && install()) return
  if (!apt(['update']) || !install()) giveUp(`Could not install ${missing.join(', ')}: ${command} says why.`)
}

function apt(args, options = []) {
  const common = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' }
  return spawnSync('apt-get', [...common, ...options, ...args], { env, stdio: ['ignore', 'ignore', 2] }).status === 0
}

/** Programs by which a package would start a service, replaced for this one installation by ones that do nothing. */
function withoutServices() {
  const folder = join(CACHE, 'no-services')
  mkdirSync(folder, { recursive: true })
  for (const name of ['invoke-rc.d', 'deb-systemd-invoke', 'service', 'systemctl', 'start-stop-daemon']) {
    writeFileSync(join(folder, name), '#!/bin/sh\nexit 0\n')
    chmodSync(join(folder, name), 0o755)
  }
  return ['-o', `DPkg::Path=${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`]
}

function hasPackageLists() {
  return existsSync('/var/lib/apt/lists') && readdirSync('/var/lib/apt/lists').some((name) => /_Packages/.test(name))
}

/**
 * The servers to try things on, as `.cache/servers/FLAVOUR-VERSION/`. Redis is Debian's redis-tools under the right
 * names. Valkey comes from bookworm-backports; where that cannot be reached `valkey` is undefined and a line says so.
 */
export function ensureServers({ valkey = false } = {}) {
  return { redis: cached('redis') ?? linkRedis(), valkey: valkey ? (cached('valkey') ?? fetchValkey()) : undefined }
}

function cached(flavour) {
  if (!existsSync(SERVERS)) return undefined
  const name = readdirSync(SERVERS).find((folder) => new RegExp(`^${flavour}-[0-9.]+$`).test(folder))
  const folder = name === undefined ? undefined : join(SERVERS, name)
  return folder !== undefined && versionOf(join(folder, `${flavour}-server`)) !== undefined ? folder : undefined
}

function linkRedis() {
  const program = onPath('redis-check-rdb') ?? onPath('redis-server')
  if (program === undefined) giveUp('No Redis server here: install redis-tools.')
  return keepServers('redis', (folder) => {
    symlinkSync(program, join(folder, 'redis-server'))
    symlinkSync(program, join(folder, 'redis-sentinel'))
    const cli = onPath('redis-cli')
    if (cli !== undefined) symlinkSync(cli, join(folder, 'redis-cli'))
  })
}

function fetchValkey() {
  const source = backportsSource()
  const unpacked = source === undefined ? undefined : unpackPackage('valkey-tools', source)
  if (unpacked === undefined) {
    say('Valkey: bookworm-backports cannot be reached from here; its suites are skipped.')
    return undefined
  }
  return keepServers('valkey', (folder) => {
    renameSync(unpacked, join(folder, 'package'))
    const bin = join('package', 'usr', 'bin')
    symlinkSync(join(bin, 'valkey-check-rdb'), join(folder, 'valkey-server'))
    symlinkSync(join(bin, 'valkey-check-rdb'), join(folder, 'valkey-sentinel'))
    symlinkSync(join(bin, 'valkey-cli'), join(folder, 'valkey-cli'))
  })
}

/** Fills a folder aside and gives it the name of the version found in it. */
function keepServers(flavour, fill) {
  mkdirSync(SERVERS, { recursive: true })
  const aside = join(SERVERS, `.${flavour}-${process.pid}`)
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside)
  fill(aside)
  const version = versionOf(join(aside, `${flavour}-server`))
  if (version === undefined) {
    rmSync(aside, { recursive: true, force: true })
    say(`The ${flavour} server that was found does not run here.`)
    return undefined
  }
  const folder = join(SERVERS, `${flavour}-${version}`)
  rmSync(folder, { recursive: true, force: true })
  renameSync(aside, folder)
  return folder
}

function versionOf(server) {
  try {
    const text = execFileSync(server, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return / v=([0-9.]+)/.exec(text)?.[1]
  } catch {
    return undefined
  }
}

/**
 * A program of a Debian package that would bring a service: downloaded and unpacked into the cache, not installed.
 * Undefined, with a line, where it cannot be had.
 */
export function ensureUnpacked(name, program) {
  const installed = onPath(program)
  if (installed !== undefined) return installed
  const folder = join(CACHE, 'packages', name)
  const path = join(folder, 'usr', 'bin', program)
  if (existsSync(path)) return path
  const source = debianSource('bookworm')
  const unpacked = source === undefined ? undefined : unpackPackage(name, source)
  if (unpacked === undefined) {
    say(`${name} cannot be downloaded from here; what needs it is left out.`)
    return undefined
  }
  mkdirSync(join(CACHE, 'packages'), { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  renameSync(unpacked, folder)
  return path
}

/** Downloads one package with lists and state of our own, so that the machine's apt is not touched. Needs no root. */
function unpackPackage(name, source) {
  if (!onPath('apt-get') || !onPath('dpkg-deb')) return undefined
  const folder = join(CACHE, `apt-${name}-${process.pid}`)
  const into = join(CACHE, `unpacked-${name}-${process.pid}`)
  for (const sub of ['lists/partial', 'cache/archives/partial', 'download'])
    mkdirSync(join(folder, sub), { recursive: true })
  writeFileSync(join(folder, 'sources.list'), `${source}\n`)
  const options = Object.entries({
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  try {
    const run = (...args) =>
      spawnSync('apt-get', ['-qq', ...options, ...args], { cwd: join(folder, 'download'), stdio: 'ignore' }).status ===
      0
    if (!run('update') || !run('download', name)) return undefined
    const [file] = readdirSync(join(folder, 'download'))
    const isUnpacked = spawnSync('dpkg-deb', ['-x', join(folder, 'download', file ?? ''), into]).status === 0
    return isUnpacked ? into : undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function backportsSource() {
  return debianSource('bookworm-backports')
}

/** One apt source line on the mirror and key that this machine already uses for Debian; Debian's own otherwise. */
function debianSource(suite) {
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
  if (!existsSync(key)) return undefined
  return `deb [signed-by=${key}] ${debianMirror()} ${suite} main`
}

function debianMirror() {
  const folder = '/etc/apt/sources.list.d'
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((it) => join(folder, it)) : []),
  ]
  const lines = files.flatMap((file) => readOrEmpty(file).split('\n'))
  const mirrors = lines.flatMap((line) => /^(?:URIs:|deb\s(?:\[[^\]]*\]\s)?)\s*(\S+)/.exec(line.trim())?.[1] ?? [])
  return mirrors.find((url) => /\/debian\/?$/.test(url)) ?? 'http://deb.debian.org/debian'
}

function onPath(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/bin', '/sbin']
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
