import type { Draft, Intent, PreflightCheck } from './model.ts'
import { answering, forkHeadroom, nodeOf, noChild } from './nodes.ts'
import { factsAbout, factsOf } from './observed.ts'
import { check, step } from './seal.ts'
import type { PlanInput } from './switchover.ts'

const SAVE_MS = 3_600_000

/** A fresh snapshot, or a fresh append-only file, of one node. */
export function planSave(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  const isRdb = intent.action === 'bgsave'
  const node = nodeOf(intent, snapshot)
  const found = answering(observed, node, intent.node)
  if ('check' in found || node === undefined)
    return { ...NOTHING, target: intent.group, confirm: intent.group, preflight: 'check' in found ? [found] : [] }
  const { info } = found
  const since = info.server.serverTimeUsec === undefined ? observed.at : info.server.serverTimeUsec / 1000
  const preflight: PreflightCheck[] = [
    check('node', 'passed', `${node} answers`),
    noChild(info, node),
    forkHeadroom(info, node),
    ...(isRdb || info.persistence.aofEnabled === true
      ? []
      : [check('append-only', 'failed', `${node} has no append-only file (appendonly no)`)]),
  ]
  return {
    target: node,
    steps: [
      step({
        title: isRdb ? `save a snapshot of ${node}` : `rewrite the append-only file of ${node}`,
        node,
        peer: 'server',
        commands: [[isRdb ? 'BGSAVE' : 'BGREWRITEAOF']],
        isIrreversible: true,
        wait: isRdb
          ? // the server tells whole seconds
            { kind: 'save-done', params: { since: String(Math.floor(since / 1000) * 1000) } }
          : { kind: 'rewrite-done', params: {} },
        timeoutMs: SAVE_MS,
      }),
    ],
    preflight,
    blastRadius: [
      `${node} forks a child; the last one took ${info.stats.latestForkUsec ?? 'an unknown number of'} microseconds, in which nothing is served`,
      `under writes up to ${info.memory.usedBytes ?? 'an unknown number of'} bytes of memory may be copied`,
    ],
    confirm: node,
    relies: factsAbout(factsOf(observed), [`server:${node}:run-id`]),
    particulars: { node },
  }
}

const NOTHING = { steps: [], blastRadius: [], relies: {} } as const
