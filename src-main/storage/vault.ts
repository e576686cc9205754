import type { Keychain, VaultTrouble } from './vault-keychain.ts'
import { troubleOf } from './vault-keychain.ts'
import type { KeychainAnswer, KeychainRequest } from './vault-protocol.ts'

/** Where secrets went. In memory they end with this process; `trouble` says why. */
export type Kept = { readonly place: 'keychain' } | { readonly place: 'memory'; readonly trouble: VaultTrouble }

/** Secrets by name. They stand in the OS keychain or, where there is none, in this process's memory; never in a file. */
export interface Vault {
  /** All of them in one place. */
  readonly keep: (secrets: ReadonlyMap<string, string>) => Promise<Kept>
  /** For this session only, in memory, in front of what the keychain holds. */
  readonly holdForSession: (secrets: ReadonlyMap<string, string>) => void
  /** What was found; `trouble` when the keychain could not be asked for the rest. */
  readonly read: (names: readonly string[]) => Promise<{
    readonly found: ReadonlyMap<string, string>
    readonly trouble: VaultTrouble | undefined
  }>
  /** Removes them from memory and keychain. One that is not there is no trouble: it is gone either way. */
  readonly forget: (names: readonly string[]) => Promise<VaultTrouble | undefined>
  /** Whether this session's memory holds it. */
  readonly isHeld: (name: string) => boolean
}

/**
 * Written and taken back to find out whether the keychain is locked: libsecret answers a read or a removal in a locked keyring
 * as if there were nothing (seen with gnome-keyring 42).
 */
const LOCK_PROBE = 'lock-check'

const NO_KEYCHAIN: VaultTrouble = { reason: 'absent', detail: 'no keychain here' }

/** A vault over a keychain; without one everything stays in memory. */
export function createVault(keychain: Keychain | undefined): Vault {
  const memory = new Map<string, string>()

  /** The first trouble among the answers counts for all. */
  const ask = async (requests: readonly KeychainRequest[]): Promise<readonly KeychainAnswer[] | VaultTrouble> => {
    if (keychain === undefined) return NO_KEYCHAIN
    const asked = await keychain(requests)
    if (!asked.ok) return asked.failure
    const refused = asked.value.find((answer) => !answer.ok)
    return refused === undefined || refused.ok ? asked.value : troubleOf(refused)
  }

  /** Undefined: it did all that, and it is open for us. */
  const troubleWith = async (requests: readonly KeychainRequest[]): Promise<VaultTrouble | undefined> => {
    const answers = await ask([
      ...requests,
      { op: 'set', account: LOCK_PROBE, secret: '1' },
      { op: 'delete', account: LOCK_PROBE },
    ])
    return 'reason' in answers ? answers : undefined
  }

  return {
    keep: async (secrets) => {
      if (secrets.size === 0) return { place: 'keychain' }
      const answers = await ask([...secrets].map(([account, secret]) => ({ op: 'set', account, secret })))
      if ('reason' in answers) {
        for (const [name, secret] of secrets) memory.set(name, secret)
        return { place: 'memory', trouble: answers }
      }
      for (const name of secrets.keys()) memory.delete(name)
      return { place: 'keychain' }
    },
    holdForSession: (secrets) => {
      for (const [name, secret] of secrets) memory.set(name, secret)
    },
    read: async (names) => {
      const found = new Map<string, string>()
      for (const name of names) {
        const held = memory.get(name)
        if (held !== undefined) found.set(name, held)
      }
      const wanted = names.filter((name) => !found.has(name))
      if (wanted.length === 0) return { found, trouble: undefined }
      const answers = await ask(wanted.map((account) => ({ op: 'get', account })))
      if ('reason' in answers) return { found, trouble: answers }
      wanted.forEach((name, index) => {
        const answer = answers[index]
        if (answer?.ok === true && answer.secret !== null) found.set(name, answer.secret)
      })
      return { found, trouble: wanted.every((name) => found.has(name)) ? undefined : await troubleWith([]) }
    },
    forget: async (names) => {
      for (const name of names) memory.delete(name)
      return names.length === 0 ? undefined : troubleWith(names.map((account) => ({ op: 'delete', account })))
    },
    isHeld: (name) => memory.has(name),
  }
}
