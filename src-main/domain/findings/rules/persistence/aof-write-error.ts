import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer, isAofOn } from './disk.ts'

/** The append-only file cannot be written or fsynced. */
export const aofWriteError: Rule = {
  code: 'aof-write-error',
  section: 'persistence',
  severities: ['critical'],
  fires: 'aof_last_write_status is err.',
  matters: 'Writes are refused with MISCONF until it clears; what was written since is on no disk.',
  advice: 'Free space or mend the disk; the server tries again by itself.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node, info } = server
      if (info.persistence.aofLastWriteStatus !== 'err' || isAofOn(server) === false) return undefined
      const { id } = node
      const isReplica = info.replication.role === 'replica'
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'critical',
        title: `${id}: writing its append-only file fails`,
        evidence: [
          evidence(context, id, 'aof_last_write_status', 'err'),
          evidence(context, id, 'aof_buffer_length', info.persistence.aofBufferBytes),
          evidence(context, id, 'appendfsync', node.config?.get('appendfsync')),
        ],
        why: isReplica
          ? 'What it receives is not persisted. From 7.0 on a replica ends itself when it must apply a write while its own disk fails, unless replica-ignore-disk-write-errors is yes.'
          : 'Clients get MISCONF instead of writing, and so does the PING of Sentinel: it may call the master down. With appendfsync always the server exits instead.',
        remedy: [
          `See the log of ${id}: "No space left on device" or an input/output error.`,
          `${cli(id, 'CONFIG GET dir')}   # free space there; the server tries again every second and clears the error by itself`,
          'Do not delete files of the appendonly folder: the manifest names them.',
        ],
      }
    }),
}
