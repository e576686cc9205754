import { nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { eachServer } from '../persistence/disk.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { keyCount } from './memory-facts.ts'

/** An eviction policy that finds nothing to evict. */
export const volatilePolicyWithoutTtl: Rule = {
  code: 'volatile-policy-without-ttl',
  section: 'memory',
  severities: ['warning'],
  fires: 'a master with maxmemory and a volatile-* policy holds keys, none of which expires.',
  matters: 'The policy can evict only keys with an expiry: at the limit writes fail as with noeviction.',
  advice: 'Give keys an expiry, or choose the policy that is meant.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { maxBytes, policy } = info.memory
      const count = keyCount(info)
      if (info.replication.role !== 'master' || maxBytes === undefined || maxBytes === 0) return undefined
      if (policy?.startsWith('volatile-') !== true || count === undefined || count.keys === 0 || count.expires > 0)
        return undefined
      const { id } = node
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id} may evict only keys that expire (${policy}), but none of its ${count.keys} keys does`,
        evidence: [
          evidence(context, id, 'maxmemory_policy', policy),
          evidence(context, id, 'maxmemory', maxBytes),
          evidence(context, id, 'keys', count.keys),
          evidence(context, id, 'expires', 0),
        ],
        why: 'At the limit there is nothing to evict, so writes fail with OOM. Who set this policy expected otherwise.',
        remedy: [
          'A cache: let clients set an expiry, or choose allkeys-lru.',
          `${setConfig(id, 'maxmemory-policy', 'noeviction')}   # data that must stay: says what happens anyway; on every node of the group`,
          keepConfig(node),
        ],
      }
    }),
}
