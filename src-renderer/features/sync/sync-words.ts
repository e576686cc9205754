import type { InspectLink } from '../../../src-main/contract/inspect.ts'

type Sync = NonNullable<InspectLink['sync']>

/** The stages of a full resync, in the order in which they happen. */
export const STAGES: readonly { readonly id: Sync['stage']; readonly title: string; readonly hint: string }[] = [
  { id: 'connect', title: 'connect', hint: 'the replica opens a connection to its master' },
  { id: 'handshake', title: 'handshake', hint: 'authentication, capabilities, PSYNC' },
  {
    id: 'waiting-for-fork',
    title: 'wait for RDB',
    hint: 'the master forks and writes, or waits for repl-diskless-sync-delay',
  },
  {
    id: 'transfer',
    title: 'transfer',
    hint: 'the RDB travels; what is written meanwhile gathers in the output buffer',
  },
  { id: 'load', title: 'load', hint: 'the replica loads the RDB and answers nobody' },
]

export interface StageMark {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly state: 'done' | 'present' | 'to come'
}

export function toStages(stage: Sync['stage']): StageMark[] {
  const present = STAGES.findIndex((one) => one.id === stage)
  return STAGES.map((one, i) => ({ ...one, state: i < present ? 'done' : i === present ? 'present' : 'to come' }))
}

/** Growth of the output buffer between two samples, bytes a second; null until it can be told. Never across a restart of it. */
export function bufferGrowth(
  before: { readonly at: number; readonly bytes: number | null } | null,
  after: { readonly at: number; readonly bytes: number | null },
): number | null {
  if (!before || before.bytes === null || after.bytes === null || after.at - before.at < 250) return null
  return ((after.bytes - before.bytes) * 1000) / (after.at - before.at)
}

/** Links in a full sync or loading, those furthest from done first. */
export function syncingLinks(links: readonly InspectLink[]): InspectLink[] {
  return links
    .filter((link) => link.sync !== null)
    .sort(
      (a, b) =>
        (a.sync?.doneRatio ?? -1) - (b.sync?.doneRatio ?? -1) ||
        a.replica.localeCompare(b.replica, 'en', { numeric: true }),
    )
}
