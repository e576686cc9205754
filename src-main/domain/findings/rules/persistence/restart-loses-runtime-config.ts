import type { NodeSnapshot } from '../../../topology/model.ts'
import { answeringServers, groupSubject, nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { listed } from '../../rule-words.ts'
import { driftOf } from './config-file.ts'

/** A restart would bring back other settings, or another role. */
export const restartLosesRuntimeConfig: Rule = {
  code: 'restart-loses-runtime-config',
  section: 'persistence',
  severities: ['warning'],
  fires:
    'the running configuration differs from the file where both are readable, a replica whose file does not say so, or a server without a configuration file.',
  matters:
    'Settings applied by hand vanish at the next restart; a replica without replicaof in its file comes back as a master.',
  advice: 'CONFIG REWRITE, or put the settings where the server is started from.',
  holdForMs: 0,
  judge: (context) => {
    const verdicts: Verdict[] = []
    const unread: string[] = []
    for (const node of answeringServers(context)) {
      const file = node.info?.server.configFile
      if (file === undefined) continue
      if (file === '') verdicts.push(withoutFile(context, node))
      else if (context.configFiles?.has(node.id) === true) verdicts.push(...compared(context, node, file))
      else unread.push(node.id)
    }
    if (unread.length > 0)
      verdicts.push({
        kind: 'not-judged',
        subject: groupSubject(context),
        reason: `the configuration ${unread.length === 1 ? 'file' : 'files'} of ${listed(unread)} cannot be read from here`,
      })
    return verdicts
  },
}

function withoutFile(context: RuleContext, node: NodeSnapshot): Verdict {
  const { id } = node
  const isReplica = node.info?.replication.role === 'replica'
  return {
    kind: 'fires',
    subject: nodeSubject(id),
    severity: 'warning',
    title: `${id} runs without a configuration file: what is set at run time is gone after a restart`,
    evidence: [
      evidence(context, id, 'config_file', ''),
      evidence(context, id, 'executable', node.info?.server.executable),
    ],
    why: isReplica
      ? 'CONFIG REWRITE fails there, for Sentinel as well. Unless its command line says replicaof, it comes back as a writable master with its old data.'
      : 'CONFIG REWRITE fails there, for Sentinel as well: after a failover and a restart it comes back as a writable master.',
    remedy: [
      `Start it with a file: put the present settings into one (${cli(id, 'CONFIG GET save')} and so on) and restart it with the file's path as first argument.`,
    ],
  }
}

function compared(context: RuleContext, node: NodeSnapshot, path: string): readonly Verdict[] {
  const { id, config, info } = node
  const file = context.configFiles?.get(id)
  const subject = nodeSubject(id)
  if (file === undefined) return []
  const drift = config === undefined ? [] : driftOf(config, file)
  if (drift === undefined) return [{ kind: 'not-judged', subject, reason: `${path} of ${id} includes other files` }]
  const followsByFile = file.has('replicaof') || file.has('slaveof')
  const role = info?.replication.role
  const becomesMaster = role === 'replica' && !followsByFile && !file.has('include')
  if (drift.length === 0 && !becomesMaster)
    return config === undefined ? [{ kind: 'not-judged', subject, reason: `CONFIG GET not answered by ${id}` }] : []
  const names = drift.map(({ name }) => name)
  const changes = [...(becomesMaster ? ['replicaof'] : []), ...names]
  return [
    {
      kind: 'fires',
      subject,
      severity: 'warning',
      title: `${id}: a restart would change ${listed(changes)}`,
      evidence: [
        evidence(context, id, 'config_file', path),
        ...(becomesMaster
          ? [
              evidence(context, id, 'role', 'slave'),
              { node: id, field: 'replicaof in the file', value: undefined, at: node.sampledAt },
            ]
          : []),
        ...drift.flatMap(({ name, running, inFile }) => [
          evidence(context, id, name, running),
          { node: id, field: `${name} in the file`, value: inFile, at: node.sampledAt },
        ]),
      ],
      why: becomesMaster
        ? 'Its file does not make it a replica: restarted, it is a writable master until somebody demotes it, and what clients write there is lost.'
        : `What was set by hand (${drift.map(({ name, running }) => `${name} ${running === '' ? '""' : running}`).join(', ')}) is gone after a restart.`,
      remedy:
        names.includes('appendonly') && config?.get('appendonly') === 'yes'
          ? [`wait on ${id} for aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok`, cli(id, 'CONFIG REWRITE')]
          : [cli(id, 'CONFIG REWRITE')],
    },
  ]
}
