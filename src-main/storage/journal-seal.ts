import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A head as it was sealed with a key that is not in this folder: whoever rewrites rows and head cannot make it anew. */
export interface Seal {
  readonly count: number
  readonly hash: string
  /** HMAC-SHA256 of both, hex. */
  readonly mac: string
  /** Which key it was: a name that tells nothing of the key. */
  readonly key: string
}

/** The key that seals heads. */
export interface SealKey {
  readonly id: string
  readonly secret: Buffer
  /** No head was sealed with it yet, as far as the keychain knows. */
  readonly isNew: boolean
}

/** The key, or why there is none, in words. */
export type SealKeyState =
  { readonly state: 'held'; readonly key: SealKey } | { readonly state: 'none'; readonly why: string }

export function sealKey(secret: Buffer, isNew: boolean): SealKey {
  const id = createHash('sha256').update('repliscope journal key').update(secret).digest('hex').slice(0, 16)
  return { id, secret, isNew }
}

export function sealHead({ count, hash }: Pick<Seal, 'count' | 'hash'>, key: SealKey): Seal {
  return { count, hash, mac: macOf(count, hash, key), key: key.id }
}

/** What is wrong with a seal under this key; undefined: nothing. */
export function sealProblem(seal: Seal, key: SealKey): string | undefined {
  if (seal.key !== key.id)
    return `the head kept apart is sealed with another key (${seal.key}) than the one in the keychain (${key.id})`
  const [said, right] = [Buffer.from(seal.mac, 'hex'), Buffer.from(macOf(seal.count, seal.hash, key), 'hex')]
  return said.length === right.length && timingSafeEqual(said, right)
    ? undefined
    : 'the seal of the head kept apart does not fit it: it was rewritten without the key'
}

function macOf(count: number, hash: string, { secret }: SealKey): string {
  return createHmac('sha256', secret).update(`repliscope journal ${count} ${hash}`).digest('hex')
}
