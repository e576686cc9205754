import type { StoredFiles } from '../domain/plans/flush-files.ts'
import { waysBack, type Monitor } from '../domain/plans/flush-ways-back.ts'
import { keysOf } from '../domain/plans/flush.ts'
import type { PlanStep, Verified } from '../domain/plans/model.ts'
import { sleep, type RunContext } from './context.ts'
import type { Guide } from './guide.ts'
import { noteOf, notedOf } from './noted.ts'
import { infoNow } from './read-now.ts'

/** A replica applies it within milliseconds; a freed database of many keys is empty at once. */
const VERIFY_MS = 10_000
/** More keys than this beyond what was confirmed is not what was confirmed. */
const MORE_KEYS_RATIO = 1.1
const MORE_KEYS = 100

const SENT = 'flush sent'

const isFlush = (step: PlanStep): boolean => step.isPointOfNoReturn

/** Emptying on purpose: what was confirmed is still what is there, every node is empty afterwards, and the ways back are told. */
export const flushGuide: Guide = {
  objection: (observed, context) => {
    const { master = '', db = '', keys = '' } = context.plan.particulars
    const server = observed.servers.get(master)
    const now = server === undefined ? undefined : keysOf(server, dbOf(db))
    if (now === undefined) return `how many keys ${master} holds can no longer be read`
    return now > Number(keys) * MORE_KEYS_RATIO + MORE_KEYS
      ? `${keys} keys were confirmed and ${master} holds ${now} now`
      : undefined
  },
  learn: (step, _answer, context) => {
    if (isFlush(step)) context.memory.set(SENT, 'answered')
  },
  remedy: (step, trouble, context) => {
    if (!isFlush(step)) return Promise.resolve(undefined)
    if (trouble.kind === 'unknown') context.memory.set(SENT, 'unanswered')
    // Refused or never sent: nothing happened. No answer: the servers have to tell.
    return Promise.resolve(trouble.kind === 'unknown' ? 'go-on' : 'compensate')
  },
  verify,
  advise,
}

async function verify(context: RunContext): Promise<readonly Verified[]> {
  const { clock } = context.deps
  const { nodes = '', detached = '' } = context.plan.particulars
  const away = new Set(detached.split(' '))
  const watched = nodes.split(' ').filter((node) => !away.has(node))
  const until = clock.now() + VERIFY_MS
  const seen = new Map<string, Verified>()
  for (;;) {
    const open = watched.filter((node) => seen.get(node)?.isSo !== true)
    const looked = await Promise.all(open.map((node) => look(node, context)))
    for (const [i, node] of open.entries()) {
      const one = looked[i]
      if (one !== undefined) seen.set(node, one)
    }
    if ([...seen.values()].every((one) => one.isSo === true) || clock.now() >= until) return [...seen.values()]
    await sleep(clock, 50)
  }
}

async function look(node: string, context: RunContext): Promise<Verified> {
  const { db = '' } = context.plan.particulars
  const what = db === '' ? `${node} was emptied` : `database ${db} of ${node} was emptied`
  const info = await infoNow(context, node)
  const keys = info === undefined ? undefined : keysOf({ info }, dbOf(db))
  if (keys === undefined) return { what, isSo: undefined, evidence: 'it does not answer' }
  if (keys === 0) return { what, isSo: true, evidence: '0 keys' }
  // With writers about it is never seen empty: that it carried the command out is seen by its own count.
  const before = notedOf(node, context)
  const after = await noteOf(node, context)
  const isDone =
    before.flushes !== undefined &&
    after?.flushes !== undefined &&
    before.runId === after.runId &&
    after.flushes > before.flushes
  return isDone
    ? {
        what,
        isSo: true,
        evidence: `it carried the flush out (${before.flushes} -> ${after.flushes}); ${keys} keys were written since`,
      }
    : { what, isSo: false, evidence: `${keys} keys` }
}

async function advise(context: RunContext): Promise<readonly string[]> {
  if (!context.memory.has(SENT)) return []
  const { nodes = '', detached = '', sentinels = '', master = '', db = '', monitor = '{}' } = context.plan.particulars
  const files = JSON.parse(context.plan.particulars['files'] ?? '{}') as Readonly<Record<string, StoredFiles>>
  const isFresh = context.plan.steps.some((step) => step.commands[0]?.[0] === 'BGSAVE')
  const word = db === '' ? 'FLUSHALL' : 'FLUSHDB'
  // FLUSHALL with save points set wrote an empty dump at once, maybe within the second of the save before.
  const isOverwritten = (node: string): boolean => word === 'FLUSHALL' && !isFresh && (files[node]?.save ?? '') !== ''
  const seen = await Promise.all(
    words(nodes).map(async (node) => {
      const [before, now] = [notedOf(node, context), await noteOf(node, context)]
      return {
        node,
        files: files[node],
        hasAof: files[node]?.isAofOn === true && now !== undefined && now.aofBaseBytes === before.aofBaseBytes,
        hasRdb:
          !isOverwritten(node) &&
          now !== undefined &&
          now.lastSaveAt === before.lastSaveAt &&
          now.rdbSaves === before.rdbSaves,
      }
    }),
  )
  return waysBack({
    group: context.deps.scope.group,
    master,
    nodes: seen,
    away: words(detached),
    sentinels: words(sentinels),
    monitor: JSON.parse(monitor) as Monitor,
    word,
    isFresh,
  })
}

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '')
const dbOf = (text: string): number | undefined => (text === '' ? undefined : Number(text))
