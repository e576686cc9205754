/** Why the arguments may not be used; never repeats them. */
export interface ArgvProblem {
  readonly problem: string
  readonly hint: string
}

const SECRET_FLAG =
  /^--?((?:sentinel-?|node-?)?(?:passw(?:or)?d|passwort|passphrase|pass|pw|auth|requirepass|masterauth|secret|token))(=.*)?$/is
const URL_PASSWORD = /[a-z][a-z0-9+.-]*:\/\/[^\s]*:[^\s]+@/i
const URL_QUERY_PASSWORD = /:\/\/\S*[?&#](pass(word)?|auth)=./i

/**
 * Other users of the machine can read the arguments of a process, so a password there is refused before anything else
 * reads it; no message repeats it.
 */
export function secretInArgv(args: readonly string[]): ArgvProblem | undefined {
  for (const arg of args) {
    const flag = SECRET_FLAG.exec(arg)?.[1]
    if (flag !== undefined || /^-a/.test(arg)) {
      const name = flag === undefined ? '-a' : `--${flag.toLowerCase()}`
      const wanted = flag?.toLowerCase().startsWith('sentinel') === true ? '--sentinel-password-env' : '--password-env'
      return {
        problem: `${name} is not an option: a password on the command line can be read by others`,
        hint: `put it into an environment variable and give its name with ${wanted} VAR`,
      }
    }
    if (hasUrlPassword(arg))
      return {
        problem: 'a URL on the command line carries a password, which others can read',
        hint: 'leave only the user in the URL and give the password with --password-env VAR',
      }
  }
  return undefined
}

/** `[::1]` between `//` and `@` is no password: only a colon in the user part is. */
function hasUrlPassword(arg: string): boolean {
  if (URL_QUERY_PASSWORD.test(arg)) return true
  return URL_PASSWORD.test(arg)
}
