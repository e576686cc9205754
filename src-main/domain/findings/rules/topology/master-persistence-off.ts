import { savePoints } from '../../../replies/config-get.ts'
import { evidence, type Rule } from '../../rule.ts'
import { configNotPermitted, isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

/** A master whose restart empties the deployment. */
export const masterPersistenceOff: Rule = {
  code: 'master-persistence-off',
  section: 'topology',
  severities: ['critical', 'warning'],
  fires:
    'The master has no save points and no AOF: critical when it can restart by itself (process_supervised systemd or upstart, or process id 1), else warning.',
  matters:
    'It comes back empty, and its replicas copy the emptiness. A restart faster than down-after-milliseconds is never noticed by Sentinel.',
  advice:
    'Enable RDB or AOF on the master and on every replica that can be promoted, or disable the automatic restart.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master') return []
    const { persistence, server } = master.info ?? {}
    if (persistence?.aofEnabled === true || master.config?.get('appendonly') === 'yes') return []
    const points = master.config === undefined ? undefined : savePoints(master.config)
    if (points === undefined) return [configNotPermitted(master, nodeSubject(master.id))]
    if (points.length > 0) return []
    if (persistence?.aofEnabled === undefined && master.config?.get('appendonly') !== 'no') return []
    const supervisor =
      server?.supervised === 'systemd' || server?.supervised === 'upstart' ? server.supervised : undefined
    const isContainer = server?.processId === 1
    const returns = supervisor !== undefined || isContainer
    const by = supervisor ?? (isContainer ? 'its container' : undefined)
    const count = context.snapshot.replicas.length
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: returns ? 'critical' : 'warning',
        title: `${master.id} persists nothing${by === undefined ? '' : ` and is restarted by ${by}`}: one restart empties the deployment`,
        evidence: [
          evidence(context, master.id, 'save', ''),
          evidence(context, master.id, 'aof_enabled', persistence?.aofEnabled ?? false),
          evidence(context, master.id, 'process_supervised', server?.supervised),
          evidence(context, master.id, 'process_id', server?.processId),
        ],
        why: `After a restart it is an empty master${count > 0 ? `, and its ${count} ${count === 1 ? 'replica copies' : 'replicas copy'} the emptiness` : ''}. Sentinel never notices a restart that is faster than down-after-milliseconds.`,
        remedy: [
          setConfig(master.id, 'save', '3600 1 300 100 60 10000'),
          `or AOF: ${setConfig(master.id, 'appendonly', 'yes')}, wait until INFO persistence shows aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok`,
          keepConfig(master),
          ...(returns ? ['until then disable the automatic restart'] : []),
        ],
      },
    ]
  },
}
