import { formatAddress } from '../domain/address.ts'
import { readsAs } from '../domain/plans/nodes.ts'
import type { PlanStep, Wait } from '../domain/plans/model.ts'
import type { RunContext, WaitResult } from './context.ts'
import { noteNodes } from './noted.ts'
import { never, notYet, poll, reached } from './poll.ts'
import { configNow, infoNow, sentinelMasterNow, sentinelReplicasNow } from './read-now.ts'
import { waitCaughtUp, waitReady, waitRestarted } from './waits-restart.ts'
import { sentinelValue, waitRelearnt } from './waits-sentinel.ts'
import { waitLevel, waitPromoted } from './waits-switchover.ts'

/** Waits as the step says. Only reads. */
export function waitFor(
  wait: Wait,
  step: PlanStep,
  context: RunContext,
  signal: AbortSignal | undefined,
): Promise<WaitResult> {
  const { params } = wait
  const ordinary = { timeoutMs: step.timeoutMs, everyMs: 100, signal }
  const param = (name: string): string => params[name] ?? ''
  switch (wait.kind) {
    case 'noted':
      return noteNodes(param('nodes').split(' '), context)
    case 'ready-to-restart':
      return waitReady(params, step, context)
    case 'restarted':
      return waitRestarted(step, context)
    case 'caught-up':
      return waitCaughtUp(params, step, context)
    case 'level':
      return waitLevel(params, step, context, signal)
    case 'promoted':
      return waitPromoted(params, step, context)
    case 'sentinel-sees-priority':
      return poll(context, { ...ordinary, everyMs: 250 }, async () => {
        const replicas = await sentinelReplicasNow(context, param('sentinel'))
        const entry = replicas?.find((one) => `${one.host ?? ''}:${one.port ?? ''}` === param('address'))
        const said = `${param('sentinel')} reads priority ${entry?.priority ?? 'unknown'} for ${step.node}`
        return entry?.priority === Number(param('priority')) ? reached(said) : notYet(said)
      })
    case 'config-reads':
      return poll(context, ordinary, async () => {
        const value = await configNow(context, step.node, param('key'))
        const said = `${step.node} reads ${param('key')} = ${value ?? 'unknown'}`
        return value !== undefined && readsAs(param('key'), value, param('value')) ? reached(said) : notYet(said)
      })
    case 'save-done':
      return poll(context, ordinary, async () => {
        const info = await infoNow(context, step.node)
        const { bgsaveInProgress, lastSaveAt, lastBgsaveStatus } = info?.persistence ?? {}
        if (bgsaveInProgress !== false) return notYet(`saving on ${step.node}`)
        if (lastBgsaveStatus !== 'ok')
          return never(`the last save on ${step.node} ended with ${lastBgsaveStatus ?? '?'}`)
        const isNew = lastSaveAt !== undefined && lastSaveAt >= Number(param('since'))
        return isNew ? reached(`saved on ${step.node}`) : notYet(`no save since on ${step.node}`)
      })
    case 'rewrite-done':
      return poll(context, ordinary, async () => {
        const info = await infoNow(context, step.node)
        const { aofRewriteInProgress, aofRewriteScheduled, aofLastRewriteStatus } = info?.persistence ?? {}
        if (aofRewriteInProgress !== false || aofRewriteScheduled === true)
          return notYet(`rewriting the append-only file on ${step.node}`)
        return aofLastRewriteStatus === 'ok'
          ? reached(`rewritten on ${step.node}`)
          : never(`the rewrite on ${step.node} ended with ${aofLastRewriteStatus ?? '?'}`)
      })
    case 'follows':
      return poll(context, ordinary, async () => {
        const own = (await infoNow(context, step.node))?.replication
        const { role, masterHost: host, masterPort: port, masterLink } = own ?? {}
        const whom = host === undefined || port === undefined ? 'nobody' : formatAddress({ host, port })
        const said = `${step.node} is a ${role ?? 'node that does not answer'}${role === 'replica' ? ` of ${whom}, link ${masterLink ?? '?'}` : ''}`
        const isSo =
          param('of') === 'no-one'
            ? role === 'master'
            : role === 'replica' && whom === param('of') && masterLink === 'up'
        return isSo ? reached(said) : notYet(said)
      })
    case 'sentinel-reads':
      return poll(context, ordinary, async () => {
        const entry = await sentinelMasterNow(context, step.node)
        const value = entry === undefined ? undefined : sentinelValue(entry, param('key'))
        const said = `${step.node} reads ${param('key')} = ${value ?? 'unknown'}`
        return String(value) === param('value') ? reached(said) : notYet(said)
      })
    case 'sentinel-relearnt':
      return waitRelearnt(step, context, wait.params, signal)
    default:
      return Promise.resolve({ ok: false, detail: `this build cannot wait for ${wait.kind}` })
  }
}
