import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, ipcMain, Menu, protocol, session, shell } from 'electron'
import { createHostApp, hostTimers } from '../../app/host-app.ts'
import { userDataFolder } from '../../app/user-data-folder.ts'
import { keychainThrough } from '../../app/keychain.ts'
import { targetFromArgv } from '../../app/target-from-argv.ts'
import { createWindowMemory } from '../../app/window-bounds.ts'
import { serveContract } from '../../contract/server.ts'
import { carryOverIpc } from './ipc.ts'
import { startKeychainProcess } from './keychain-process.ts'
import { denyPermissions, lockDown } from './lock-down.ts'
import { menuTemplate } from './menu.ts'
import { ORIGIN, SCHEME, servePageFiles } from './protocol.ts'
import { openWindow } from './window.ts'

/** Beside the built program: `out/main/index.js` runs, `out/renderer` and `out/preload` lie next to it. */
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const PRELOAD = beside('../preload/preload.cjs')
const PAGE = beside('../renderer')
const ICON = beside('../../resources/icons/512x512.png')

const warn = (line: string): void => void process.stderr.write(`repliscope: ${line}\n`)

// Before anything else: the profile's folder is what the single-instance lock is held in, and schemes are fixed at the start.
app.setPath('userData', join(userDataFolder(), 'electron'))
app.enableSandbox()
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
])

// Not awaited: Electron becomes ready only when this module has been evaluated, and `run` waits for that.
if (app.requestSingleInstanceLock()) run().catch(endWithBug)
else app.quit()

function endWithBug(error: unknown): void {
  warn(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  app.exit(6)
}

/** Wires the app to one window and owns the end of all of it. */
async function run(): Promise<void> {
  lockDown(app, shell)
  const core = createHostApp('desktop', warn, keychainThrough(startKeychainProcess))
  const server = serveContract({
    handlers: core.handlers,
    timers: hostTimers,
    // A page gets here only through the preload of our own window, which `carryOverIpc` checks frame by frame.
    admit: () => undefined,
    logBug: (reference, call, error) =>
      warn(
        `internal error ${reference} in ${call}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      ),
  })
  const stopIpc = carryOverIpc({
    ipcMain,
    server,
    origin: ORIGIN,
    logRefused: (url) => warn(`a message from ${url.slice(0, 200)} was refused`),
  })

  let state: 'running' | 'ending' | 'ended' = 'running'
  app.on('before-quit', (event) => {
    if (state === 'ended') return
    event.preventDefault()
    if (state === 'ending') return
    state = 'ending'
    stopIpc()
    server.dispose()
    void core.dispose().finally(() => {
      state = 'ended'
      app.quit()
    })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())
  app.on('window-all-closed', () => app.quit())
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window?.isMinimized() === true) window.restore()
    window?.focus()
  })

  await app.whenReady()
  denyPermissions(session.defaultSession)
  session.defaultSession.protocol.handle(SCHEME, servePageFiles(PAGE))
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, app.isPackaged)))
  const target = await targetFromArgv(process.argv.slice(1))
  if (target?.ok === false) warn(`${target.problem}; ${target.hint}`)
  if (target?.ok === true) await core.openForHost(target.value)
  await openWindow({
    preload: PRELOAD,
    icon: existsSync(ICON) ? ICON : undefined,
    memory: createWindowMemory(userDataFolder()),
    warn,
  })
}
