import type * as Library from 'keytar'
import { areRequests, KEYCHAIN_SERVICE } from './vault-protocol.ts'
import type { KeychainAnswer, KeychainRequest } from './vault-protocol.ts'

// The program that talks to the keychain, apart from everything else: its library hangs on a silent D-Bus and may crash
// on a locked keyring. One list of requests, one list of answers, and it ends. Whoever started it keeps the time.

type Keytar = typeof Library

/** Electron's utility processes speak through this, Node's children through `process.send`. */
interface ParentPort {
  readonly on: (event: 'message', listener: (message: { readonly data: unknown }) => void) => void
  readonly postMessage: (message: unknown) => void
}

const parentPort = (process as unknown as { readonly parentPort?: ParentPort }).parentPort

if (parentPort !== undefined)
  parentPort.on('message', ({ data }) => void answer(data, (answers) => parentPort.postMessage(answers)))
else {
  process.on('message', (message) => void answer(message, (answers) => process.send?.(answers)))
  // Nobody waits any more. A library that hangs would keep an ordinary exit waiting with it.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}

async function answer(message: unknown, send: (answers: readonly KeychainAnswer[]) => void): Promise<void> {
  if (!areRequests(message)) return send([])
  const keytar = await load()
  const answers: KeychainAnswer[] = []
  for (const request of message)
    answers.push(
      typeof keytar === 'string' ? { ok: false, message: keytar, isLoaded: false } : await run(keytar, request),
    )
  send(answers)
}

/** The library, or why it cannot be loaded (libsecret is missing, no binary for this platform). */
async function load(): Promise<Keytar | string> {
  try {
    const loaded = (await import('keytar')) as Keytar & { readonly default?: Keytar }
    return loaded.default ?? loaded
  } catch (error) {
    return wordsOf(error)
  }
}

async function run(keytar: Keytar, request: KeychainRequest): Promise<KeychainAnswer> {
  const { op, account } = request
  try {
    if (op === 'get') return { ok: true, secret: await keytar.getPassword(KEYCHAIN_SERVICE, account) }
    if (op === 'set') await keytar.setPassword(KEYCHAIN_SERVICE, account, request.secret)
    else await keytar.deletePassword(KEYCHAIN_SERVICE, account)
    return { ok: true, secret: null }
  } catch (error) {
    return { ok: false, message: wordsOf(error), isLoaded: true }
  }
}

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return (text.split('\n')[0] ?? '').slice(0, 200)
}
