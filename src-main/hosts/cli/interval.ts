/** `250ms`, `1s`, `1.5s`, `2m` in milliseconds; undefined when it is none or not between 250 ms and one hour. */
export function readInterval(text: string): number | undefined {
  const parts = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text.trim())
  if (parts === null) return undefined
  const ms = Math.round(Number(parts[1]) * (parts[2] === 'ms' ? 1 : parts[2] === 's' ? 1000 : 60_000))
  return ms >= 250 && ms <= 3_600_000 ? ms : undefined
}
