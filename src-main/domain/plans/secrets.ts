import type { CommandWords } from './model.ts'

/** Parameters of CONFIG SET and SENTINEL SET whose value is a secret, in the names of all versions. */
const SECRET = /pass(word|phrase)?$|^(masterauth|primaryauth)$|secret|token|(^|-)auth(-pass)?$/i

/** True for a parameter whose value must not be shown, journalled or set from a command line. */
export function isSecretParameter(name: string): boolean {
  return SECRET.test(name)
}

/** The command without secrets: AUTH's arguments and the values of secret parameters are replaced by `***`. */
export function redactCommand(command: CommandWords | readonly string[]): readonly string[] {
  const [name = '', ...args] = command
  if (/^(AUTH|HELLO)$/i.test(name)) return [name, ...args.map(() => '***')]
  if (/^ACL$/i.test(name)) return [name, ...args.map((word) => (/^[<>#!]/.test(word) ? `${word[0] ?? ''}***` : word))]
  if (!/^(CONFIG|SENTINEL)$/i.test(name) || !/^SET$/i.test(args[0] ?? '')) return [name, ...args]
  return [name, ...args.map((word, i) => (i > 0 && isSecretParameter(args[i - 1] ?? '') ? '***' : word))]
}
