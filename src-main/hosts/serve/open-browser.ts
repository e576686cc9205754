import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How long the browser has to read the file that leads it to the page. */
const FILE_LIVES_MS = 20_000

type Environment = Readonly<Record<string, string | undefined>>

/** Whether a browser that opens here would be seen by the person who asked: not over SSH, not without a display. */
export function canOpenBrowser(env: Environment, platform: string, isTty: boolean): boolean {
  if (!isTty || env['SSH_CONNECTION'] !== undefined || env['CI'] !== undefined) return false
  if (platform === 'darwin' || platform === 'win32') return true
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
}

/**
 * Opens the page in the person's browser. Arguments of a process can be read by others, so the browser is handed a file of
 * this user's own that leads to the address with its token. Returns what removes the file. Trouble is nobody's: the
 * address is printed anyway.
 */
export function openBrowser(url: string, platform: string): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'repliscope-open-'))
  const file = join(folder, 'open.html')
  const target = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${target}">\n`, { mode: 0o600 })
  const [command = '', ...args] = platform === 'darwin' ? ['open'] : platform === 'win32' ? ['explorer'] : ['xdg-open']
  const child = spawn(command, [...args, file], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
  const remove = (): void => {
    clearTimeout(timer)
    rmSync(folder, { recursive: true, force: true })
  }
  const timer = setTimeout(remove, FILE_LIVES_MS)
  timer.unref()
  return remove
}
