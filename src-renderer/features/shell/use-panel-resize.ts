import { useSettingsStore } from '../../stores/settings.ts'

const LEAST = 280
const MOST = 640

/** The details panel's width, by pointer and by arrow keys. */
export function usePanelResize(): {
  readonly onGrip: (event: PointerEvent) => void
  readonly onGripKey: (event: KeyboardEvent) => void
} {
  const settings = useSettingsStore()
  const set = (width: number): void => {
    settings.sideWidth = Math.round(Math.min(MOST, Math.max(LEAST, width)))
  }
  return {
    onGrip: (event) => {
      const grip = event.currentTarget
      if (!(grip instanceof HTMLElement)) return
      grip.setPointerCapture(event.pointerId)
      const start = event.clientX
      const width = settings.sideWidth
      const move = (to: PointerEvent): void => set(width + start - to.clientX)
      grip.addEventListener('pointermove', move)
      grip.addEventListener('lostpointercapture', () => grip.removeEventListener('pointermove', move), { once: true })
    },
    onGripKey: (event) => {
      if (event.key === 'ArrowLeft') set(settings.sideWidth + 16)
      else if (event.key === 'ArrowRight') set(settings.sideWidth - 16)
    },
  }
}
