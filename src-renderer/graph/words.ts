import type { InspectLink, InspectNode } from '../../src-main/contract/inspect.ts'

/** States in an operator's words. "Unreachable" is always "from here": the node may be well. */
export const REACHABILITY_WORDS: Readonly<Record<InspectNode['reachability'], string>> = {
  up: 'up',
  loading: 'loading its dataset',
  busy: 'busy with a script',
  'auth-required': 'wants a password',
  'not-permitted': 'INFO is not permitted',
  unreachable: 'not reached from here',
  hung: 'hangs: took the connection, does not answer',
}

export const LINK_STATE_WORDS: Readonly<Record<InspectLink['state'], string>> = {
  online: 'online',
  connecting: 'connecting',
  'full-sync': 'full sync',
  loading: 'loading',
  down: 'down',
  unknown: 'not known',
}

const LAG_REASONS: Readonly<Record<string, string>> = {
  'different-history': 'different history',
  syncing: 'full sync under way',
  loading: 'loading its dataset',
  'no-history': 'no history yet',
  'not-sampled': 'not sampled yet',
  stale: 'sample is stale',
  'no-master': 'no master known',
  'no-backlog': 'its master has no backlog',
  'offset-too-large': 'offset too large to hold exactly',
}

/** Why a link has no byte lag, in words; the reason itself where it is new to us. */
export function lagReasonWords(reason: string | null): string {
  return reason === null ? 'not known' : (LAG_REASONS[reason] ?? reason)
}

export const SYNC_STAGE_WORDS: Readonly<Record<NonNullable<InspectLink['sync']>['stage'], string>> = {
  connect: 'connecting',
  handshake: 'handshake',
  'waiting-for-fork': 'waits for the fork',
  transfer: 'transfer',
  load: 'loading',
}

/** Who said what is shown, when it was not the node itself. */
export function toldByWords(through: InspectNode['observedThrough']): string | null {
  if (through === 'sentinel-cache') return 'told by Sentinel'
  if (through === 'master-view') return 'told by its master'
  return null
}
