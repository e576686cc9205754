import type { Keychain, KeychainProcess } from '../storage/vault-keychain.ts'
import { createKeychain, findKeychainProgram, forkKeychain } from '../storage/vault-keychain.ts'

export type { KeychainProcess }

/** The OS keychain through a process of Node's; undefined where that program was not built. */
export function nodeKeychain(): Keychain | undefined {
  return keychainThrough(forkKeychain)
}

/** The OS keychain through processes that a host starts its own way. */
export function keychainThrough(start: (program: string) => KeychainProcess): Keychain | undefined {
  const program = findKeychainProgram()
  return program === undefined ? undefined : createKeychain(() => start(program))
}
