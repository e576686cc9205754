import { configFlag } from '../../../replies/config-get.ts'
import { configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { keepConfig } from '../../rule-words.ts'
import { eachServer, isAofOn, savePointsOf, type Server } from './disk.ts'

/** Failing saves would stop nothing, and nothing but saves persists. */
export const stopWritesOff: Rule = {
  code: 'stop-writes-off',
  section: 'persistence',
  severities: ['warning'],
  fires: 'stop-writes-on-bgsave-error is no on a node that persists by RDB only.',
  matters: 'Saves can fail for ever while clients go on writing what no disk has.',
  advice: 'Set stop-writes-on-bgsave-error yes, or switch the append-only file on, and watch rdb_last_bgsave_status.',
  holdForMs: 0,
  judge: (context) => eachServer(context, (server) => judge(context, server)),
}

function judge(context: RuleContext, server: Server): Verdict | undefined {
  const { node } = server
  if (isAofOn(server) !== false) return undefined
  if (node.config === undefined) return configNotPermitted(node, nodeSubject(node.id))
  const points = savePointsOf(server)
  if (points === undefined || points.length === 0) return undefined
  if (configFlag(node.config, 'stop-writes-on-bgsave-error') !== false) return undefined
  const { id } = node
  return {
    kind: 'fires',
    subject: nodeSubject(id),
    severity: 'warning',
    title: `${id} goes on taking writes when its saves fail`,
    evidence: [
      evidence(context, id, 'stop-writes-on-bgsave-error', 'no'),
      evidence(context, id, 'aof_enabled', false),
      evidence(context, id, 'save', node.config.get('save')),
      evidence(context, id, 'rdb_last_bgsave_status', server.info.persistence.lastBgsaveStatus),
    ],
    why: 'The RDB is all that it persists. When saving fails, for a full disk say, nothing stops and nobody is told until the next restart loads an old file.',
    remedy: [
      `${cli(id, 'CONFIG SET stop-writes-on-bgsave-error yes')}`,
      keepConfig(node),
      'Or keep it off and alert on rdb_last_bgsave_status:err.',
    ],
  }
}
