import { createHash, randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { sealKey, type SealKey, type SealKeyState } from './journal-seal.ts'
import type { Vault } from './vault.ts'

/** Where the journal's key comes from: the keychain, never a file. Each answer is asked for once. */
export interface JournalKeys {
  /** The key that is there; `none` with the reason when it is not. */
  readonly held: () => Promise<SealKeyState>
  /**
   * The same, made first when the keychain has none. `alone` runs while no other process of this user can make one;
   * false: another one is just doing so.
   */
  readonly made: (alone: <T>(run: () => Promise<T>) => Promise<T | false>) => Promise<SealKeyState>
  /** A head was sealed with it: from now on a head without a seal is one that somebody rewrote. */
  readonly bound: (key: SealKey) => Promise<void>
}

const KEY_BYTES = 32
const STORED = /^v1 (new|bound) ([0-9a-f]{64})$/

/** For the journal of one folder: each has a key of its own. */
export function createJournalKeys(vault: Vault, folder: string): JournalKeys {
  const account = `journal ${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16)}`
  let known: SealKey | undefined

  const held = async (): Promise<SealKeyState> => {
    if (known !== undefined) return { state: 'held', key: known }
    const { found, trouble } = await vault.read([account])
    const stored = STORED.exec(found.get(account) ?? '')
    if (stored !== null) {
      known = sealKey(Buffer.from(stored[2] ?? '', 'hex'), stored[1] === 'new')
      return { state: 'held', key: known }
    }
    if (found.has(account)) return { state: 'none', why: 'what the keychain holds as the key cannot be read' }
    return { state: 'none', why: trouble?.detail ?? NOT_MADE }
  }

  const store = (word: 'new' | 'bound', secret: Buffer) =>
    vault.keep(new Map([[account, `v1 ${word} ${secret.toString('hex')}`]]))

  return {
    held,
    made: async (alone) => {
      const found = await held()
      if (found.state === 'held' || found.why !== NOT_MADE) return found
      const made = await alone(async (): Promise<SealKeyState> => {
        // Another process may have made it meanwhile.
        const again = await held()
        if (again.state === 'held' || again.why !== NOT_MADE) return again
        const secret = randomBytes(KEY_BYTES)
        const kept = await store('new', secret)
        if (kept.place === 'memory') {
          // A key that ends with this process seals nothing that anybody could check.
          await vault.forget([account])
          return { state: 'none', why: kept.trouble.detail }
        }
        known = sealKey(secret, true)
        return { state: 'held', key: known }
      })
      return made === false ? { state: 'none', why: 'another process is making the key' } : made
    },
    bound: async (key) => {
      const kept = await store('bound', key.secret)
      if (kept.place === 'keychain') known = { ...key, isNew: false }
      else await vault.forget([account])
    },
  }
}

const NOT_MADE = 'no key was made yet: the first action makes it'
