import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

/** What is supposed of one group. Empty and null: as things are. */
export interface WhatIfState {
  /** Replicas and Sentinels taken away, sorted. */
  readonly without: readonly string[]
  readonly priorities: Readonly<Record<string, number>>
  readonly minReplicas: number | null
}

export const AS_THINGS_ARE: WhatIfState = { without: [], priorities: {}, minReplicas: null }

/** True when something is supposed. */
export function isSupposing(whatIf: WhatIfState): boolean {
  return whatIf.without.length > 0 || Object.keys(whatIf.priorities).length > 0 || whatIf.minReplicas !== null
}

/** What-ifs by group, for as long as the page lives: leaving the view does not forget them. */
export const useForecastStore = defineStore('forecast', () => {
  const whatIfs = shallowRef<ReadonlyMap<string, WhatIfState>>(new Map())
  /** Seconds that a node stays away, for the resync table; null: back at once. */
  const awaySeconds = shallowRef<number | null>(null)

  function whatIfOf(group: string): WhatIfState {
    return whatIfs.value.get(group) ?? AS_THINGS_ARE
  }

  function change(group: string, part: Partial<WhatIfState>): void {
    const next = { ...whatIfOf(group), ...part }
    const copy = new Map(whatIfs.value)
    if (isSupposing(next)) copy.set(group, next)
    else copy.delete(group)
    whatIfs.value = copy
  }

  /** Takes a node away, or brings it back. */
  function toggleNode(group: string, node: string): void {
    const without = whatIfOf(group).without
    change(group, {
      without: without.includes(node) ? without.filter((one) => one !== node) : [...without, node].sort(),
    })
  }

  /** Null: its own priority. */
  function setPriority(group: string, node: string, priority: number | null): void {
    const { [node]: _, ...others } = whatIfOf(group).priorities
    change(group, { priorities: priority === null ? others : { ...others, [node]: priority } })
  }

  function reset(group: string): void {
    change(group, AS_THINGS_ARE)
  }

  return { awaySeconds, whatIfOf, change, toggleNode, setPriority, reset }
})
