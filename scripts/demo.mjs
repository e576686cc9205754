// npm run demo: a lab of real servers on this machine, and Repliscope looking at it. Ctrl-C ends all of it.
// The app opens where there is an Electron runtime and a display; else the page is served, and its URL printed.
//   --cli        show it in this terminal instead
//   --no-open    print the URL, open no browser
//   --seconds N  end by itself
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuilt } from './build.mjs'
import { bundle } from './bundle.mjs'
import { ensureNodeModules, ensureServers, ensureSystemPackages, giveUp, ROOT, say } from './setup.mjs'

const { values: options } = readOptions()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort())

ensureNodeModules()
ensureSystemPackages(['redis-tools'])
const servers = ensureServers()
if (!ensureBuilt(options.cli ? 'main' : 'all')) giveUp('The build failed; its words are above.')
process.exitCode = await demonstrate()
process.exit()

async function demonstrate() {
  const paths = await bundle('demo-lab', {
    lab: 'src-main/lab/lab.ts',
    servers: 'src-main/lab/servers.ts',
    writer: 'src-main/lab/writer.ts',
    failure: 'src-main/domain/failure.ts',
  })
  const [{ startLab }, { findServer }, { startWriter }, { describeFailure }] = await Promise.all(
    [paths.lab, paths.servers, paths.writer, paths.failure].map((path) => import(path)),
  )
  const found = await findServer({ given: servers.redis })
  if (!found.ok) return complain(describeFailure(found.failure))
  // Long enough that a switchover by hand has time, short enough that a failover is watched live.
  const options = { name: 'demo', server: found.value, downAfterMs: 3000, onProgress: say, signal: stopping.signal }
  const started = await startLab(options)
  if (!started.ok) return stopping.signal.aborted ? 0 : complain(describeFailure(started.failure))
  const lab = started.value
  const [group] = lab.groups
  const writer = startWriter({ sentinels: lab.sentinels.map((node) => node.address), group: group.group })
  try {
    say(describeLab(lab, group))
    if (options.seconds !== undefined) setTimeout(() => stopping.abort(), Number(options.seconds) * 1000).unref()
    return await show(lab)
  } finally {
    say('Ending the lab')
    await writer.stop()
    await lab.down()
  }
}

/** Shows the lab until the shower ends or we are told to stop. */
function show(lab) {
  const targets = lab.sentinels.flatMap((node) => ['--sentinel', node.id])
  const { command, args, env } = shower(targets)
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  const end = () => {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 3000).unref()
  }
  if (stopping.signal.aborted) end()
  stopping.signal.addEventListener('abort', end)
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(complain(error.message)))
    child.on('exit', (code) => resolve(stopping.signal.aborted ? 0 : (code ?? 1)))
  })
}

function shower(targets) {
  const cli = join(ROOT, 'out', 'cli', 'index.js')
  if (options.cli) return { command: process.execPath, args: [cli, 'inspect', '--watch', ...targets], env: {} }
  const electron = electronRuntime()
  if (electron !== undefined && hasDisplay()) return { command: electron, args: ['.', ...targets], env: {} }
  const open = options['no-open'] || !hasDisplay() ? ['--no-open'] : []
  return { command: process.execPath, args: [cli, 'serve', ...open, ...targets], env: {} }
}

/** Electron's program where its runtime is installed. Asking the package itself would start a download. */
function electronRuntime() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(ROOT, 'node_modules', 'electron', 'dist')
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }
  const program = join(folder, names[process.platform] ?? 'electron')
  return existsSync(program) ? program : undefined
}

function hasDisplay() {
  if (process.platform !== 'linux') return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

function describeLab(lab, group) {
  const list = (nodes) => nodes.map((node) => node.id).join(' ')
  const { flavour, version } = lab.binary
  return [
    `A lab of ${flavour} ${version} runs in ${lab.dir}; Ctrl-C ends it.`,
    `  master ${group.master.id}, replicas ${list(group.replicas)}, chained ${list(group.chained)}`,
    `  Sentinels ${list(lab.sentinels)}`,
  ].join('\n')
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        cli: { type: 'boolean', default: false },
        'no-open': { type: 'boolean', default: false },
        seconds: { type: 'string' },
      },
    })
  } catch (error) {
    return giveUp(`${error.message}. npm run demo takes --cli, --no-open and --seconds N.`)
  }
}

function complain(line) {
  say(line)
  return 1
}
