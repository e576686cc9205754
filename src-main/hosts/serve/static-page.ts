import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { contentPolicy, PAGE_HEADERS } from '../../app/content-policy.ts'

/** Where the built page lies beside the built program, and beside the source in a checkout. */
const PLACES = ['../renderer/', '../../../out/renderer/']

/** The folder of the built page; undefined when it is not built. */
export function findBuiltPage(): string | undefined {
  return PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((folder) =>
    existsSync(join(folder, 'index.html')),
  )
}

/**
 * Serves the page's files and nothing else. Each carries the policy: live data come over one WebSocket to the name that the
 * page was asked for by, which the caller has checked.
 */
export function servePage(
  folder: string,
  isTls: boolean,
): (request: IncomingMessage, response: ServerResponse) => void {
  const files = sirv(folder, {
    etag: true,
    setHeaders: (response, path) => {
      // Names of assets carry a hash of what is in them; the page itself is asked for anew each time.
      const isHashed = path.startsWith('/assets/')
      response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (request, response) => {
    const socketSource = `${isTls ? 'wss' : 'ws'}://${request.headers.host ?? 'localhost'}`
    response.setHeader('Content-Security-Policy', contentPolicy([socketSource]))
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'Only GET is answered here.')
    files(request, response, () => answer(response, 404, 'There is nothing by that name here.'))
  }
}

/** A short answer for people. */
export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}
