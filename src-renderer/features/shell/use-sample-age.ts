import { computed, type ComputedRef } from 'vue'
import { useHostNow } from '../../composables/use-now.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { ageSeconds, formatShortDuration, UNKNOWN } from '../../ui/format.ts'

/** How old what is shown is: the newest picture of these groups. */
export function useSampleAge(slices: () => readonly GroupSlice[]): {
  /** ISO-8601; null without any. */
  readonly takenAt: ComputedRef<string | null>
  readonly text: ComputedRef<string>
  /** Older than samples of this deployment ought to be. */
  readonly isOld: ComputedRef<boolean>
} {
  const deployment = useDeploymentStore()
  const hostNow = useHostNow()
  const takenAt = computed(() =>
    slices().reduce<string | null>(
      (latest, slice) => (latest === null || slice.takenAt > latest ? slice.takenAt : latest),
      null,
    ),
  )
  const age = computed(() => ageSeconds(takenAt.value, hostNow()))
  return {
    takenAt,
    isOld: computed(() => (age.value ?? 0) > Math.max(6, ((deployment.head?.intervalMs ?? 1000) / 1000) * 4)),
    text: computed(() => (age.value === undefined ? UNKNOWN : age.value < 1 ? '<1 s' : formatShortDuration(age.value))),
  }
}
