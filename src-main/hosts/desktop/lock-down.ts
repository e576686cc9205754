import type { App, Session, Shell, WebContents } from 'electron'
import { ORIGIN } from './protocol.ts'

/** The one permission the page has: putting text on the clipboard, which every copy button needs. Reading it is another. */
const ALLOWED = 'clipboard-sanitized-write'

/** True for a URL of our own page. */
export function isOwnUrl(url: string): boolean {
  return url === ORIGIN || url.startsWith(`${ORIGIN}/`)
}

/** The one place where something leaves for the outside: a link that a person clicked, to the web, in their own browser. */
export async function openOutside(shell: Pick<Shell, 'openExternal'>, url: string): Promise<void> {
  if (URL.canParse(url) && new URL(url).protocol === 'https:') await shell.openExternal(url)
}

/** No page of ours leads anywhere else, opens a window, embeds another, or is given a permission of the machine. */
export function lockDown(app: Pick<App, 'on'>, shell: Pick<Shell, 'openExternal'>): void {
  app.on('web-contents-created', (_event, contents) => lockContents(contents, shell))
}

function lockContents(contents: WebContents, shell: Pick<Shell, 'openExternal'>): void {
  contents.on('will-frame-navigate', (details) => {
    if (!(details.isMainFrame && isOwnUrl(details.url))) details.preventDefault()
  })
  contents.on('will-redirect', (details) => {
    if (!isOwnUrl(details.url)) details.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    void openOutside(shell, url)
    return { action: 'deny' }
  })
}

/** Every permission is refused but one, and that to our own page only. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(permission === ALLOWED && isOwnUrl(contents.getURL())),
  )
  session.setPermissionCheckHandler((_contents, permission, origin) => permission === ALLOWED && isOwnUrl(origin))
  session.setDevicePermissionHandler(() => false)
}
