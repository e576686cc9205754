import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { ContractFailure } from '../../src-main/contract/calls.ts'
import type { DrillRunView, DrillView } from '../../src-main/contract/lab.ts'
import { useClient } from './client.ts'

/** Rehearsals of this host: the gallery, and every run since the host began. */
export const useDrillsStore = defineStore('drills', () => {
  const client = useClient()
  /** Null until the host has told. */
  const drills = shallowRef<readonly DrillView[] | null>(null)
  /** By run id, oldest first. */
  const runs = shallowRef<ReadonlyMap<string, DrillRunView>>(new Map())
  const failure = shallowRef<ContractFailure | null>(null)
  const isStarting = shallowRef(false)
  /** The runs of the host are known, so a run that is not among them is no run of it. */
  const areRunsKnown = shallowRef(false)

  /** Run id by the session on its lab. */
  const lookedAt = new Map<string, string>()

  /** The one that goes on. */
  const going = computed(() => [...runs.value.values()].findLast(isGoing) ?? null)

  async function load(): Promise<void> {
    const [list, told] = await Promise.all([client.call('drills/list', {}), loadRuns()])
    if (list.ok) drills.value = list.value.drills
    failure.value = list.ok ? told : list.failure
  }

  /** From here on the host tells of every change. Null, or why not. */
  async function loadRuns(): Promise<ContractFailure | null> {
    const answer = await client.call('drills/runs', {})
    if (!answer.ok) return answer.failure
    answer.value.runs.forEach(note)
    runs.value = new Map(answer.value.runs.map((run) => [run.run, run]))
    areRunsKnown.value = true
    return null
  }

  /** The id of the run when it has begun; null: `failure` says why not. */
  function note({ run, session }: DrillRunView): void {
    if (session !== null) lookedAt.set(session, run)
  }

  async function start(name: string, withRemedy: boolean): Promise<string | null> {
    if (isStarting.value) return null
    isStarting.value = true
    failure.value = null
    const answer = await client.call('drills/start', { name, withRemedy })
    isStarting.value = false
    if (answer.ok) return answer.value.run
    failure.value = answer.failure
    return null
  }

  async function cancel(run: string): Promise<void> {
    const answer = await client.call('drills/cancel', { run })
    failure.value = answer.ok ? null : answer.failure
  }

  function drillOf(name: string): DrillView | null {
    return drills.value?.find((drill) => drill.name === name) ?? null
  }

  /** Runs of one drill that ended with a result, newest first. */
  function resultsOf(name: string): readonly DrillRunView[] {
    return [...runs.value.values()].filter((run) => run.name === name && run.report !== null).reverse()
  }

  /** The newest result of the same drill run the other way: with the remedy where `run` was without it. */
  function counterpartOf(run: DrillRunView): DrillRunView | null {
    return resultsOf(run.name).find((other) => other.withRemedy !== run.withRemedy) ?? null
  }

  /** The run whose lab a session looks at, or looked at: the session ends with the drill. */
  function runOfSession(session: string | null): DrillRunView | null {
    const id = session === null ? undefined : lookedAt.get(session)
    return id === undefined ? null : (runs.value.get(id) ?? null)
  }

  const stoppers = [
    client.on('drill/changed', (run) => {
      note(run)
      runs.value = new Map(runs.value).set(run.run, run)
    }),
    // Only who asked is told of runs, and a line that came back is a new one.
    client.onLine((line) => {
      if (line.state === 'open') void loadRuns()
    }),
  ]

  function dispose(): void {
    for (const stop of stoppers.splice(0)) stop()
  }

  return {
    drills,
    runs,
    failure,
    isStarting,
    areRunsKnown,
    going,
    load,
    start,
    cancel,
    drillOf,
    resultsOf,
    counterpartOf,
    runOfSession,
    dispose,
  }
})

export function isGoing(run: DrillRunView): boolean {
  return run.state === 'starting' || run.state === 'running'
}
