import { configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { eachServer, isAofOn } from './disk.ts'

/** The kernel decides when the append-only file reaches the disk. */
export const fsyncNo: Rule = {
  code: 'fsync-no',
  section: 'persistence',
  severities: ['warning'],
  fires: 'the AOF is on with appendfsync no.',
  matters: 'The kernel writes back when it likes: tens of seconds are lost with the power.',
  advice: 'Set appendfsync everysec.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node } = server
      if (isAofOn(server) !== true) return undefined
      const { id, config } = node
      if (config === undefined) return configNotPermitted(node, nodeSubject(id))
      if (config.get('appendfsync') !== 'no') return undefined
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id} never asks its disk to keep the append-only file (appendfsync no)`,
        evidence: [evidence(context, id, 'appendfsync', 'no'), evidence(context, id, 'aof_enabled', true)],
        why: 'A loss of power takes whatever the kernel had not written back, tens of seconds of writes. A crash of the process alone loses nothing.',
        remedy: [setConfig(id, 'appendfsync', 'everysec'), keepConfig(node)],
      }
    }),
}
