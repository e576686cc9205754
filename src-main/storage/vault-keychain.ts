import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import { areAnswers } from './vault-protocol.ts'
import type { KeychainAnswer, KeychainRequest } from './vault-protocol.ts'

/**
 * Why the keychain cannot be used. `absent`: there is none here (no D-Bus, no library, no keyring set up). `locked`: it is
 * there and somebody has to unlock it. `silent`: it did not answer in time. `failed`: anything else that it said.
 */
export interface VaultTrouble {
  readonly reason: 'absent' | 'locked' | 'silent' | 'failed'
  /** One line for people, without any secret. */
  readonly detail: string
}

/** The process that talks to the keychain, started for one exchange. */
export interface KeychainProcess {
  readonly send: (requests: readonly KeychainRequest[]) => void
  readonly onAnswers: (listener: (answers: unknown) => void) => void
  /** Also when it could not be started. */
  readonly onExit: (listener: () => void) => void
  /** Ends it at once, whatever it hangs on. Idempotent. */
  readonly end: () => void
}

/** Asks the OS keychain; one answer a request, in order. */
export type Keychain = (
  requests: readonly KeychainRequest[],
) => Promise<Result<readonly KeychainAnswer[], VaultTrouble>>

/** A keychain that does not answer within this is not waited for. */
const KEYCHAIN_PATIENCE_MS = 5000

/** Where the build puts the program: beside everything that hosts share. */
const PROGRAM = '../shared/keychain.js'

/** The program of `vault-child.ts` in this build; undefined when it was not built. */
export function findKeychainProgram(): string | undefined {
  const path = fileURLToPath(new URL(PROGRAM, import.meta.url))
  return existsSync(path) ? path : undefined
}

/** A keychain behind processes that `start` makes, one an exchange, ended when it is over. */
export function createKeychain(
  start: () => KeychainProcess,
  after: (ms: number, run: () => void) => () => void = afterMs,
): Keychain {
  return (requests) =>
    new Promise((resolve) => {
      const child = start()
      const settle = (result: Result<readonly KeychainAnswer[], VaultTrouble>): void => {
        stopTimer()
        child.end()
        resolve(result)
      }
      const stopTimer = after(KEYCHAIN_PATIENCE_MS, () =>
        settle(fail({ reason: 'silent', detail: 'the keychain did not answer within 5 s' })),
      )
      child.onAnswers((answers) =>
        settle(
          areAnswers(answers) && answers.length === requests.length
            ? ok(answers)
            : fail({ reason: 'failed', detail: 'the keychain gave an answer that cannot be read' }),
        ),
      )
      child.onExit(() => settle(fail({ reason: 'failed', detail: 'the keychain broke off while it was asked' })))
      child.send(requests)
    })
}

/** Runs the program as a child of Node. */
export function forkKeychain(program: string): KeychainProcess {
  const child = fork(program, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
  return {
    // A child that is gone already is told by its exit.
    send: (requests) => void child.send([...requests], () => undefined),
    onAnswers: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('error', listener).on('exit', listener),
    end: () => void child.kill('SIGKILL'),
  }
}

/** What the keychain's own words mean. They come from libsecret, gnome-keyring and GLib, in English whatever the locale. */
export function troubleOf(answer: Extract<KeychainAnswer, { readonly ok: false }>): VaultTrouble {
  const { message, isLoaded } = answer
  if (!isLoaded) return { reason: 'absent', detail: 'no keychain: its library cannot be loaded (Linux: libsecret-1-0)' }
  if (/locked|dismissed/i.test(message))
    return { reason: 'locked', detail: 'the keychain is locked: unlock it and try again' }
  if (/D-?Bus|could not connect|not provided by any|does not exist at path|org\.freedesktop/i.test(message))
    return { reason: 'absent', detail: `no keychain here (${message})` }
  return { reason: 'failed', detail: `the keychain refused (${message})` }
}

function afterMs(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
