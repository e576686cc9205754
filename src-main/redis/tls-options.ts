import { isIP } from 'node:net'
import { checkServerIdentity, createSecureContext, type ConnectionOptions, type SecureContext } from 'node:tls'
import { formatAddress, type Address, type NodeId } from '../domain/address.ts'

/** TLS for one kind of server. PEM texts, already read; verified against `ca` (or the system's roots) unless `insecure`. */
export interface TlsOptions {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** The name that certificates must carry, for every node without one of its own. */
  readonly serverName?: string | undefined
  /** The same for single nodes, by announced or by dialled `host:port`. */
  readonly serverNames?: ReadonlyMap<NodeId, string> | undefined
  /** Skips verification. */
  readonly insecure?: boolean | undefined
}

/** Makes the connection options for each node; the PEM texts are parsed once. Throws the first time when they cannot be used. */
export function createTlsDialler(options: TlsOptions): (announced: Address, dialled: Address) => ConnectionOptions {
  let context: SecureContext | undefined
  return (announced, dialled) => {
    context ??= createSecureContext({ ca: options.ca, cert: options.cert, key: options.key })
    const names = options.serverNames
    const name = names?.get(formatAddress(announced)) ?? names?.get(formatAddress(dialled)) ?? options.serverName
    return {
      secureContext: context,
      rejectUnauthorized: options.insecure !== true,
      ...(name === undefined ? {} : identity(name)),
    }
  }
}

/** The name sent (never an IP address: the protocol has no place for one) and the name that the certificate is held against. */
function identity(name: string): ConnectionOptions {
  return {
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}
