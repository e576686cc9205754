import { computed, shallowRef, type ComputedRef } from 'vue'
import { pan, within, zoom, type TimeWindow, type WindowLimits } from '../../ui/time-axis/time-window.ts'

/** Lengths to choose from, milliseconds; null is everything known. */
export const RANGES: readonly { readonly label: string; readonly ms: number | null }[] = [
  { label: '1 m', ms: 60_000 },
  { label: '5 m', ms: 300_000 },
  { label: '15 m', ms: 900_000 },
  { label: '1 h', ms: 3_600_000 },
  { label: 'All', ms: null },
]
const USUAL_MS = 900_000
/** For a group that has just come into view. */
const FIRST_MS = 300_000
const LEAST_MS = 500
/** Closer to the present than this part of the window counts as at it. */
const AT_END = 0.01

/**
 * The stretch of time in view. While it follows, its right end is the present; otherwise it stays where it is, whatever
 * comes in. `first` is the oldest moment that anything is known of.
 */
export function useAxis(now: () => number, first: () => number) {
  const isFollowing = shallowRef(true)
  /** Null: everything known. */
  const length = shallowRef<number | null>(USUAL_MS)
  let isChosen = false
  const held = shallowRef<TimeWindow>({ from: 0, to: 1 })

  const limits = computed<WindowLimits>(() => ({
    bounds: { from: Math.min(first(), now() - 3_600_000), to: now() },
    leastMs: LEAST_MS,
  }))
  const shown: ComputedRef<TimeWindow> = computed(() => {
    if (!isFollowing.value) return held.value
    const to = now()
    return { from: length.value === null ? limits.value.bounds.from : to - length.value, to }
  })

  function hold(window: TimeWindow): void {
    held.value = window
    isFollowing.value = false
  }

  /** The same stretch, from here on not moving with time. */
  function freeze(): void {
    if (isFollowing.value) hold(shown.value)
  }

  function follow(): void {
    if (!isFollowing.value) length.value = held.value.to - held.value.from
    isFollowing.value = true
  }

  /** What is looked at stays in view: `around`, else the middle. */
  function setRange(ms: number | null, around?: number): void {
    isChosen = true
    length.value = ms
    if (isFollowing.value) return
    const { from, to } = held.value
    const middle = around ?? (from + to) / 2
    const { bounds } = limits.value
    held.value = ms === null ? bounds : within({ from: middle - ms / 2, to: middle + ms / 2 }, limits.value)
  }

  /** A shorter range where little is known yet, unless somebody has chosen one: no picture that is mostly empty. */
  function fit(): void {
    if (isChosen) return
    const known = now() - first()
    length.value = known <= FIRST_MS ? FIRST_MS : USUAL_MS
  }

  function zoomBy(factor: number, around?: number): void {
    isChosen = true
    if (isFollowing.value) {
      const { from, to } = zoom(shown.value, factor, shown.value.to, limits.value)
      // With the pointer in the middle of the picture somebody looks at what is there, not at the present.
      if (around === undefined || atEnd(around)) length.value = to - from
      else hold(zoom(shown.value, factor, around, limits.value))
      return
    }
    const middle = (held.value.from + held.value.to) / 2
    held.value = zoom(held.value, factor, around ?? middle, limits.value)
  }

  function panBy(ms: number): void {
    const next = pan(shown.value, ms, limits.value)
    if (ms > 0 && limits.value.bounds.to - next.to <= (next.to - next.from) * AT_END) {
      length.value = next.to - next.from
      isFollowing.value = true
    } else hold(next)
  }

  /** Moves the window as little as is needed for `at` to be well inside it. */
  function reveal(at: number): void {
    const { from, to } = shown.value
    const margin = (to - from) * 0.05
    if (at >= from + margin && at <= to - margin) freeze()
    else hold(within({ from: at - (to - from) / 2, to: at + (to - from) / 2 }, limits.value))
  }

  function atEnd(at: number): boolean {
    return shown.value.to - at <= (shown.value.to - shown.value.from) * 0.1
  }

  return { shown, limits, length, isFollowing, follow, freeze, fit, setRange, zoomBy, panBy, reveal }
}
