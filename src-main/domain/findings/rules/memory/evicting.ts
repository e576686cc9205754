import { describeBytes, describeSeconds } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer } from '../persistence/disk.ts'
import { risen, samplesOf } from '../../past-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { keyCount } from './memory-facts.ts'

/** Keys without an expiry are thrown away to make room. */
export const evicting: Rule = {
  code: 'evicting',
  section: 'memory',
  severities: ['warning'],
  fires: 'evicted_keys rises on a store whose keys do not expire (so it is no cache).',
  matters: 'Data is deleted to stay under maxmemory; nobody is told.',
  advice: 'Raise maxmemory or remove data; choose noeviction where data must not vanish.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { evictedKeys } = info.stats
      const count = keyCount(info)
      if (evictedKeys === undefined || evictedKeys === 0 || count === undefined || count.keys === 0) return undefined
      if (count.expires > count.keys * context.thresholds.storeTtlRatio) return undefined
      const { id } = node
      const samples = samplesOf(context, id, context.thresholds.evictingWindowSeconds)
      const rise = risen(samples, (sample) => sample.evictedKeys)
      if (rise === undefined)
        return {
          kind: 'not-judged',
          subject: nodeSubject(id),
          reason: `${id} has evicted ${evictedKeys} keys since its start; whether it goes on needs two samples`,
        }
      if (rise === 0) return undefined
      const first = samples.find((sample) => sample.evictedKeys !== undefined)
      const span = describeSeconds(Math.max(1, (context.snapshot.takenAt - (first?.at ?? 0)) / 1000))
      const { maxBytes, policy, usedBytes } = info.memory
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id} evicted ${rise} keys in ${span}, though ${count.expires === 0 ? 'none' : `only ${count.expires}`} of its ${count.keys} keys expire`,
        evidence: [
          evidence(context, id, 'evicted_keys', evictedKeys),
          { node: id, field: 'evicted_keys', value: first?.evictedKeys, at: first?.at },
          evidence(context, id, 'keys', count.keys),
          evidence(context, id, 'expires', count.expires),
          evidence(context, id, 'maxmemory_policy', policy),
          evidence(context, id, 'maxmemory', maxBytes),
          evidence(context, id, 'used_memory', usedBytes),
        ],
        why: `Keys without an expiry look like data, not like a cache: each eviction is a deletion that replicas repeat. The limit is ${maxBytes === undefined ? 'reached' : describeBytes(maxBytes)}.`,
        remedy: [
          `${cli(id, 'INFO memory')}   # see what used_memory consists of; free what is not needed`,
          'Raise maxmemory on every node of the group, replicas first, if the hosts have the memory.',
          `${setConfig(id, 'maxmemory-policy', 'noeviction')}   # writes fail with OOM instead of deleting data; on every node of the group`,
          keepConfig(node),
        ],
      }
    }),
}
