/** How well something is, as shown: a shape, a colour class (`is-ok` ...) and a word. */
export type StatusTone = 'ok' | 'warn' | 'crit' | 'stale'

export const STATUS_MARKS: Readonly<Record<StatusTone, { readonly shape: string; readonly word: string }>> = {
  ok: { shape: '●', word: 'well' },
  warn: { shape: '▲', word: 'warning' },
  crit: { shape: '■', word: 'critical' },
  stale: { shape: '▨', word: 'stale' },
}

const BY_SEVERITY = { critical: 'crit', warning: 'warn', info: 'ok', well: 'ok' } as const

/** The tone of a finding's severity; a note is no trouble. */
export function toneOfSeverity(severity: keyof typeof BY_SEVERITY): StatusTone {
  return BY_SEVERITY[severity]
}
