import { shallowRef, type ShallowRef } from 'vue'
import { onScopeDispose } from 'vue'
import { useSettingsStore } from '../../stores/settings.ts'

type Reveal = (kind: 'node' | 'link' | 'group', id: string, group: string) => void

const palette = shallowRef<{ readonly isOpen: boolean; readonly query: string }>({ isOpen: false, query: '' })
const areKeysShown = shallowRef(false)
/** Grows when the details panel is asked to take the focus. */
const detailsAsked = shallowRef(0)
const reveals = new Set<Reveal>()

/** What views may ask of the shell around them. */
export function useShell(): {
  readonly palette: typeof palette
  readonly areKeysShown: ShallowRef<boolean>
  readonly detailsAsked: ShallowRef<number>
  readonly openPalette: (query?: string) => void
  /** Opens the details panel and gives it the focus. */
  readonly openDetails: () => void
  /** Brings a thing into view, where a view listens. */
  readonly reveal: Reveal
  readonly onReveal: (listener: Reveal) => void
} {
  const settings = useSettingsStore()
  return {
    palette,
    areKeysShown,
    detailsAsked,
    openPalette: (query = '') => {
      palette.value = { isOpen: true, query }
    },
    openDetails: () => {
      settings.isSideOpen = true
      detailsAsked.value += 1
    },
    reveal: (kind, id, group) => {
      for (const listener of reveals) listener(kind, id, group)
    },
    onReveal: (listener) => {
      reveals.add(listener)
      onScopeDispose(() => reveals.delete(listener))
    },
  }
}
