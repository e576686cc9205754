const STORED_AS = 'repliscope-token'

/** The parts of the window that a token passes through. */
export interface TokenPlaces {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string }
  readonly history: { replaceState(data: unknown, unused: string, url: string): void }
  readonly sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void }
}

/**
 * Takes the token out of the URL's fragment (`#token=...`), keeps it for this tab, and strips it from the address bar and the
 * history. Without one in the URL, the one this tab kept; null when there is none. Runs before the router reads the URL.
 */
export function takeToken(places: TokenPlaces): string | null {
  const found = /^#token=([^&]+)/.exec(places.location.hash)?.[1]
  if (found === undefined) return places.sessionStorage.getItem(STORED_AS)
  const token = decode(found)
  places.sessionStorage.setItem(STORED_AS, token)
  places.history.replaceState(null, '', `${places.location.pathname}${places.location.search}#/`)
  return token
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not what the host printed: it is sent as it is, and refused there with words.
    return text
  }
}
