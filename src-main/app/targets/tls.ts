import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TargetResult, TargetTls } from './model.ts'
import { accept, quote, refuse } from './model.ts'

/** PEM texts as given; undefined where not used. Labels say how the person gave them (`--ca ca.pem`, `the CA`). */
export interface TlsTexts {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

const MOST_BYTES = 4 * 1024 * 1024
const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** Reads a PEM file that a flag names; says in one line what is wrong with it. */
export async function readPemFile(flag: string, path: string): Promise<TargetResult<string>> {
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) return refuse(`${flag} ${quote(path)} is a folder`, 'give a file in PEM form')
    if (facts.size > MOST_BYTES)
      return refuse(`${flag} ${quote(path)} is too large for a PEM file`, 'give a file in PEM form')
    return accept(await readFile(path, 'utf8'))
  } catch (error) {
    return refuse(`${flag} ${quote(path)} cannot be read: ${reasonOf(error)}`, 'check the path and its permissions')
  }
}

/** Checks that the texts are what they should be and belong together. `names` tells them apart in messages. */
export function checkTls(
  texts: TlsTexts,
  names: { readonly ca: string; readonly cert: string; readonly key: string },
  rest: Omit<TargetTls, 'ca' | 'cert' | 'key'>,
): TargetResult<TargetTls> {
  if (texts.ca !== undefined) {
    const problem = certificateProblem(texts.ca)
    if (problem !== undefined)
      return refuse(`${names.ca} ${problem}`, 'give the CA certificate in PEM form ("-----BEGIN CERTIFICATE-----")')
  }
  if ((texts.cert === undefined) !== (texts.key === undefined))
    return texts.cert === undefined
      ? refuse(`${names.key} is given without ${names.cert}`, `give ${names.cert} too`)
      : refuse(`${names.cert} is given without ${names.key}`, `give ${names.key} too`)
  if (texts.cert !== undefined && texts.key !== undefined) {
    const problem = pairProblem(texts.cert, texts.key, names)
    if (problem !== undefined) return problem
  }
  return accept({
    ...rest,
    ...(texts.ca === undefined ? {} : { ca: texts.ca }),
    ...(texts.cert === undefined ? {} : { cert: texts.cert }),
    ...(texts.key === undefined ? {} : { key: texts.key }),
  })
}

function certificateProblem(pem: string): string | undefined {
  const blocks = pem.match(CERTIFICATE)
  if (blocks === null) return 'is not a PEM certificate'
  return blocks.every((block) => isReadable(() => new X509Certificate(block)))
    ? undefined
    : 'holds a certificate that cannot be read'
}

function pairProblem(cert: string, key: string, names: { readonly cert: string; readonly key: string }) {
  const problem = certificateProblem(cert)
  if (problem !== undefined) return refuse(`${names.cert} ${problem}`, 'give the client certificate in PEM form')
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(key))
    return refuse(`${names.key} is encrypted with a passphrase`, 'give an unencrypted key that only you can read')
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(key) || !isReadable(() => createPrivateKey(key)))
    return refuse(
      `${names.key} is not a PEM private key`,
      'give the private key in PEM form ("-----BEGIN PRIVATE KEY-----")',
    )
  if (!isReadable(() => createSecureContext({ cert, key })))
    return refuse(
      `${names.cert} and ${names.key} do not belong together`,
      'give the key that the certificate was made for',
    )
  return undefined
}

/** Node's parsers throw on what they cannot read; that is expected of typed input, so it becomes an answer here. */
function isReadable(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    return false
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  return code === '' ? 'unknown reason' : code
}
