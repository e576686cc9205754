const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 }

/** Bytes as a person writes them: `512`, `2.1 MB`, `64mb/s`; powers of 1024. Null for anything else. */
export function parseAmount(text: string): number | null {
  const parts = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?b?)(?:\/s)?$/.exec(text.trim().toLowerCase())
  if (parts === null) return null
  const letter = parts[2] ?? ''
  const unit = UNITS[letter === '' || letter.endsWith('b') ? letter : `${letter}b`]
  const bytes = Number(parts[1]) * (unit ?? Number.NaN)
  return Number.isFinite(bytes) ? bytes : null
}

/** Seconds: `60`, `60 s`, `5 m`, `1 h`. Null for anything else, and for less than nothing. */
export function parseSeconds(text: string): number | null {
  const parts = /^(\d{1,9}(?:\.\d{1,3})?)\s*(s|m|min|h|d)?$/.exec(text.trim().toLowerCase())
  if (parts === null) return null
  const factor = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 }[parts[2] ?? 's'] ?? 1
  return Number(parts[1]) * factor
}
