import { outputBufferLimit, savePoints } from '../../../replies/config-get.ts'
import type { ConfigReply } from '../../../replies/reply-types.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { configNotPermitted, isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, listed, setConfig } from '../../rule-words.ts'

/** Settings that a promotion would change for the clients. Passwords are never read, so auth is not compared. */
const SETTINGS: readonly (readonly [name: string, alias?: string])[] = [
  ['maxmemory'],
  ['maxmemory-policy'],
  ['appendonly'],
  ['appendfsync'],
  ['save'],
  ['min-replicas-to-write', 'min-slaves-to-write'],
  ['min-replicas-max-lag', 'min-slaves-max-lag'],
  ['repl-backlog-size'],
  ['client-output-buffer-limit'],
]

/** A replica that would be another master than the present one. */
export const configDrift: Rule = {
  code: 'config-drift',
  section: 'topology',
  severities: ['warning'],
  fires:
    'A promotable replica differs from the master in maxmemory, its policy, appendonly, appendfsync, save, min-replicas, the backlog size or the output-buffer limits. Passwords are not read and not compared.',
  matters: 'After a failover the deployment behaves differently: durability, eviction and guards change silently.',
  advice: 'Make them equal on every node, at run time and in the file.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master' || context.snapshot.replicas.length === 0) return []
    if (master.config === undefined) return [configNotPermitted(master, nodeSubject(master.id))]
    const settings = master.config
    return context.snapshot.replicas.flatMap((id): readonly Verdict[] => {
      const node = context.snapshot.nodes.get(id)
      if (!isAnswering(node) || node.info?.replication.priority === 0) return []
      if (node.config === undefined) return [configNotPermitted(node, nodeSubject(id))]
      const differing = differences(settings, node.config, node)
      return differing.length === 0 ? [] : [drift(context, master, node, differing)]
    })
  },
}

interface Difference {
  readonly name: string
  readonly master: string
  readonly replica: string
}

function differences(master: ConfigReply, replica: ConfigReply, node: NodeSnapshot): readonly Difference[] {
  // up to 6.2 CONFIG GET appendonly shows the state, and a full sync switches the AOF off for a moment
  const isSyncing = node.info?.replication.syncInProgress === true || node.info?.persistence.loading === true
  return SETTINGS.flatMap(([name, alias]) => {
    const here = master.get(name) ?? (alias === undefined ? undefined : master.get(alias))
    const there = replica.get(name) ?? (alias === undefined ? undefined : replica.get(alias))
    if (here === undefined || there === undefined || (name === 'appendonly' && isSyncing)) return []
    return here === there || comparedAs(name, here) === comparedAs(name, there)
      ? []
      : [{ name, master: here, replica: there }]
  })
}

/** One text for what means the same; of the buffer limits only the replica class. */
function comparedAs(name: string, value: string): string {
  const config = new Map([[name, value]])
  if (name === 'save') {
    const points = savePoints(config)
    return points === undefined
      ? value
      : points
          .map((point) => `${point.seconds} ${point.changes}`)
          .sort()
          .join(' ')
  }
  if (name !== 'client-output-buffer-limit') return value.trim()
  const limit = outputBufferLimit(config, 'replica')
  return limit === undefined ? value : `${limit.hardBytes} ${limit.softBytes} ${limit.softSeconds}`
}

function drift(
  context: RuleContext,
  master: NodeSnapshot,
  replica: NodeSnapshot,
  differing: readonly Difference[],
): Verdict {
  const names = listed(differing.map((one) => one.name))
  return {
    kind: 'fires',
    subject: nodeSubject(replica.id),
    severity: 'warning',
    title: `${replica.id} differs from ${master.id} in ${names}`,
    evidence: differing.flatMap((one) => [
      evidence(context, master.id, one.name, one.master),
      evidence(context, replica.id, one.name, one.replica),
    ]),
    why: `Promoted, it would run with ${differing.map((one) => `${one.name} ${quoted(one.replica)} rather than ${quoted(one.master)}`).join(', ')}.`,
    remedy: [...differing.map((one) => align(replica, one)), keepConfig(replica)],
  }
}

function align(replica: NodeSnapshot, one: Difference): string {
  if (one.name === 'client-output-buffer-limit') {
    const limit = outputBufferLimit(new Map([[one.name, one.master]]), 'replica')
    if (limit !== undefined)
      return setConfig(replica.id, one.name, `replica ${limit.hardBytes} ${limit.softBytes} ${limit.softSeconds}`)
  }
  const command = setConfig(replica.id, one.name, one.master)
  if (one.name === 'appendonly' && one.master === 'yes')
    return `${command}   # then wait for aof_rewrite_in_progress:0 before CONFIG REWRITE`
  return one.name === 'repl-backlog-size' ? `${command}   # on 6.2 and older this empties its backlog` : command
}

function quoted(value: string): string {
  return value === '' ? '""' : value
}
