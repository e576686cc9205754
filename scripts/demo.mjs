// npm run demo: a lab of real servers on this machine, and Repliscope looking at it. Ctrl-C ends all of it.
//   --cli      show it in this terminal (the only way so far)
//   --seconds N  end by itself
import { spawn } from 'node:child_process'
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
if (!ensureBuilt('main')) giveUp('The build failed; its words are above.')
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
  const started = await startLab({ name: 'demo', server: found.value, onProgress: say, signal: stopping.signal })
  if (!started.ok) return stopping.signal.aborted ? 0 : complain(describeFailure(started.failure))
  const lab = started.value
  const [group] = lab.groups
  const writer = startWriter({ sentinels: lab.sentinels.map((node) => node.address), group: group.group })
  try {
    say(describeLab(lab, group))
    if (options.seconds !== undefined) setTimeout(() => stopping.abort(), Number(options.seconds) * 1000).unref()
    return await showInTerminal(lab)
  } finally {
    say('Ending the lab')
    await writer.stop()
    await lab.down()
  }
}

/** The command line's live view, in this terminal, until it ends or we are told to stop. */
function showInTerminal(lab) {
  const targets = lab.sentinels.flatMap((node) => ['--sentinel', node.id])
  const child = spawn(process.execPath, [join(ROOT, 'out', 'cli', 'index.js'), 'inspect', '--watch', ...targets], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const end = () => {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 3000).unref()
  }
  if (stopping.signal.aborted) end()
  stopping.signal.addEventListener('abort', end)
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(stopping.signal.aborted ? 0 : (code ?? 1)))
  })
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
    return parseArgs({ options: { cli: { type: 'boolean', default: true }, seconds: { type: 'string' } } })
  } catch (error) {
    return giveUp(`${error.message}. npm run demo takes --cli and --seconds N.`)
  }
}

function complain(line) {
  say(line)
  return 1
}
