import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { createWindowMemory } from '../../app/window-bounds.ts'
import { PAGE_URL } from './protocol.ts'

const DEFAULT_SIZE = { width: 1440, height: 900 }
/** Times that a page which crashed is loaded again before it is left as it is. */
const MOST_RELOADS = 3

export interface WindowOptions {
  readonly preload: string
  readonly icon: string | undefined
  readonly memory: ReturnType<typeof createWindowMemory>
  readonly warn: (line: string) => void
}

/** Opens the window where it was last, and shows it when there is something to see. */
export async function openWindow(options: WindowOptions): Promise<BrowserWindow> {
  const place = await options.memory.read(screen.getAllDisplays().map((display) => display.workArea))
  const window = new BrowserWindow({
    ...DEFAULT_SIZE,
    ...place?.bounds,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    title: 'Repliscope',
    // The page's own ground, so that nothing flashes before it is drawn.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#0e1216' : '#f4f6f8',
    ...(options.icon === undefined ? {} : { icon: options.icon }),
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  if (place?.isMaximized === true) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => {
    void options.memory.write({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() })
  })
  reloadAfterCrash(window, options.warn)
  await window.loadURL(PAGE_URL)
  return window
}

function reloadAfterCrash(window: BrowserWindow, warn: (line: string) => void): void {
  let reloads = 0
  window.webContents.on('render-process-gone', (_event, details) => {
    warn(`the page's process ended (${details.reason})`)
    reloads += 1
    if (details.reason !== 'clean-exit' && reloads <= MOST_RELOADS) window.webContents.reload()
  })
}
