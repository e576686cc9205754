import { onScopeDispose, shallowRef, type Ref } from 'vue'
import { momentAt, type TimeWindow } from '../../ui/time-axis/time-window.ts'

/** Further than this and a press is a drag. */
const DRAG_PX = 4
/** One notch of a wheel. */
const WHEEL_FACTOR = 1.18
const NOTCH_PX = 100

/**
 * Pointer and wheel on a picture over a time axis: drag moves it, the wheel zooms around the pointer (with Shift, or
 * sideways, it moves), a press without a drag chooses the moment.
 */
export function useTimeGestures(
  host: Readonly<Ref<HTMLElement | null>>,
  shown: () => TimeWindow,
  plot: { readonly startPx: number; readonly endPx: number },
  on: {
    readonly pan: (ms: number) => void
    readonly zoom: (factor: number, around: number) => void
    readonly choose: (at: number) => void
  },
) {
  /** The moment under the pointer; null while it is elsewhere. */
  const hovered = shallowRef<number | null>(null)
  const isDragging = shallowRef(false)
  let pressed: { readonly x: number; readonly id: number } | undefined
  let lastX = 0

  function widthOf(): number {
    return Math.max(1, (host.value?.clientWidth ?? 0) - plot.startPx - plot.endPx)
  }

  function xIn(event: MouseEvent): number {
    return event.clientX - (host.value?.getBoundingClientRect().left ?? 0) - plot.startPx
  }

  function momentOf(event: MouseEvent): number | null {
    const x = xIn(event)
    return x < 0 || x > widthOf() ? null : momentAt(x, shown(), widthOf())
  }

  function msPerPx(): number {
    const { from, to } = shown()
    return (to - from) / widthOf()
  }

  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0 || momentOf(event) === null) return
    pressed = { x: event.clientX, id: event.pointerId }
    lastX = event.clientX
  }

  function onPointerMove(event: PointerEvent): void {
    hovered.value = momentOf(event)
    if (pressed === undefined) return
    if (!isDragging.value && Math.abs(event.clientX - pressed.x) < DRAG_PX) return
    if (!isDragging.value) {
      isDragging.value = true
      host.value?.setPointerCapture?.(pressed.id)
    }
    on.pan((lastX - event.clientX) * msPerPx())
    lastX = event.clientX
  }

  function onPointerUp(event: PointerEvent): void {
    const wasPress = pressed !== undefined && !isDragging.value
    pressed = undefined
    isDragging.value = false
    const at = momentOf(event)
    if (wasPress && at !== null) on.choose(at)
  }

  function onPointerLeave(): void {
    hovered.value = null
    if (!isDragging.value) pressed = undefined
  }

  function onWheel(event: WheelEvent): void {
    const at = momentOf(event)
    if (at === null || event.ctrlKey) return
    event.preventDefault()
    const sideways = event.shiftKey ? event.deltaY : event.deltaX
    if (Math.abs(sideways) > 0 && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)))
      on.pan(sideways * msPerPx())
    else on.zoom(WHEEL_FACTOR ** (Math.max(-300, Math.min(300, event.deltaY)) / NOTCH_PX), at)
  }

  onScopeDispose(() => {
    pressed = undefined
  })
  return { hovered, isDragging, onPointerDown, onPointerMove, onPointerUp, onPointerLeave, onWheel }
}
