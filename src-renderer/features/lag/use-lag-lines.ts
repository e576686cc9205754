import { computed, type ComputedRef } from 'vue'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { assignStyles, styleOf, type LineStyle } from '../../ui/chart/line-style.ts'
import { replicaIds } from './lag-lines.ts'

export interface NamedLine {
  readonly id: string
  readonly label: string
  readonly style: LineStyle
}

/** One line a replica, each with a style that it keeps for as long as it is there. */
export function useReplicaLines(slice: () => GroupSlice): ComputedRef<readonly NamedLine[]> {
  const slots = computed<Map<string, number>>((before) => assignStyles(before ?? new Map(), replicaIds(slice())))
  return computed(() => replicaIds(slice()).map((id) => ({ id, label: id, style: styleOf(slots.value.get(id) ?? 0) })))
}
