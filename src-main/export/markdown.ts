import { clean } from './words.ts'

/** A table with its empty line after it; nothing without rows. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line), '']
}

/** Words as they stand, whatever a server put into its name. */
export function markdownText(raw: string): string {
  return clean(raw)
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&')
    .replace(/&/g, '&amp;')
}

export function markdownCode(raw: string): string {
  const bare = clean(raw)
  const fence = '`'.repeat(1 + Math.max(0, ...(bare.match(/`+/g) ?? []).map((run) => run.length)))
  return `${fence} ${bare} ${fence}`.replace(/^` | `$/g, '`')
}
