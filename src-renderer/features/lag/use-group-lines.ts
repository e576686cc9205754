import { computed, type ComputedRef } from 'vue'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { assignStyles, STYLES, styleOf, type LineStyle } from '../../ui/chart/line-style.ts'
import { shortNames } from '../backlog/backlog-layout.ts'
import { replicaIds } from './lag-lines.ts'

export interface NamedLine {
  readonly id: string
  readonly label: string
  readonly style: LineStyle
}

/** What the charts of one group have in common. */
export interface GroupLines {
  /** One line a replica, each with a style that it keeps for as long as it is there. */
  readonly replicas: ComputedRef<readonly NamedLine[]>
  /** Whoever is or calls itself master now. */
  readonly masters: ComputedRef<readonly string[]>
  /** Short names by id. */
  readonly names: ComputedRef<ReadonlyMap<string, string>>
}

export function useGroupLines(slice: () => GroupSlice): GroupLines {
  const slots = computed<Map<string, number>>((before) => assignStyles(before ?? new Map(), replicaIds(slice())))
  const replicas = computed(() => {
    const ids = replicaIds(slice())
    // With more lines than styles a pattern names nobody, and costs most of the drawing.
    const isPlain = ids.length > STYLES
    return ids.map((id) => {
      const style = styleOf(slots.value.get(id) ?? 0)
      return { id, label: id, style: isPlain ? { ...style, dash: [] } : style }
    })
  })
  const masters = computed(() => {
    const { group } = slice()
    return [...new Set([group.master, ...group.masters].filter((id) => id !== null))]
  })
  const names = computed(() => shortNames([...new Set([...replicas.value.map(({ id }) => id), ...masters.value])]))
  return { replicas, masters, names }
}
