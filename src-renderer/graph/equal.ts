/**
 * `next` in as many parts of `held` as hold the same (plain values: texts, numbers, arrays and records of them): `held`
 * itself when nothing differs. Takes `next` over: its parts are replaced in place.
 */
export function keepSame<T>(held: T, next: T): T {
  if (Object.is(held, next)) return held
  if (typeof held !== 'object' || typeof next !== 'object' || held === null || next === null) return next
  const old = held as Readonly<Record<string, unknown>>
  const fresh = next as Record<string, unknown>
  const keys = Object.keys(fresh)
  let isSame = keys.length === Object.keys(old).length
  for (const key of keys) {
    const part = keepSame(old[key], fresh[key])
    if (part !== fresh[key]) fresh[key] = part
    if (!(key in old) || !Object.is(part, old[key])) isSame = false
  }
  return isSame ? held : next
}
