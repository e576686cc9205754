// A stand-in for the `electron` module, for machines without Electron's runtime. The *built* main bundle runs in Node with it;
// a window is a page of the system's Chromium with the *built* preload injected.
//
// What it shows: that the bundles load and fit together, that the page talks to main through the preload and shows what
// it is told, that a message from another frame is refused and one from ours accepted, that navigation, windows and
// permissions are refused by our handlers, that the single instance, the remembered bounds and the end work as wired.
//
// What it cannot prove, because none of it is Electron: context isolation (here the door stands in the page's own world),
// the sandbox and the renderer's lack of Node, the fuses, Electron's own serialisation, its scheme registration (Chromium
// refuses a private scheme, so repliscope://app is mapped to an https origin and back), its order of events, menus, icons,
// and anything of speed: nothing is to be benchmarked through it. test/e2e/desktop-electron.test.ts does the rest
// where a runtime is present.
//
// The test that starts the process speaks with it over the child process's IPC channel: see control.mjs.
import { fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { chromium } from 'playwright-core'
import { control, tell } from './control.mjs'

const SCHEME_ORIGIN = 'repliscope://app'
const WEB_ORIGIN = 'https://app.repliscope.test'
const toWeb = (url) => url.replace(SCHEME_ORIGIN, WEB_ORIGIN)
const fromWeb = (url) => url.replace(WEB_ORIGIN, SCHEME_ORIGIN)

const paths = new Map()
const schemes = []
const windows = new Set()
let browser
let isReady = false

class App extends EventEmitter {
  isPackaged = false
  isSandboxed = false
  #quitting = false

  setPath(name, path) {
    if (isReady) throw new Error('double: setPath after ready')
    paths.set(name, path)
  }
  getPath(name) {
    return paths.get(name)
  }
  enableSandbox() {
    if (isReady) throw new Error('double: enableSandbox after ready')
    this.isSandboxed = true
  }
  requestSingleInstanceLock() {
    if (!paths.has('userData')) throw new Error('double: the lock is held in userData, which must be set first')
    return process.env.DOUBLE_HAS_OTHER_INSTANCE !== '1'
  }
  async whenReady() {
    browser ??= await chromium.launch({
      executablePath: process.env.DOUBLE_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    isReady = true
  }
  quit() {
    if (this.#quitting) return
    let isPrevented = false
    this.emit('before-quit', { preventDefault: () => (isPrevented = true) })
    if (isPrevented) return
    this.#quitting = true
    void this.exit(0)
  }
  async exit(code = 0) {
    await browser?.close()
    tell({ event: 'exit', code })
    process.exit(code)
  }
}

export const app = new App()

export const protocol = {
  registerSchemesAsPrivileged: (list) => {
    if (isReady) throw new Error('double: schemes are registered before ready')
    schemes.push(...list)
  },
}

const permissions = { request: undefined, check: undefined, device: undefined }
let handleScheme
export const session = {
  defaultSession: {
    protocol: {
      handle: (scheme, handler) => {
        if (!schemes.some((one) => one.scheme === scheme)) throw new Error(`double: ${scheme} is not registered`)
        handleScheme = handler
      },
    },
    setPermissionRequestHandler: (handler) => (permissions.request = handler),
    setPermissionCheckHandler: (handler) => (permissions.check = handler),
    setDevicePermissionHandler: (handler) => (permissions.device = handler),
  },
}

export const ipcMain = new EventEmitter()
export const nativeTheme = { shouldUseDarkColors: true }
export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
}
export const Menu = {
  buildFromTemplate: (template) => ({ template }),
  setApplicationMenu: (menu) => tell({ event: 'menu', roles: JSON.stringify(menu.template) }),
}
/** Node's child in place of Electron's; the program speaks through whichever it finds. */
export const utilityProcess = {
  fork: (program, args) => {
    const child = fork(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
    return {
      postMessage: (message) => child.send(message),
      on: (event, listener) => child.on(event, listener),
      kill: () => child.kill('SIGKILL'),
    }
  },
}

export const shell = {
  openExternal: async (url) => tell({ event: 'openExternal', url }),
}

/** Electron gives the same object for the same frame as long as it lives; so does this. */
class WebFrameMain {
  constructor(frame) {
    this.frame = frame
  }
  get url() {
    return fromWeb(this.frame.url())
  }
}

class WebContents extends EventEmitter {
  #frames = new WeakMap()
  #isDestroyed = false
  page
  openHandler = () => ({ action: 'allow' })

  frameOf(frame) {
    if (!this.#frames.has(frame)) this.#frames.set(frame, new WebFrameMain(frame))
    return this.#frames.get(frame)
  }
  get mainFrame() {
    return this.frameOf(this.page.mainFrame())
  }
  getURL() {
    return fromWeb(this.page.url())
  }
  setWindowOpenHandler(handler) {
    this.openHandler = handler
  }
  isDestroyed() {
    return this.#isDestroyed
  }
  send(channel, ...args) {
    const cloned = structuredClone(args)
    // A page that is going away takes nothing any more; Electron drops such a message too.
    this.page.evaluate(([to, values]) => window.__double?.deliver(to, values), [channel, cloned]).catch(() => undefined)
  }
  reload() {
    void this.page.reload()
  }
  destroy() {
    this.#isDestroyed = true
    this.emit('destroyed')
  }
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows = () => [...windows]
  webContents = new WebContents()
  #options
  #isMinimized = false
  #isMaximized = false

  constructor(options) {
    super()
    const { webPreferences } = options
    if (!isAbsolute(webPreferences.preload)) throw new Error('double: preload must be an absolute path')
    this.#options = options
    windows.add(this)
    app.emit('web-contents-created', {}, this.webContents)
    tell({ event: 'window', options, isSandboxed: app.isSandboxed, userData: paths.get('userData') })
  }

  async loadURL(url) {
    const { width, height, webPreferences } = this.#options
    const context = await browser.newContext({ viewport: { width, height }, ignoreHTTPSErrors: true })
    await context.route('**/*', (route) => this.#answer(route))
    const page = await context.newPage()
    this.webContents.page = page
    page.on('pageerror', (error) => tell({ event: 'pageerror', message: String(error) }))
    page.on('console', (message) => {
      if (message.type() === 'error') tell({ event: 'console', message: message.text() })
    })
    // Its first request has been judged by then; a window that was let in would have to be made here.
    page.on('popup', (popup) => void popup.close())
    page.on('close', () => this.#closed())
    await page.exposeBinding('__doubleSend', ({ frame }, channel, args) => {
      ipcMain.emit(channel, { sender: this.webContents, senderFrame: this.webContents.frameOf(frame) }, ...args)
    })
    await page.addInitScript({ content: wrapPreload(readFileSync(webPreferences.preload, 'utf8')) })
    await page.goto(toWeb(url))
    this.emit('ready-to-show')
  }

  /** The scheme's requests go to its handler; a navigation elsewhere is put to our handler; nothing else leaves. */
  async #answer(route) {
    const request = route.request()
    const url = fromWeb(request.url())
    if (url.startsWith(`${SCHEME_ORIGIN}/`)) {
      const response = await handleScheme(new Request(url, { method: request.method() }))
      const body = Buffer.from(await response.arrayBuffer())
      return route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body })
    }
    if (request.isNavigationRequest()) {
      let isPrevented = false
      const frame = frameOf(request)
      if (frame === undefined) return this.#judgePopup(route, url)
      const isMainFrame = frame === this.webContents.page?.mainFrame()
      this.webContents.emit('will-frame-navigate', { url, isMainFrame, preventDefault: () => (isPrevented = true) })
      tell({ event: 'navigation', url, isMainFrame, isPrevented })
      // "No content" leaves the page where it is, as a prevented navigation does.
      return isPrevented ? route.fulfill({ status: 204 }) : route.abort()
    }
    tell({ event: 'request', url })
    return route.abort()
  }

  #judgePopup(route, url) {
    tell({ event: 'popup', url, action: this.webContents.openHandler({ url }).action })
    return route.abort()
  }

  #closed() {
    windows.delete(this)
    this.webContents.destroy()
    this.emit('closed')
    if (windows.size === 0) app.emit('window-all-closed')
  }

  show() {
    tell({ event: 'shown' })
  }
  focus() {
    tell({ event: 'focused' })
  }
  restore() {
    this.#isMinimized = false
  }
  isMinimized() {
    return this.#isMinimized
  }
  maximize() {
    this.#isMaximized = true
  }
  isMaximized() {
    return this.#isMaximized
  }
  getNormalBounds() {
    const { x = 10, y = 20, width, height } = this.#options
    return { x, y, width, height }
  }
  async close() {
    this.emit('close', {})
    await this.webContents.page.close()
  }
}

/** Undefined for the first request of a window that does not exist yet: Playwright throws then. */
function frameOf(request) {
  try {
    return request.frame()
  } catch {
    return undefined
  }
}

/** The preload's world: a small `require`, in the top frame only; the binding carries what it sends. */
function wrapPreload(code) {
  return `(() => {
    const listeners = new Map()
    window.__double = {
      deliver: (channel, args) => { for (const listener of listeners.get(channel) ?? []) listener({}, ...args) },
    }
    if (window !== window.top) return
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name, api) =>
          Object.defineProperty(window, name, { value: Object.freeze(api), enumerable: true }),
      },
      ipcRenderer: {
        send: (channel, ...args) => void window.__doubleSend(channel, structuredClone(args)),
        on: (channel, listener) => void listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        removeListener: (channel, listener) =>
          void listeners.set(channel, (listeners.get(channel) ?? []).filter((one) => one !== listener)),
      },
    }
    const require = (name) => {
      if (name !== 'electron') throw new Error('a sandboxed preload cannot load ' + name)
      return electron
    }
    const module = { exports: {} }
    ;((require, module, exports) => {
${code}
    })(require, module, module.exports)
  })()`
}

control({
  evaluate: ({ expression }) => first().webContents.page.evaluate(expression),
  closeWindow: () => first().close(),
  secondInstance: () => void app.emit('second-instance', {}, [], ''),
  permission: async ({ permission, url }) => ({
    request: await new Promise((answer) => permissions.request({ getURL: () => url }, permission, answer, {})),
    check: permissions.check(null, permission, url, {}),
    device: permissions.device({}),
  }),
  quit: () => app.quit(),
})

function first() {
  const [window] = windows
  if (window === undefined) throw new Error('double: there is no window')
  return window
}
