import { randomUUID } from 'node:crypto'
import type { ActionIntent } from '../contract/actions.ts'
import { formatAddress } from '../domain/address.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import type { Environment, Intent } from '../domain/plans/model.ts'
import { isPlanned, PLANNED_ACTIONS } from '../domain/plans/plan-action.ts'
import { isSecretParameter } from '../domain/plans/secrets.ts'
import { parseAddresses } from './targets/addresses.ts'
import { quote } from './targets/model.ts'

/** What a page asks for, read into an intent; the environment is the session's, never the page's. */
export function intentOf(given: ActionIntent, environment: Environment): Result<Intent> {
  if (!isPlanned(given.action) || given.action === 'undo')
    return fail({ kind: 'not-found', detail: `there is no action ${quote(given.action)}`, known: PLANNED_ACTIONS })
  const node = addressOf(given.node)
  if (!node.ok) return node
  const to = given.to === 'no-one' ? ok('no-one' as const) : addressOf(given.to)
  if (!to.ok) return to
  const settings = new Map<string, string>()
  const { rewrite, ...others } = given.settings
  // No parameter is called so: it is the form's question whether to keep the change.
  const withRewrite = rewrite === 'yes'
  if (rewrite !== undefined && !/^(config-set|replicaof)$/.test(given.action))
    return refuse('there is nothing to rewrite')
  for (const [name, value] of Object.entries(others)) {
    const key = name.trim().toLowerCase()
    if (!/^[a-z0-9-]+$/.test(key)) return refuse(`${quote(name)} is no name of a setting`)
    if (isSecretParameter(key)) return refuse(`${key} is a secret: set it on the server itself`)
    if (settings.has(key)) return refuse(`${key} is given twice`)
    settings.set(key, value)
  }
  if (/^wait(aof)?-test$/.test(given.action)) settings.set('probe', randomUUID())
  return ok({
    action: given.action,
    group: given.group,
    node: node.value,
    to: to.value,
    settings,
    environment,
    ...(withRewrite ? { withRewrite } : {}),
  })
}

function addressOf(text: string | null): Result<string | undefined> {
  if (text === null || text === '') return ok(undefined)
  const parsed = parseAddresses([text])
  if (!parsed.ok) return refuse(`${parsed.problem}; ${parsed.hint}`)
  const [first] = parsed.value
  return ok(first === undefined ? undefined : formatAddress(first))
}

function refuse(detail: string): Result<never> {
  return fail({ kind: 'refused-by-guard', detail })
}
