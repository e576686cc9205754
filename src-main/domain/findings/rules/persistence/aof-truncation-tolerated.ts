import { configFlag } from '../../../replies/config-get.ts'
import { configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { eachServer, isAofOn } from './disk.ts'

/** A cut tail of the append-only file is dropped without asking. */
export const aofTruncationTolerated: Rule = {
  code: 'aof-truncation-tolerated',
  section: 'persistence',
  severities: ['info'],
  fires: 'the AOF is on with aof-load-truncated yes (the default).',
  matters: 'After a crash the incomplete last command is dropped and the server starts; only its log tells.',
  advice: 'Usually right. After a crash, read the log before clients write again.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node } = server
      if (isAofOn(server) !== true) return undefined
      const { id, config } = node
      if (config === undefined) return configNotPermitted(node, nodeSubject(id))
      if (configFlag(config, 'aof-load-truncated') !== true) return undefined
      const tail = config.get('aof-load-corrupt-tail-max-size')
      const isCorruptToo = tail !== undefined && tail !== '0'
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'info',
        title: `${id} drops a cut tail of its append-only file silently when it starts${isCorruptToo ? ', and a corrupt one' : ''}`,
        evidence: [
          evidence(context, id, 'aof-load-truncated', 'yes'),
          evidence(context, id, 'aof-load-corrupt-tail-max-size', tail),
        ],
        why: 'It starts by itself after a crash, which is usually wanted. What was cut off is lost, and only the log says how much.',
        remedy: [
          'After a crash look for "truncated" in the log before clients write again.',
          'To see what would be discarded: stop the server, copy the folder of the AOF, and run redis-check-aof (without --fix) on the copy; --fix cuts the file at the first command that it cannot read.',
        ],
      }
    }),
}
