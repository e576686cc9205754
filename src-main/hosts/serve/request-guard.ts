import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** The headers that a request is judged by. */
export interface RequestFacts {
  readonly host: string | undefined
  readonly origin: string | undefined
}

export interface RequestGuard {
  /**
   * The name asked for is one of this host's own. A page of a foreign site that makes its name lead here (DNS rebinding) still
   * asks by its own name. The port is not looked at: a forwarded one (ssh -L) is another.
   */
  readonly isOurHost: (facts: RequestFacts) => boolean
  /** The page that asks came from here: same scheme, name and port. */
  readonly isOurOrigin: (facts: RequestFacts) => boolean
}

/** `cert` is the PEM text that a host on the network shows: the names in it are its names. */
export function createRequestGuard(bindHost: string, cert: string | undefined): RequestGuard {
  const own = new Set([
    'localhost',
    '127.0.0.1',
    '[::1]',
    isIP(bindHost) === 6 ? `[${bindHost}]` : bindHost.toLowerCase(),
  ])
  const certificate = cert === undefined ? undefined : new X509Certificate(cert)
  const scheme = cert === undefined ? 'http' : 'https'

  const isOurName = (name: string): boolean => {
    if (own.has(name)) return true
    const bare = name.replace(/^\[|\]$/g, '')
    if (isIP(bare) !== 0) return certificate?.checkIP(bare) !== undefined
    return certificate?.checkHost(bare) !== undefined
  }

  return {
    isOurHost: ({ host }) => {
      const name = nameOf(host)
      return name !== undefined && isOurName(name)
    },
    isOurOrigin: ({ host, origin }) =>
      host !== undefined && origin?.toLowerCase() === `${scheme}://${host.toLowerCase()}`,
  }
}

/** The name in a Host header, lower case, without its port; undefined for anything that is not a name. */
function nameOf(host: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase()
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
