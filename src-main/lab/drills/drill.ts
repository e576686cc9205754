import type { DrillDescription } from '../../domain/drills/model.ts'
import type { Environment } from '../../domain/findings/rule.ts'
import type { LabOptions } from '../options.ts'
import type { Stage } from './stage.ts'

/** What a drill says of its lab; names, folders, server and relay are the engine's. */
export type DrillLab = Omit<
  LabOptions,
  'name' | 'purpose' | 'root' | 'server' | 'relay' | 'outlivesParent' | 'onProgress' | 'signal'
>

/** A rehearsal: a head that tells what it is about, and a script. */
export interface Drill extends DrillDescription {
  readonly lab: DrillLab
  /** Laid over `lab` when the remedy is in place; `set`, `setNode` and `sentinelSet` are joined key by key. */
  readonly remedyLab?: DrillLab
  /** Codes that every run without the remedy raises at some time. */
  readonly findings: readonly string[]
  /** The same of a run with the remedy; default none. */
  readonly findingsWithRemedy?: readonly string[]
  /** How hard the lab is judged; default `lab`. */
  readonly environment?: Environment
  /** Tells the story on real servers. Throws `DrillTrouble` when the story does not go on; must heed `stage.signal`. */
  readonly run: (stage: Stage) => Promise<Outcome>
}

/** What a script leaves behind for the report; whatever it leaves out is not measured. */
export interface Outcome {
  /** What it came to, in sentences with numbers. The verdict's own lines are added. */
  readonly lesson: readonly string[]
}

/** The story did not go on: a server did not do what was waited for, a fault could not be made. */
export class DrillTrouble extends Error {}

export function labOf(drill: Pick<Drill, 'lab' | 'remedyLab'>, withRemedy: boolean): DrillLab {
  const over = withRemedy ? drill.remedyLab : undefined
  if (over === undefined) return drill.lab
  return {
    ...drill.lab,
    ...over,
    set: { ...drill.lab.set, ...over.set },
    setNode: joinByNode(drill.lab.setNode ?? {}, over.setNode ?? {}),
    sentinelSet: { ...drill.lab.sentinelSet, ...over.sentinelSet },
  }
}

type ByNode = NonNullable<DrillLab['setNode']>

function joinByNode(base: ByNode, over: ByNode): ByNode {
  const names = [...new Set([...Object.keys(base), ...Object.keys(over)])]
  return Object.fromEntries(names.map((name) => [name, { ...base[name], ...over[name] }]))
}
