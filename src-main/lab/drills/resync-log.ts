import { readFileSync, statSync } from 'node:fs'
import type { NodeId } from '../../domain/address.ts'
import type { ResyncOutcome } from '../../domain/drills/model.ts'
import type { LabNode } from '../lab-model.ts'

/** How far every data node's log had been written at one moment. */
export type LogMarks = ReadonlyMap<NodeId, number>

export function markLogs(nodes: readonly LabNode[]): LogMarks {
  return new Map(nodes.filter((node) => node.startedAs !== 'sentinel').map((node) => [node.id, sizeOf(node.logFile)]))
}

/**
 * How each of the nodes came to its master after the mark, by its own log, which unlike the master's counters says of
 * whom it speaks. The first attempt that was answered counts; none: no link was made anew.
 *
 *     MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.
 *     Full resync from master: 4fe3...:1234          (primary in Valkey)
 */
export function resyncsSince(nodes: readonly LabNode[], marks: LogMarks): readonly ResyncOutcome[] {
  return nodes.map((node) => ({
    replica: node.id,
    verdict: firstResync(textAfter(node.logFile, marks.get(node.id) ?? 0)),
  }))
}

/** Undefined text: the log cannot be read. */
export function firstResync(log: string | undefined): ResyncOutcome['verdict'] {
  if (log === undefined) return 'unknown'
  const found = /Full resync from (?:master|primary)|accepted a Partial Resynchronization/.exec(log)
  if (found === null) return 'none'
  return found[0].startsWith('Full') ? 'full' : 'partial'
}

function textAfter(file: string, from: number): string | undefined {
  try {
    return readFileSync(file).subarray(from).toString('utf8')
  } catch {
    return undefined
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}
