// npm run cli -- ARGS: the command line of this checkout, built first where sources changed.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { ensureNodeModules, ROOT } from './setup.mjs'

ensureNodeModules()
// Only `serve` shows the page.
if (!ensureBuilt(process.argv[2] === 'serve' ? 'all' : 'main')) process.exit(6)
const child = spawn(process.execPath, [join(ROOT, 'out', 'cli', 'index.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
// The terminal sends Ctrl-C to both; what is sent to us alone is passed on. The child decides how to end.
process.on('SIGINT', () => undefined)
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
