/** One thing asked of the keychain. */
export type KeychainRequest =
  | { readonly op: 'set'; readonly account: string; readonly secret: string }
  | { readonly op: 'get'; readonly account: string }
  | { readonly op: 'delete'; readonly account: string }

/** What the keychain answered, one a request: `secret` is null for what is not there. */
export type KeychainAnswer =
  | { readonly ok: true; readonly secret: string | null }
  /** The keychain's own words, without any secret. `isLoaded` false: its library is missing. */
  | { readonly ok: false; readonly message: string; readonly isLoaded: boolean }

/** What stands in the keychain under this name is ours. */
export const KEYCHAIN_SERVICE = 'repliscope'

/** Whether a message is a list of requests; the other end of the line is our own, but nothing is taken on trust. */
export function areRequests(value: unknown): value is readonly KeychainRequest[] {
  return Array.isArray(value) && value.every(isRequest)
}

/** Whether a message is a list of answers. */
export function areAnswers(value: unknown): value is readonly KeychainAnswer[] {
  return Array.isArray(value) && value.every(isAnswer)
}

function isRequest(value: unknown): value is KeychainRequest {
  if (!isRecord(value) || typeof value['account'] !== 'string') return false
  if (value['op'] === 'set') return typeof value['secret'] === 'string'
  return value['op'] === 'get' || value['op'] === 'delete'
}

function isAnswer(value: unknown): value is KeychainAnswer {
  if (!isRecord(value)) return false
  if (value['ok'] === true) return value['secret'] === null || typeof value['secret'] === 'string'
  return value['ok'] === false && typeof value['message'] === 'string' && typeof value['isLoaded'] === 'boolean'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
