import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Address } from '../../domain/address.ts'
import { formatAddress } from '../../domain/address.ts'
import type { TargetTls } from '../targets/model.ts'
import { failed, passed, skipped } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** Does the name lead anywhere from here? */
export async function resolveName(address: Address, timeoutMs: number): Promise<Outcome> {
  if (isIP(address.host.replace(/%.*$/, '')) !== 0) return skipped('an IP address needs no lookup')
  // The system's resolver knows no time-out that is ours to set.
  const found = await withinMs(lookup(address.host, { all: true }).catch(codeOf), timeoutMs)
  if (found === 'timed-out')
    return failed(
      `the resolver did not answer within ${timeoutMs} ms`,
      'check the name servers of this machine, or type the IP address',
    )
  if (typeof found === 'string')
    return failed(
      `${address.host} does not resolve here (${found})`,
      'check the spelling; a name that only containers or a VPN know needs an entry in the hosts file or a NAT pair NAME:PORT=REACHABLE:PORT',
    )
  return passed(`${address.host} is ${found.map((one) => one.address).join(', ')}`)
}

/** Does anything take the connection? */
export async function openTcp(address: Address, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const trouble = await untilConnected(connect({ ...address, signal }), 'connect', timeoutMs)
  if (trouble === undefined) return passed(`${formatAddress(address)} takes connections`)
  switch (trouble.code) {
    case 'ECONNREFUSED':
      return failed(
        'nothing listens on that port (connection refused)',
        'check the port; is the server running, and does its `bind` include an address that is reachable from here? Through SSH: ssh -L',
      )
    case 'TIMED-OUT':
    case 'ETIMEDOUT':
      return failed(
        `no answer within ${timeoutMs} ms`,
        'a firewall or security group drops packets as a rule; for an address behind NAT give ANNOUNCED=REACHABLE',
      )
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return failed(
        'there is no route to that host from here',
        'check the VPN or the network; for an address behind NAT give ANNOUNCED=REACHABLE',
      )
    default:
      return failed(`the connection failed (${trouble.code})`, 'check the address and the network between')
  }
}

/** Does it speak TLS, and is it who it says it is? */
export async function openTls(
  address: Address,
  tls: TargetTls,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const name = tls.serverNames?.get(formatAddress(address)) ?? tls.serverName
  const expected = name ?? address.host
  const options: ConnectionOptions = {
    ...address,
    rejectUnauthorized: !tls.insecure,
    ...(isIP(expected) === 0 ? { servername: expected } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  }
  const socket = connectTls(options)
  let detail = ''
  socket.once('secureConnect', () => (detail = describePeer(socket)))
  const abort = (): void => void socket.destroy()
  signal.addEventListener('abort', abort)
  const trouble = await untilConnected(socket, 'secureConnect', timeoutMs)
  signal.removeEventListener('abort', abort)
  if (trouble !== undefined) return tlsTrouble(trouble, timeoutMs)
  return tls.insecure
    ? {
        status: 'warned',
        detail: `${detail}; the certificate is not verified`,
        hint: 'give the CA file and switch verification on: anyone on the way can read and change what is sent',
      }
    : passed(detail)
}

function describePeer(socket: TLSSocket): string {
  const subject = socket.getPeerCertificate().subject as { readonly CN?: string | string[] } | undefined
  return `${socket.getProtocol() ?? 'TLS'}, certificate of ${[subject?.CN].flat()[0] ?? 'an unnamed subject'}`
}

interface Trouble {
  readonly code: string
  readonly message: string
}

function tlsTrouble({ code, message }: Trouble, timeoutMs: number): Outcome {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failed(
      `the certificate is for another name: ${message}`,
      'give the name that the certificate carries as the server name',
    )
  if (code === 'CERT_HAS_EXPIRED')
    return failed('the certificate has expired', 'renew it on the server; check the clocks of both machines')
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_UNTRUSTED/.test(code))
    return failed(
      `the certificate is not signed by a CA that is known here (${code})`,
      'give the CA certificate in PEM form',
    )
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return failed(
      'this port does not speak TLS',
      'switch TLS off for it, or give the TLS port (`tls-port` of the server)',
    )
  if (code === 'TIMED-OUT')
    return failed(
      `no TLS handshake within ${timeoutMs} ms`,
      'a port that speaks plain text stays silent here: switch TLS off, or give the TLS port',
    )
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code))
    return failed(
      `the server refused the handshake (${code})`,
      'the server asks for a client certificate (`tls-auth-clients`): give certificate and key',
    )
  return failed(
    `the TLS handshake failed (${code})`,
    'this port may speak plain text: switch TLS off, or give the TLS port',
  )
}

/** Ends the socket in any case. Undefined: it connected. */
async function untilConnected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
): Promise<Trouble | undefined> {
  try {
    const connected = new Promise<Trouble | undefined>((resolve) => {
      socket.once(event, () => resolve(undefined))
      socket.on('error', (error) => resolve({ code: codeOf(error), message: error.message }))
      socket.once('close', () => resolve({ code: 'CLOSED', message: 'closed' }))
    })
    const outcome = await withinMs(connected, timeoutMs)
    return outcome === 'timed-out' ? { code: 'TIMED-OUT', message: 'timed out' } : outcome
  } finally {
    socket.destroy()
  }
}

async function withinMs<T>(promise: Promise<T>, ms: number): Promise<T | 'timed-out'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'timed-out'>((resolve) => (timer = setTimeout(() => resolve('timed-out'), ms)))
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
