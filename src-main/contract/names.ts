/**
 * The names of the contract without its schemas, for the preload: a sandboxed preload loads no package, so nothing here
 * imports anything. `calls.ts` is the declaration; a test and the type below hold the two together.
 */

/** Every call, sorted. */
export const CALL_NAMES = [
  'acl/recipes',
  'actions/cancel',
  'actions/list',
  'actions/plan',
  'actions/run',
  'actions/runs',
  'actions/undo-plan',
  'actions/unfinished',
  'actions/verify',
  'advice/group',
  'app/info',
  'audit/report',
  'connection/test',
  'deployment/close',
  'deployment/focus',
  'deployment/open',
  'deployment/past',
  'deployment/refresh',
  'deployment/state',
  'drills/cancel',
  'drills/list',
  'drills/report',
  'drills/runs',
  'drills/start',
  'findings/acknowledge',
  'findings/acknowledged',
  'findings/unacknowledge',
  'forecast/failover',
  'forecast/resync',
  'journal/export',
  'journal/list',
  'journal/show',
  'journal/verify',
  'lab/break',
  'lab/faults',
  'lab/heal',
  'lab/list',
  'lab/open',
  'lab/start',
  'lab/stop',
  'profiles/export',
  'profiles/import',
  'profiles/list',
  'profiles/open',
  'profiles/remove',
  'profiles/save',
  'profiles/show',
  'recents/list',
  'recents/remove',
  'session/arm',
  'session/disarm',
] as const

/** Every event, sorted. */
export const EVENT_NAMES = [
  'action/outcome',
  'action/progress',
  'connection/step',
  'deployment/changed',
  'deployment/event',
  'deployment/head',
  'drill/changed',
  'findings/acknowledged',
  'lab/faults',
  'lab/progress',
  'profiles/changed',
] as const

/** The two Electron channels; each carries frames of `wire.ts` as JSON text. */
export const IPC_CHANNELS = { toHost: 'repliscope/to-host', toPage: 'repliscope/to-page' } as const

/** The name under which the preload's door stands on `window`. */
export const DOOR_NAME = 'repliscope'

/**
 * What the preload gives the page: the contract's own verbs and nothing else. No channel name, no event object of
 * Electron's, no general send. `listen` hands whole frames as JSON text (one string crosses the isolation boundary far
 * cheaper than a deep copy) and returns its own stopper.
 */
export interface PageDoor {
  readonly hello: (contract: number) => void
  /** Throws for a name that the contract does not declare. */
  readonly call: (id: number, name: string, params: unknown) => void
  readonly cancel: (id: number) => void
  readonly ack: (batch: number) => void
  readonly listen: (listener: (frame: string) => void) => () => void
}
