import { nextTick, onBeforeUnmount, watch, type Ref } from 'vue'
import { focusHolder, giveFocusBack } from './focus-return.ts'

/** Where in the window a menu is open, CSS pixels, and what it was opened from; null: from no element (the palette). */
export interface PopupState {
  readonly x: number
  readonly y: number
  readonly from: HTMLElement | null
}

/** The nearest place to a point at which a box lies within the window, 8 px from its edges; what is larger begins there. */
export function placeInWindow(
  at: { readonly x: number; readonly y: number },
  box: { readonly width: number; readonly height: number },
  page: { readonly width: number; readonly height: number },
): { readonly left: number; readonly top: number } {
  return {
    left: Math.max(8, Math.min(at.x, page.width - box.width - 8)),
    top: Math.max(8, Math.min(at.y, page.height - box.height - 8)),
  }
}

/** The item that a key leads to from item `at` (-1: none yet) of `total`; undefined: the key moves nothing. */
export function nextItem(key: string, at: number, total: number): number | undefined {
  if (total === 0) return undefined
  if (key === 'ArrowDown') return (at + 1) % total
  if (key === 'ArrowUp') return at <= 0 ? total - 1 : at - 1
  if (key === 'Home') return 0
  return key === 'End' ? total - 1 : undefined
}

/**
 * A menu at a place of the window: within it, walked by arrows, closed by Escape, Tab and a press beside it. Then the focus goes
 * back to where it came from, unless something took it meanwhile. Ends with the component.
 */
export function usePopup<S extends PopupState>(options: {
  readonly state: Ref<S | null>
  readonly box: Readonly<Ref<HTMLElement | null>>
  readonly close: () => void
  /** What has the focus at first, whenever the state changes; none: the focus stays. */
  readonly first: (box: HTMLElement, state: S) => HTMLElement | null | undefined
}): {
  /** Of the element with role menu. */
  readonly onKey: (event: KeyboardEvent) => void
} {
  const { state, box, close } = options
  let home: HTMLElement | null = null

  function place(): void {
    if (state.value === null || box.value === null) return
    const { clientWidth: width, clientHeight: height } = document.documentElement
    const { left, top } = placeInWindow(state.value, box.value.getBoundingClientRect(), { width, height })
    box.value.style.left = `${left}px`
    box.value.style.top = `${top}px`
  }

  watch(state, async (now, before) => {
    if (now === null) {
      if (box.value === null || box.value.contains(document.activeElement)) giveFocusBack(home)
      home = null
      return
    }
    if (before === null) home = now.from ?? focusHolder()
    await nextTick()
    place()
    if (box.value !== null) options.first(box.value, now)?.focus()
  })

  function onKey(event: KeyboardEvent): void {
    event.stopPropagation()
    const items = [...(box.value?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const next = nextItem(event.key, items.indexOf(document.activeElement as HTMLElement), items.length)
    if (next !== undefined) items[next]?.focus()
    else if (event.key === 'Escape' || event.key === 'Tab') close()
    else return
    event.preventDefault()
  }

  function onOutside(event: Event): void {
    if (state.value !== null && event.target instanceof Node && box.value?.contains(event.target) !== true) close()
  }
  document.addEventListener('pointerdown', onOutside, true)
  // A window made smaller keeps the menu within it.
  const resizes = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(place)
  resizes?.observe(document.documentElement)
  onBeforeUnmount(() => {
    document.removeEventListener('pointerdown', onOutside, true)
    resizes?.disconnect()
    close()
  })

  return { onKey }
}
