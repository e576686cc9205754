import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PEM texts of one certificate and its key. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

export interface TestCa {
  readonly ca: string
  /** A certificate for these DNS names and IP addresses, good for servers and clients. */
  readonly issue: (names: readonly string[], options?: { readonly isExpired?: boolean }) => Promise<TestCertificate>
}

/** A certificate authority for one test run, made by openssl; nothing of it stays on disk. */
export async function makeTestCa(name = 'Repliscope test CA'): Promise<TestCa> {
  const made = await inFolder(async (dir) => {
    await openssl(dir, 'req', '-x509', ...newKey('ca.key'), '-out', 'ca.crt', '-days', '30', '-subj', `/CN=${name}`)
    return { cert: read(dir, 'ca.crt'), key: read(dir, 'ca.key') }
  })
  return {
    ca: made.cert,
    issue: (names, options) =>
      inFolder(async (dir) => {
        writeFileSync(join(dir, 'ca.crt'), made.cert)
        writeFileSync(join(dir, 'ca.key'), made.key, { mode: 0o600 })
        const alternatives = names.map((it) => (/^[0-9.]+$|:/.test(it) ? `IP:${it}` : `DNS:${it}`)).join(',')
        writeFileSync(join(dir, 'ext'), `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n`)
        await openssl(dir, 'req', ...newKey('it.key'), '-out', 'it.csr', '-subj', `/CN=${names[0] ?? 'test'}`)
        const issuer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'ext']
        const days = options?.isExpired === true ? '-1' : '30'
        await openssl(dir, 'x509', '-req', '-in', 'it.csr', ...issuer, '-out', 'it.crt', '-days', days)
        return { cert: read(dir, 'it.crt'), key: read(dir, 'it.key') }
      }),
  }
}

/** TLS options for `withLab`: one certificate for all of the lab's processes on loopback. */
export async function labTls(authority: TestCa, names: readonly string[] = ['localhost', '127.0.0.1', '::1']) {
  return { ca: authority.ca, ...(await authority.issue(names)) }
}

function newKey(file: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file]
}

function openssl(cwd: string, ...args: readonly string[]) {
  return run('openssl', args, { cwd, timeout: 20_000 })
}

function read(dir: string, file: string): string {
  return readFileSync(join(dir, file), 'utf8')
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'repliscope-ca-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
