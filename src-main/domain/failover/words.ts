const STEPS: readonly (readonly [number, string])[] = [
  [1024 ** 4, 'TB'],
  [1024 ** 3, 'GB'],
  [1024 ** 2, 'MB'],
  [1024, 'KB'],
]

/** `14 KB`: powers of 1024, two significant digits below ten. */
export function describeBytes(bytes: number): string {
  for (const [size, unit] of STEPS) if (bytes >= size) return `${short(bytes / size)} ${unit}`
  return `${Math.ceil(bytes)} B`
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
