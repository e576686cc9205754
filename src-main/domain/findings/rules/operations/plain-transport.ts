import { groupSubject, isAnswering } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { listed } from '../../rule-words.ts'
import { isLoopback } from './hosts.ts'

/** Replication or clients cross a network in clear text. */
export const plainTransport: Rule = {
  code: 'plain-transport',
  section: 'operations',
  severities: ['warning', 'info'],
  fires:
    'nodes on other than loopback addresses speak without TLS to us, or replicate without it (tls-replication); warning in production.',
  matters: 'Data and passwords, masterauth among them, can be read and changed on the way.',
  advice: 'Use TLS for clients, replication and Sentinel, or a network that encrypts.',
  holdForMs: 0,
  judge: (context) => {
    const { snapshot } = context
    const remote = snapshot.links.filter((link) => {
      const ends = [link.replica, ...(link.upstream === undefined ? [] : [link.upstream])]
      return !ends.every(isLoopback)
    })
    const plain = remote.flatMap((link) => {
      const node = snapshot.nodes.get(link.replica)
      const setting = isAnswering(node) ? node.config?.get('tls-replication') : undefined
      const isPlainLink = setting === 'no' || (setting === undefined && link.isTls === false)
      return isPlainLink ? [{ link, setting }] : []
    })
    if (plain.length === 0) return []
    const names = plain.map(({ link }) => link.replica)
    const shown = names.length > 4 ? `${names.length} replicas` : listed(names)
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: context.environment === 'production' ? 'warning' : 'info',
        title: `${snapshot.name}: ${shown} ${names.length === 1 ? 'is' : 'are'} reached without TLS`,
        evidence: plain.map(({ link, setting }) =>
          setting === undefined
            ? evidence(context, link.replica, 'connection of this inspector', 'plain')
            : evidence(context, link.replica, 'tls-replication', setting),
        ),
        why: 'Everything that is written, and the passwords of replicas and Sentinels, crosses the network readable. Whether that network encrypts by itself cannot be seen from here.',
        remedy: [
          'Give every node tls-port, tls-cert-file, tls-key-file and tls-ca-cert-file in its configuration file, replicas first.',
          ...plain
            .slice(0, 4)
            .map(({ link }) => `${link.replica}: tls-replication yes, once its master has a tls-port`),
          'Then the same for Sentinels, and set port 0 when no client uses plain text any more.',
        ],
      },
    ]
  },
}
