import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { array, bulk, integer, type FakeServer } from '../support/fake-resp-server.ts'
import { connector, endAfterEach, failureOf, fake, valueOf } from './adapter.ts'

endAfterEach()

const pem = (name: string): string => readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8')
const ca = pem('ca.pem')
const answers = {
  INFO: bulk('# Server\r\nredis_version:7.0.15\r\n'),
  ROLE: array(bulk('master'), integer(0), '*0\r\n'),
}

async function tlsServer(name = 'server', options: { readonly requestCert?: boolean } = {}): Promise<FakeServer> {
  return fake({
    answers,
    tls: { cert: pem(`${name}.pem`), key: pem(`${name}.key`), ca, rejectUnauthorized: true, ...options },
  })
}

describe('a TLS connection', () => {
  it('is made when the certificate is good for the address dialled', async () => {
    const server = await tlsServer()
    const made = connector({ nodeTls: { ca } })
    expect(made.isTls).toBe(true)
    expect(valueOf(await made.dataNode(server.address).replication(true)).role?.role).toBe('master')
  })

  it('is made when the certificate carries the server name given', async () => {
    const server = await tlsServer()
    valueOf(
      await connector({ nodeTls: { ca, serverName: 'redis.test' } })
        .dataNode(server.address)
        .replication(false),
    )
  })

  it('takes a name for one node before the name for all, by announced or by dialled address', async () => {
    const server = await tlsServer()
    const dialled = `127.0.0.1:${server.address.port}`
    const announced = { host: '10.0.0.5', port: 6379 }
    const nat = [{ from: announced, to: server.address }]
    for (const key of [dialled, '10.0.0.5:6379']) {
      const nodeTls = { ca, serverName: 'other.test', serverNames: new Map([[key, 'redis.test']]) }
      valueOf(await connector({ nat, nodeTls }).dataNode(announced).replication(false))
    }
  })

  it.each([
    [
      'signed by nobody we know',
      'server',
      {},
      'SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER',
    ],
    ['for another name', 'server', { ca, serverName: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'expired', { ca }, 'CERT_HAS_EXPIRED'],
  ])('is refused when the certificate is %s, with the code', async (_, name, nodeTls, code) => {
    const server = await tlsServer(name)
    expect(failureOf(await connector({ nodeTls }).dataNode(server.address).replication(true))).toMatchObject({
      kind: 'unreachable',
      cause: 'tls',
      stage: 'connect',
      detail: expect.stringMatching(code),
    })
    expect(server.received()).toBe('')
  })

  it('is made to anyone when verification is off', async () => {
    const server = await tlsServer('expired')
    valueOf(
      await connector({ nodeTls: { insecure: true } })
        .dataNode(server.address)
        .replication(false),
    )
  })

  it('shows a client certificate where one is wanted', async () => {
    const server = await tlsServer('server', { requestCert: true })
    const withOne = { ca, cert: pem('client.pem'), key: pem('client.key') }
    valueOf(await connector({ nodeTls: withOne }).dataNode(server.address).replication(false))
    expect(failureOf(await connector({ nodeTls: { ca } }).dataNode(server.address).replication(false))).toMatchObject({
      cause: 'tls',
    })
  })

  it('cannot be made with a certificate that is none', async () => {
    const server = await tlsServer()
    const failure = failureOf(
      await connector({ nodeTls: { ca, cert: 'x', key: 'y' } })
        .dataNode(server.address)
        .replication(false),
    )
    expect(failure).toMatchObject({
      kind: 'unreachable',
      cause: 'tls',
      detail: expect.stringContaining('cannot be used'),
    })
  })

  it('is separate for Sentinels', async () => {
    const server = await tlsServer()
    const failure = failureOf(await connector({ nodeTls: { ca }, sentinelTls: {} }).sentinel(server.address).overview())
    expect(failure).toMatchObject({ kind: 'unreachable', cause: 'tls' })
  })

  it('to a port that answers in plain text says to leave TLS out', async () => {
    const server = await fake({ raw: (socket) => socket.write('-ERR unknown command\r\n') })
    const failure = failureOf(await connector({ nodeTls: { ca } }).dataNode(server.address).replication(false))
    expect(failure).toMatchObject({ cause: 'tls', detail: expect.stringContaining('without --tls') })
  })

  it('wanted by a Sentinel that was asked in plain text is named by its option', async () => {
    const server = await tlsServer()
    const failure = failureOf(await connector().sentinel(server.address).overview())
    expect(JSON.stringify(failure)).toContain('--sentinel-tls')
  })
})
