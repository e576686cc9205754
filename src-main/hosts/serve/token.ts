import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Least length of a token that a person chose. */
const LEAST_CHARS = 16

/** A token for one launch: 256 random bits, safe in a URL. */
export function makeToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Why a token from the environment cannot be used; undefined when it can. Never repeats it. */
export function tokenProblem(token: string): string | undefined {
  if (token.length < LEAST_CHARS) return `is shorter than ${LEAST_CHARS} characters`
  return /^[\x21-\x7e]+$/.test(token) ? undefined : 'holds white space or characters outside ASCII'
}

/** Compares in a time that tells nothing of where they differ, nor of the length. */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(hash(given), hash(expected))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
