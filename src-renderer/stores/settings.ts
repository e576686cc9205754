import { defineStore } from 'pinia'
import { computed, shallowRef, watchEffect } from 'vue'

export type ThemeChoice = 'system' | 'dark' | 'light'
export type Density = 'dense' | 'roomy'

interface Saved {
  readonly theme: ThemeChoice
  readonly density: Density
  readonly columns: Readonly<Record<string, readonly string[]>>
  readonly sideWidth: number
  readonly isSideOpen: boolean
  readonly isStripOpen: boolean
}

const KEY = 'repliscope.settings.v1'
const DEFAULTS: Saved = {
  theme: 'system',
  density: 'dense',
  columns: {},
  sideWidth: 340,
  isSideOpen: true,
  isStripOpen: true,
}

/** What this browser remembers of how the page looks. No address and no secret is kept here. */
export const useSettingsStore = defineStore('settings', () => {
  const saved = read()
  const theme = shallowRef(saved.theme)
  const density = shallowRef(saved.density)
  const columns = shallowRef(saved.columns)
  const sideWidth = shallowRef(saved.sideWidth)
  const isSideOpen = shallowRef(saved.isSideOpen)
  const isStripOpen = shallowRef(saved.isStripOpen)

  const systemDark = shallowRef(true)
  const media = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : undefined
  if (media) {
    systemDark.value = media.matches
    media.addEventListener('change', (event) => {
      systemDark.value = event.matches
    })
  }
  /** The face in use. */
  const face = computed(() => (theme.value === 'system' ? (systemDark.value ? 'dark' : 'light') : theme.value))

  watchEffect(() => {
    document.documentElement.dataset.theme = face.value
    document.documentElement.dataset.density = density.value
  })
  watchEffect(() => {
    write({
      theme: theme.value,
      density: density.value,
      columns: columns.value,
      sideWidth: sideWidth.value,
      isSideOpen: isSideOpen.value,
      isStripOpen: isStripOpen.value,
    })
  })

  /** system -> the other face -> back: one key press changes what is seen. */
  function toggleTheme(): void {
    theme.value = face.value === 'dark' ? 'light' : 'dark'
  }

  /** Columns a table shows, in order; undefined: the table's own choice. */
  function columnsOf(table: string): readonly string[] | undefined {
    return columns.value[table]
  }

  function setColumns(table: string, shown: readonly string[]): void {
    columns.value = { ...columns.value, [table]: shown }
  }

  return { theme, density, columns, sideWidth, isSideOpen, isStripOpen, face, toggleTheme, columnsOf, setColumns }
})

/** Anything unreadable or out of range is the default: this is a convenience, not a record. */
function read(): Saved {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof raw !== 'object' || raw === null) return DEFAULTS
    const of = raw as Partial<Record<keyof Saved, unknown>>
    return {
      theme: of.theme === 'dark' || of.theme === 'light' ? of.theme : 'system',
      density: of.density === 'roomy' ? 'roomy' : 'dense',
      columns: readColumns(of.columns),
      sideWidth: typeof of.sideWidth === 'number' ? Math.min(640, Math.max(280, of.sideWidth)) : DEFAULTS.sideWidth,
      isSideOpen: of.isSideOpen !== false,
      isStripOpen: of.isStripOpen !== false,
    }
  } catch {
    return DEFAULTS
  }
}

function readColumns(raw: unknown): Saved['columns'] {
  if (typeof raw !== 'object' || raw === null) return {}
  const columns: Record<string, readonly string[]> = {}
  for (const [table, shown] of Object.entries(raw)) {
    if (Array.isArray(shown)) columns[table] = shown.filter((name): name is string => typeof name === 'string')
  }
  return columns
}

function write(saved: Saved): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(saved))
  } catch {
    // Storage is full or forbidden: the choice lasts as long as the page.
  }
}
