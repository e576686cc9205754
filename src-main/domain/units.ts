/** Sizes for people, in every host: each 1024 of the one before, named as Redis names them in its configuration. */
export const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const

/** `14 KB`: one decimal below ten. */
export function describeBytes(bytes: number): string {
  const power = BYTE_UNITS.findLastIndex((_, n) => bytes >= 1024 ** n)
  return power < 1 ? `${Math.ceil(bytes)} B` : `${short(bytes / 1024 ** power)} ${BYTE_UNITS[power]}`
}

/** `0.2 s`, `45 s`, `12 min`, `3 h`, `2 d`. */
export function describeSeconds(seconds: number): string {
  if (seconds > 0 && seconds < 0.1) return 'under 0.1 s'
  if (seconds < 120) return `${short(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

function short(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value))
}
