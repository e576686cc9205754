import type { Draft } from '../../../../src-main/domain/plans/model.ts'
import { step } from '../../../../src-main/domain/plans/seal.ts'

/** The steps that the planner makes for the fake group (the planner itself is tested on its own). */
export function planSwitchoverSteps(): Draft['steps'] {
  return [
    step({
      title: 'fence',
      node: 'm:1',
      peer: 'server',
      commands: [['CONFIG', 'SET', 'min-replicas-to-write', '2']],
      undo: { title: 'restore the fence', node: 'm:1', commands: [['CONFIG', 'SET', 'min-replicas-to-write', '0']] },
      needsRole: 'master',
      causes: { 'server:m:1:config:min-replicas-to-write': '2' },
    }),
    step({
      title: 'pause',
      node: 'm:1',
      peer: 'server',
      commands: [['CLIENT', 'PAUSE', '2500', 'WRITE']],
      undo: { title: 'let writes go on', node: 'm:1', commands: [['CLIENT', 'UNPAUSE']] },
      needsRole: 'master',
    }),
    step({
      title: 'level',
      node: 'm:1',
      peer: 'server',
      commands: [],
      wait: { kind: 'level', params: { candidates: 'r:1 r:2', pauseMs: '2500', leaveMs: '1250' } },
    }),
    step({
      title: 'fail over',
      node: 's:1',
      peer: 'sentinel',
      commands: [['SENTINEL', 'FAILOVER', 'g']],
      isIrreversible: true,
      isPointOfNoReturn: true,
      withinPause: { pauseMs: 2500, leaveMs: 1250 },
      timeoutMs: 1000,
    }),
    step({
      title: 'promoted',
      node: 'r:1',
      peer: 'server',
      commands: [],
      wait: {
        kind: 'promoted',
        params: {
          candidates: 'r:1 r:2',
          pauseMs: '2500',
          master: 'm:1',
          sentinel: 's:1',
          masterAddress: 'm:1',
          members: JSON.stringify(
            ['r:1', 'r:2'].map((node) => ({ node, address: node, minReplicas: '0', maxLag: '10' })),
          ),
          oldMaster: JSON.stringify({ node: 'm:1', address: 'm:1', minReplicas: '0', maxLag: '10' }),
          healMs: '60000',
        },
      },
      timeoutMs: 20_000,
    }),
    step({
      title: 'demote',
      node: 'm:1',
      peer: 'server',
      commands: [
        ['ROLE'],
        ['INFO', 'persistence'],
        ['REPLICAOF', 'r', '1'],
        ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
        ['CONFIG', 'REWRITE'],
        ['CLIENT', 'KILL', 'TYPE', 'normal'],
        ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
      ],
      isAtomic: true,
      isIrreversible: true,
      needsRole: 'master',
      timeoutMs: 1000,
    }),
    step({ title: 'unpause', node: 'm:1', peer: 'server', commands: [['CLIENT', 'UNPAUSE']], needsRole: 'replica' }),
  ]
}
