import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { contentPolicy, PAGE_HEADERS } from '../../app/content-policy.ts'

/** The page's own scheme: no other program's page has this origin, and no file of the machine is in it. */
export const SCHEME = 'repliscope'
export const ORIGIN = `${SCHEME}://app`
export const PAGE_URL = `${ORIGIN}/`

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Answers requests of the scheme with the built page's files, and with nothing else. */
export function servePageFiles(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const path = request.method === 'GET' ? pathOf(request.url) : undefined
    const type = path === undefined ? undefined : TYPES[extname(path)]
    if (path === undefined || type === undefined) return plain(404)
    try {
      const body = new Uint8Array(await readFile(join(folder, path)))
      return new Response(body, {
        headers: { ...PAGE_HEADERS, 'Content-Security-Policy': contentPolicy(), 'Content-Type': type },
      })
    } catch {
      // Whatever stands in the way of reading it (absent, a folder), for the page there is no such file.
      return plain(404)
    }
  }
}

function plain(status: number): Response {
  return new Response('There is nothing by that name here.\n', {
    status,
    headers: { ...PAGE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' },
  })
}

/** A path inside the folder; undefined for another host's URL and for one that would lead out. */
function pathOf(text: string): string | undefined {
  const url = new URL(text)
  if (url.protocol !== `${SCHEME}:` || url.host !== 'app') return undefined
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    return undefined
  }
  const relative = normalize(path === '/' ? '/index.html' : path)
  const leadsOut = relative.split(sep).includes('..') || relative.includes('\0') || relative.includes('\\')
  return leadsOut ? undefined : relative
}
