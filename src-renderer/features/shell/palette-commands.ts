import type { SessionHead } from '../../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import type { ViewEntry } from '../../views.ts'

export type PaletteAction =
  | { readonly kind: 'node'; readonly id: string; readonly group: string }
  | { readonly kind: 'group'; readonly group: string | null }
  | { readonly kind: 'deployment'; readonly session: string }
  | { readonly kind: 'view'; readonly id: string }
  /** Opens a dialog: nothing is changed by choosing it. */
  | { readonly kind: 'act'; readonly start: () => void }
  | { readonly kind: 'do'; readonly what: 'connect' | 'drills' | 'theme' | 'keys' | 'details' | 'refresh' | 'close' }

export interface PaletteEntry {
  readonly id: string
  /** What is searched and shown: the kind first, so that typing it narrows the list. */
  readonly kind: string
  readonly text: string
  readonly hint: string
  readonly action: PaletteAction
}

/** Entries shown at most: enough to scan, few enough to draw at once with a thousand nodes. */
export const SHOWN_MAX = 50

const KINDS = { master: 'master', replica: 'replica', sentinel: 'Sentinel', unknown: 'node' } as const

export function paletteEntries(
  slices: ReadonlyMap<string, GroupSlice>,
  sessions: readonly SessionHead[],
  views: readonly ViewEntry[],
  hasDeployment: boolean,
): readonly PaletteEntry[] {
  const entries: PaletteEntry[] = []
  const add = (kind: string, text: string, hint: string, action: PaletteAction): void =>
    void entries.push({ id: `${kind} ${text} ${hint}`, kind, text, hint, action })
  for (const view of views)
    if (hasDeployment || view.standsAlone === true)
      add('view', view.label, `G ${view.key.toUpperCase()}`, { kind: 'view', id: view.id })
  if (slices.size > 1) add('group', 'all groups', `${slices.size} on one canvas`, { kind: 'group', group: null })
  for (const [name, slice] of slices)
    add('group', name, slice.group.master ?? 'no master known', { kind: 'group', group: name })
  for (const [group, slice] of slices) {
    for (const node of slice.nodes)
      add(KINDS[node.role], node.id, slices.size > 1 ? group : '', {
        kind: 'node',
        id: node.id,
        group,
      })
  }
  for (const session of sessions)
    add('deployment', session.label, session.environment, { kind: 'deployment', session: session.session })
  add('do', 'Connect to a deployment', 'G C', { kind: 'do', what: 'connect' })
  add('do', 'Rehearse: the gallery of drills', 'G D', { kind: 'do', what: 'drills' })
  if (hasDeployment) {
    add('do', 'Sample everything now', 'R', { kind: 'do', what: 'refresh' })
    add('do', 'Show or hide details', 'D', { kind: 'do', what: 'details' })
    add('do', 'Close this deployment', '', { kind: 'do', what: 'close' })
  }
  add('do', 'Switch between dark and light', 'T', { kind: 'do', what: 'theme' })
  add('do', 'Show all keys', '?', { kind: 'do', what: 'keys' })
  return entries
}

/** Every word must occur; a word at the start of the kind or of the text counts more. In the list's own order otherwise. */
export function searchEntries(entries: readonly PaletteEntry[], query: string): readonly PaletteEntry[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return entries.slice(0, SHOWN_MAX)
  const scored: { readonly entry: PaletteEntry; readonly score: number }[] = []
  for (const entry of entries) {
    const score = words.reduce((sum, word) => sum + scoreOf(entry, word), 0)
    if (Number.isFinite(score)) scored.push({ entry, score })
  }
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN_MAX)
    .map((one) => one.entry)
}

function scoreOf(entry: PaletteEntry, word: string): number {
  const text = entry.text.toLowerCase()
  if (text === word) return 6
  if (entry.kind.toLowerCase().startsWith(word)) return 4
  if (text.startsWith(word)) return 3
  if (text.includes(word)) return 2
  if (entry.hint.toLowerCase().includes(word)) return 1
  return Number.NEGATIVE_INFINITY
}
