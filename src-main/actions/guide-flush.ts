import { clientCommand, copyCommands, quoted, type StoredFiles } from '../domain/plans/flush-files.ts'
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
  const { nodes = '', detached = '', sentinels = '' } = context.plan.particulars
  const files = JSON.parse(context.plan.particulars['files'] ?? '{}') as Readonly<Record<string, StoredFiles>>
  const all = nodes.split(' ')
  const away = new Set(detached.split(' ').filter((node) => node !== ''))
  const makesWayBack = context.plan.steps.some((step) => step.commands[0]?.[0] === 'BGSAVE')
  const still = await Promise.all(
    all.map(async (node) => ({ node, before: notedOf(node, context), now: await noteOf(node, context) })),
  )
  const withAof = still.filter(
    ({ node, before, now }) =>
      files[node]?.isAofOn === true && now !== undefined && now.aofBaseBytes === before.aofBaseBytes,
  )
  const word = context.plan.particulars['db'] === '' ? 'FLUSHALL' : 'FLUSHDB'
  // FLUSHALL with save points set wrote an empty dump at once, maybe within the second of the save before.
  const isOverwritten = (node: string): boolean =>
    word === 'FLUSHALL' && !makesWayBack && (files[node]?.save ?? '') !== ''
  const withRdb = still.filter(
    ({ node, before, now }) =>
      !isOverwritten(node) &&
      now !== undefined &&
      now.lastSaveAt === before.lastSaveAt &&
      now.rdbSaves === before.rdbSaves,
  )
  const group = context.deps.scope.group
  const lines = [
    ...(makesWayBack
      ? [
          'copy now, each on its host:',
          ...all.flatMap((node) => copyCommands(node, files[node])).map((line) => `  ${line}`),
        ]
      : []),
    'ways back that are still open, the fastest first:',
    ...withAof.flatMap(({ node }) => fromAof(node, files[node], makesWayBack, word)),
    ...withRdb.flatMap(({ node }) => fromRdb(node, files[node], makesWayBack)),
    ...[...away].map(
      (node) =>
        `  ${node} was not linked and may hold all keys: ${clientCommand(node, files[node], 'REPLICAOF NO ONE')}, before its link returns`,
    ),
    ...(withAof.length + withRdb.length + away.size === 0 ? ['  none on these nodes: only copies made elsewhere'] : []),
  ]
  const isUnderSentinel = sentinels !== ''
  return isUnderSentinel && withAof.length + withRdb.length + away.size > 0
    ? [
        ...lines,
        `  before any of them, on every Sentinel (${sentinels.replaceAll(' ', ', ')}): SENTINEL REMOVE ${group}; afterwards SENTINEL MONITOR it again, or an empty node is promoted meanwhile`,
      ]
    : lines
}

/** `*2 $8` and two line ends stand before the command's name. */
const RECORD_HEAD_BYTES = 8

function fromAof(
  node: string,
  files: StoredFiles | undefined,
  isHeldOff: boolean,
  word: 'FLUSHALL' | 'FLUSHDB',
): readonly string[] {
  const { aof } = files ?? {}
  return [
    `  append-only file of ${node}, everything up to the flush:`,
    ...(isHeldOff ? [] : [`    at once: ${clientCommand(node, files, 'CONFIG SET auto-aof-rewrite-percentage 0')}`]),
    `    ${clientCommand(node, files, 'SHUTDOWN NOSAVE')}`,
    ...(aof === undefined
      ? [`    copy its append-only file, and cut ${word} and what follows from its end`]
      : [
          `    cp -a ${quoted(aof)} ${quoted(`${aof}.with-flush`)}`,
          // Only the file written last holds it; what was written after it goes too.
          `    f=${files?.isMultiPart === true ? `"$(ls -t ${quoted(aof)}/*.incr.aof | head -1)"` : quoted(aof)}; truncate -s $(( $(grep -abo ${word} "$f" | tail -1 | cut -d: -f1) - ${RECORD_HEAD_BYTES} )) "$f"`,
        ]),
    `    start ${node} again`,
  ]
}

function fromRdb(node: string, files: StoredFiles | undefined, isFresh: boolean): readonly string[] {
  const { rdb } = files ?? {}
  const copy = isFresh && rdb !== undefined ? [`    cp -p ${quoted(`${rdb}.before-flush`)} ${quoted(rdb)}`] : []
  return [
    `  ${rdb ?? 'the dump file'} of ${node}, ${isFresh ? 'saved right before the flush' : 'as of its last save, if it ever saved'}:`,
    ...(isFresh || rdb === undefined ? [] : [`    cp -p ${quoted(rdb)} ${quoted(`${rdb}.before-flush`)}`]),
    `    ${clientCommand(node, files, 'SHUTDOWN NOSAVE')}`,
    ...copy,
    `    start ${node} with appendonly no${files?.isAofOn === true ? ', then CONFIG SET appendonly yes' : ''}`,
  ]
}

const dbOf = (text: string): number | undefined => (text === '' ? undefined : Number(text))
