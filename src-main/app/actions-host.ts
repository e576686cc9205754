import { randomUUID } from 'node:crypto'
import { formatAddress } from '../domain/address.ts'
import { describeFailure, fail, ok, type Failure, type Result } from '../domain/failure.ts'
import type { Environment, Intent } from '../domain/plans/model.ts'
import { isOfOneNode } from '../domain/plans/fitting.ts'
import { isPlanned, PLANNED_ACTIONS } from '../domain/plans/plan-action.ts'
import { isSecretParameter } from '../domain/plans/secrets.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'
import { systemClock } from '../monitor/system-clock.ts'
import type { SessionState } from '../monitor/session.ts'
import { createActionDialler } from '../redis/action-dialler.ts'
import { createActions, type Actions, type Reach } from './actions.ts'
import { userJournalKeys } from './actions-journal.ts'
import { userDataFolder } from './user-data-folder.ts'
import { parseAddresses } from './targets/addresses.ts'
import { accept, quote, refuse, type ParsedTarget, type TargetResult } from './targets/model.ts'

export { toCheckupReport, toOutcomeReport, toPlanReport, toWaitReport } from './actions-json.ts'

/** Actions over this user's journal and the machine's clock. */
export function createHostActions(warn: (line: string) => void): Actions {
  return createActions({
    dataFolder: userDataFolder(),
    clock: systemClock,
    warn,
    profile: 'none (command line)',
    keys: userJournalKeys(),
  })
}

/** Lines to the servers of a target; the caller disposes the dialler. */
export function reachOf(target: ParsedTarget): Reach {
  const { access } = target
  return { dialler: createActionDialler({ ...access, clock: systemClock }), timeoutMs: access.timeoutMs }
}

/** What a person typed about an action, before it is understood. */
export interface ActionWords {
  readonly action: string
  readonly node?: string | undefined
  /** False: the node was given to find the group by. */
  readonly isAbout?: boolean
  readonly to?: string | undefined
  readonly set?: readonly string[] | undefined
  readonly rewrite?: boolean | undefined
  readonly environment?: string | undefined
}

const ENVIRONMENTS: readonly Environment[] = ['production', 'staging', 'development', 'lab']

const WAIT_DEFAULTS = { replicas: '1', timeout: '1000', count: '20', batch: '1' }

/** The words as an intent, for a group still to be found. */
export function readIntent(words: ActionWords): TargetResult<Omit<Intent, 'group'>> {
  if (!isPlanned(words.action))
    return refuse(`there is no action ${quote(words.action)}`, `this build has ${PLANNED_ACTIONS.join(', ')}`)
  const environment = ENVIRONMENTS.find((one) => one === (words.environment ?? 'production'))
  if (environment === undefined)
    return refuse(`--environment ${quote(words.environment ?? '')} is none`, `give one of ${ENVIRONMENTS.join(', ')}`)
  const node = oneAddress(words.node)
  if (!node.ok) return refuse(`--node: ${node.problem}`, node.hint)
  const to = words.to === 'no-one' ? accept('no-one' as const) : oneAddress(words.to)
  if (!to.ok) return refuse(`--to: ${to.problem}`, to.hint)
  const settings = readSettings(words.set ?? [])
  if (!settings.ok) return settings
  const defaults =
    words.action === 'wait-test' || words.action === 'waitaof-test' ? { ...WAIT_DEFAULTS, probe: randomUUID() } : {}
  // Where a node is how the group is found, it is no wish.
  const isAbout = words.isAbout !== false || isOfOneNode(words.action)
  const given = new Map<string, string>([...Object.entries<string>(defaults), ...settings.value])
  return accept({
    action: words.action,
    node: isAbout ? node.value : undefined,
    to: to.value,
    settings: given,
    environment,
    withRewrite: words.rewrite === true,
  })
}

function oneAddress(text: string | undefined): TargetResult<string | undefined> {
  if (text === undefined) return accept(undefined)
  const parsed = parseAddresses([text])
  return parsed.ok ? accept(parsed.value[0] === undefined ? undefined : formatAddress(parsed.value[0])) : parsed
}

function readSettings(texts: readonly string[]): TargetResult<ReadonlyMap<string, string>> {
  const settings = new Map<string, string>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    const key = text.slice(0, Math.max(0, equals)).trim().toLowerCase()
    if (equals < 1 || !/^[a-z0-9-]+$/.test(key))
      return refuse(`--set ${quote(text)} is not NAME=VALUE`, 'give for example --set repl-backlog-size=256mb')
    if (isSecretParameter(key))
      return refuse(
        `${key} is a secret`,
        'set it on the server itself: a value on the command line can be read by others',
      )
    if (settings.has(key)) return refuse(`--set names ${key} twice`, 'give each once')
    settings.set(key, text.slice(equals + 1))
  }
  return accept(settings)
}

/** The group that an action concerns; the only one when none is named. */
export function groupOf(state: SessionState, name: string | undefined): Result<GroupSnapshot> {
  const known = [...state.groups.keys()]
  const only = name === undefined && known.length === 1 ? known[0] : name
  const group = only === undefined ? undefined : state.groups.get(only)
  if (group !== undefined) return ok(group.snapshot)
  const detail = name === undefined ? 'give --group NAME' : `no group ${quote(name)} is monitored here`
  return fail({ kind: 'not-found', detail, known })
}

/** The intent of a WAIT test. Numbers are checked with the plan. */
export function waitTestIntent(
  group: string,
  numbers: Readonly<Record<'replicas' | 'timeout' | 'count' | 'batch', string>>,
  environment: Environment,
): Intent {
  const settings = new Map([...Object.entries(numbers), ['probe', randomUUID()] as const])
  return { action: 'wait-test', group, node: undefined, to: undefined, settings, environment }
}

/** Why nothing was done, as one line. */
export function describeRefusal(failure: Failure): string {
  return describeFailure(failure)
}
