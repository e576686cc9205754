import type { StoredFiles } from '../domain/plans/flush-files.ts'
import { waysBack, type Monitor } from '../domain/plans/flush-ways-back.ts'
import { keysOf } from '../domain/plans/flush.ts'
import type { Observed } from '../domain/plans/observed.ts'
import type { ActionStory } from './journal-story.ts'

/**
 * What a flush of the journal left, one statement a line: keys now, and while nodes are still kept from overwriting their
 * save, the copies to be made and the ways back. Empty for any other action.
 */
export function flushStanding({ plan, lastStep, scope }: ActionStory, observed: Observed): readonly string[] {
  const { files: stored, nodes, sentinels, master = '', db: typed = '', monitor = '{}' } = plan?.particulars ?? {}
  if (plan === undefined || stored === undefined || nodes === undefined) return []
  const files = JSON.parse(stored) as Readonly<Record<string, StoredFiles>>
  const db = typed === '' ? undefined : Number(typed)
  const flush = plan.steps.find((step) => step.isPointOfNoReturn)
  const isBegun = flush !== undefined && lastStep !== undefined && lastStep.n >= flush.n
  const seen = nodes.split(' ').map((node) => {
    const server = observed.servers.get(node)
    const config = server?.failure === undefined ? server?.config : undefined
    return { node, files: files[node], keys: server === undefined ? undefined : keysOf(server, db), config }
  })
  const isFresh = plan.steps.some((step) => step.commands[0]?.[0] === 'BGSAVE')
  const kept = seen.map(({ node, files: own, config }) => ({
    node,
    files: own,
    hasAof: own?.isAofOn === true && config?.get('auto-aof-rewrite-percentage') === '0',
    hasRdb: config?.get('save') === '',
  }))
  return [
    ...seen.map(
      ({ node, keys }) =>
        `${node} holds ${keys ?? 'an unknown number of'} keys${db === undefined ? '' : ` in database ${db}`}`,
    ),
    ...(isBegun && isFresh && kept.some((one) => one.hasAof || one.hasRdb)
      ? waysBack({
          group: scope?.group ?? plan.group,
          master,
          nodes: kept,
          away: [],
          sentinels: (sentinels ?? '').split(' ').filter((node) => node !== ''),
          monitor: JSON.parse(monitor) as Monitor,
          word: db === undefined ? 'FLUSHALL' : 'FLUSHDB',
          isFresh,
        })
      : []),
  ]
}
