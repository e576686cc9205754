import type { InfoReply } from './info-reply.ts'

/**
 * Joins an answer with few sections to the last full one of the same process: a section that was sent wins whole, one
 * that was not asked for keeps its older facts. A changed run id drops everything older.
 */
export function mergeInfo(previous: InfoReply | undefined, fresh: InfoReply): InfoReply {
  if (previous === undefined) return fresh
  if (fresh.server.runId !== undefined && fresh.server.runId !== previous.server.runId) return fresh
  const has = (section: string) => fresh.sections.includes(section)
  return {
    server: has('server') ? fresh.server : previous.server,
    clients: has('clients') ? fresh.clients : previous.clients,
    memory: has('memory') ? fresh.memory : previous.memory,
    persistence: has('persistence') ? fresh.persistence : previous.persistence,
    stats: has('stats') ? fresh.stats : previous.stats,
    replication: has('replication') ? fresh.replication : previous.replication,
    keyspace: has('keyspace') ? fresh.keyspace : previous.keyspace,
    errors: has('errorstats') ? fresh.errors : previous.errors,
    commands: has('commandstats') ? fresh.commands : previous.commands,
    sentinel: has('sentinel') ? fresh.sentinel : previous.sentinel,
    sections: fresh.sections.every((section) => previous.sections.includes(section))
      ? previous.sections
      : [...new Set([...previous.sections, ...fresh.sections])],
    unreadable: fresh.unreadable,
  }
}
