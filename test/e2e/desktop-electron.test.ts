import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron } from 'playwright-core'
import type { ElectronApplication } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// What only Electron itself can show: isolation, the sandbox, the private scheme. Runs where its runtime is installed
// (`npx install-electron`, or ELECTRON_OVERRIDE_DIST_PATH) and there is a display; is reported as skipped elsewhere.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const runtime = findRuntime()
const hasDisplay =
  process.platform !== 'linux' || (process.env['DISPLAY'] ?? '') !== '' || (process.env['WAYLAND_DISPLAY'] ?? '') !== ''

describe.skipIf(runtime === undefined || !hasDisplay)('the desktop in Electron', () => {
  let home: string
  let app: ElectronApplication

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'desktop-electron-'))
    app = await _electron.launch({
      executablePath: runtime ?? '',
      args: [join(ROOT, 'out', 'main', 'index.js'), ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...(process.env as Record<string, string>), REPLISCOPE_HOME: home },
    })
  })
  afterAll(async () => {
    await app.close()
    rmSync(home, { recursive: true, force: true })
  })

  it('shows the page from its own scheme, talking to its host', async () => {
    const page = await app.firstWindow()
    await page.getByText('Connect').first().waitFor()
    expect(page.url()).toMatch(/^repliscope:\/\/app\//)
  })

  it('keeps Node and the preload out of the page', async () => {
    const page = await app.firstWindow()
    expect(await page.evaluate('typeof require + typeof process + typeof module')).toBe('undefined'.repeat(3))
    expect(await page.evaluate('Object.keys(window.repliscope).sort()')).toEqual([
      'ack',
      'call',
      'cancel',
      'hello',
      'listen',
    ])
  })

  it('leads nowhere else', async () => {
    const page = await app.firstWindow()
    await page.evaluate('void (window.isTheSameDocument = true)')
    await page.evaluate("void (location.href = 'https://example.org/')")
    await page.evaluate("void window.open('http://example.org/')")
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 500))')
    expect(await page.evaluate('window.isTheSameDocument')).toBe(true)
    expect(app.windows()).toHaveLength(1)
  })
})

/** The runtime's program, found without asking the package for it: `require('electron')` would begin a download. */
function findRuntime(): string | undefined {
  const folder = join(ROOT, 'node_modules', 'electron')
  const note = join(folder, 'path.txt')
  const name = existsSync(note) ? readFileSync(note, 'utf8').trim() : 'electron'
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist')
  const program = join(dist, name)
  return existsSync(program) ? program : undefined
}
