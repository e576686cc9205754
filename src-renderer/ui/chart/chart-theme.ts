/** What a canvas has to be told, because it does not read CSS variables. */
export interface ChartTheme {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly surface: string
  readonly crit: string
  readonly sentinel: string
  readonly master: string
  readonly info: string
  readonly series: readonly string[]
  readonly font: string
}

export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(name).trim() || '#888'
  return {
    text: token('--text'),
    muted: token('--muted'),
    line: token('--line'),
    surface: token('--surface'),
    crit: token('--crit'),
    sentinel: token('--sentinel'),
    master: token('--master'),
    info: token('--info'),
    series: [1, 2, 3, 4, 5, 6].map((n) => token(`--series-${n}`)),
    font: `11px ${style.getPropertyValue('--mono').trim() || 'monospace'}`,
  }
}

/** Tells when the face changes. Returns its stopper. */
export function watchTheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}
