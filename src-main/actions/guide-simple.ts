import { entryAddress } from '../domain/plans/switchover.ts'
import { readsAs } from '../domain/plans/nodes.ts'
import type { PlanStep, Verified } from '../domain/plans/model.ts'
import type { RunContext } from './context.ts'
import type { Guide } from './guide.ts'
import { answered, textOf } from './lines.ts'
import { configNow, infoNow, roleNow, sentinelMasterNow } from './read-now.ts'
import { sentinelValue } from './waits-sentinel.ts'

const each = (
  context: RunContext,
  look: (step: PlanStep) => Promise<Verified | undefined>,
): Promise<readonly Verified[]> =>
  Promise.all(context.plan.steps.map(look)).then((all) => all.flatMap((one) => one ?? []))

/** Settings: done when every node reads the new value. */
export const configGuide: Guide = {
  verify: (context) =>
    each(context, async ({ node, commands }) => {
      const [, verb, key = '', value = ''] = commands[0] ?? []
      if (verb !== 'SET') return undefined
      const now = await configNow(context, node, key)
      return {
        what: `${key} on ${node} is ${value}`,
        isSo: now === undefined ? undefined : readsAs(key, now, value),
        evidence: `${key} = ${now ?? 'unknown'}`,
      }
    }),
}

/** Saving: done when the server's last save, or rewrite, ended well. Whether it has is awaited in the step. */
export const persistenceGuide: Guide = {
  verify: (context) =>
    each(context, async ({ node, commands, wait }) => {
      const persistence = (await infoNow(context, node))?.persistence
      if (commands[0]?.[0] === 'BGSAVE') {
        const { lastSaveAt, lastBgsaveStatus } = persistence ?? {}
        const isNew = lastSaveAt === undefined ? undefined : lastSaveAt >= Number(wait?.params['since'])
        return {
          what: `${node} has a new snapshot`,
          isSo: lastBgsaveStatus === undefined ? undefined : lastBgsaveStatus === 'ok' && isNew === true,
          evidence: `rdb_last_bgsave_status:${lastBgsaveStatus ?? 'unknown'}, saved at ${lastSaveAt ?? 'unknown'} ms`,
        }
      }
      const status = persistence?.aofLastRewriteStatus
      return {
        what: `${node} has a new append-only file`,
        isSo: status === undefined ? undefined : status === 'ok' && persistence?.aofRewriteInProgress === false,
        evidence: `aof_last_bgrewrite_status:${status ?? 'unknown'}`,
      }
    }),
}

/** A quorum check: every Sentinel is asked, and each one's answer is a finding. */
export const ckquorumGuide: Guide = {
  remedy: () => Promise.resolve('go-on'),
  verify: (context) =>
    each(context, async ({ node, commands }) => {
      const replies = answered(await context.lines.read(node, 'sentinel', commands, context.deps.timeoutMs))
      const reply = replies.ok ? replies.value[0] : undefined
      const text = reply === undefined ? undefined : 'error' in reply ? reply.error : textOf(reply)
      return {
        what: `${node} could have a leader elected`,
        isSo: text === undefined ? undefined : text.startsWith('OK'),
        evidence: text?.slice(0, 200) ?? 'no answer',
      }
    }),
}

export const sentinelSetGuide: Guide = {
  verify: (context) =>
    each(context, async ({ node, commands }) => {
      const [, , , key = '', value = ''] = commands[0] ?? []
      const entry = await sentinelMasterNow(context, node)
      const now = entry === undefined ? undefined : sentinelValue(entry, key)
      return {
        what: `${key} on ${node} is ${value}`,
        isSo: now === undefined ? undefined : String(now) === value,
        evidence: `${key} = ${now ?? 'unknown'}`,
      }
    }),
}

/** A reset: every Sentinel names the same master again, with all live nodes (awaited in the steps). */
export const sentinelResetGuide: Guide = {
  verify: (context) =>
    each(context, async ({ node }) => {
      const entry = await sentinelMasterNow(context, node)
      return {
        what: `${node} knows the group again`,
        isSo: entry === undefined ? undefined : (entry.replicaTotal ?? 0) > 0 || (entry.otherSentinelTotal ?? 0) > 0,
        evidence: `${entry === undefined ? 'no answer' : `${entryAddress(entry) ?? '?'}: ${entry.replicaTotal ?? '?'} replicas, ${entry.otherSentinelTotal ?? '?'} peers`}`,
      }
    }),
}

/** A pause has no trace that can be read before Valkey 8.1: that the master is still one is what can be said. */
export const pauseGuide: Guide = {
  verify: async (context) => {
    const { master = '' } = context.plan.particulars
    const role = await roleNow(context, master)
    return [
      {
        what: `${master} answers, and is master`,
        isSo: role === undefined ? undefined : role.role === 'master',
        evidence: role?.role ?? 'no answer',
      },
    ]
  },
}
