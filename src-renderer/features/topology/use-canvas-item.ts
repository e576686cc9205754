import { computed, type ComputedRef } from 'vue'
import { useCanvasStore } from '../../stores/canvas.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { useSettingsStore } from '../../stores/settings.ts'

/** Focus and selection of one thing on the canvas. Booleans, so that moving the focus draws two cards and not all. */
export function useCanvasItem(id: string): {
  readonly isFocused: ComputedRef<boolean>
  readonly isSelected: ComputedRef<boolean>
  readonly activate: () => void
  readonly focus: () => void
} {
  const canvas = useCanvasStore()
  const deployment = useDeploymentStore()
  const settings = useSettingsStore()
  const isFocused = computed(() => canvas.focused === id)
  const isSelected = computed(() => {
    const selection = deployment.selection
    return selection !== null && canvas.idOf(selection.kind, selection.id, selection.group) === id
  })
  return {
    isFocused,
    isSelected,
    activate: () => {
      canvas.focused = id
      deployment.select(canvas.subjectOf(id))
      settings.isSideOpen = true
    },
    focus: () => {
      canvas.focused = id
    },
  }
}
