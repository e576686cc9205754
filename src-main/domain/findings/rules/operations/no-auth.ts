import { groupSubject, nodeSubject } from '../../rule-facts.ts'
import { cliWithPassword, evidence, type Rule, type Verdict } from '../../rule.ts'
import { listed } from '../../rule-words.ts'
import { answeringNodes, isLoopback } from './hosts.ts'

/** Whoever reaches the port is let in. */
export const noAuth: Rule = {
  code: 'no-auth',
  section: 'operations',
  severities: ['warning', 'critical'],
  fires:
    'a node answers us without a password; critical when it is reached by more than its own machine with protected-mode no.',
  matters: 'Whoever reaches the port can read, change and delete everything, or take the server over.',
  advice: 'Set a password for the default user and masterauth with it, on every node, Sentinels included.',
  holdForMs: 0,
  judge: (context) => {
    const verdicts: Verdict[] = []
    const unknown: string[] = []
    for (const node of answeringNodes(context)) {
      const { id, access } = node
      if (access === undefined) unknown.push(id)
      if (access === undefined || access.hasCredentials) continue
      const protectedMode = node.config?.get('protected-mode')
      const isOpen = protectedMode === 'no' && !isLoopback(id)
      const isSentinel = node.kind === 'sentinel'
      verdicts.push({
        kind: 'fires',
        subject: nodeSubject(id),
        severity: isOpen ? 'critical' : 'warning',
        title: `${id} needs no password${isOpen ? ' and is open to the network' : ''}`,
        evidence: [
          evidence(context, id, 'INFO without a password', 'answered'),
          evidence(context, id, 'ACL WHOAMI', access.user),
          evidence(context, id, 'protected-mode', protectedMode),
        ],
        why: isSentinel
          ? 'Whoever reaches a Sentinel can make it promote, forget or rewrite.'
          : isOpen
            ? 'Whoever reaches the port reads and deletes everything, and can take over the host through CONFIG and replication.'
            : 'Whoever reaches the port reads and deletes everything. protected-mode refuses other hosts only while no address is bound by hand.',
        remedy: isSentinel
          ? [
              `Set requirepass (and sentinel sentinel-pass) in the configuration of ${id}, on every Sentinel, one after the other.`,
            ]
          : [
              'First auth-pass on every Sentinel and masterauth on every node, then requirepass, so that no link breaks; read the password from a file, not from the command line.',
              ...context.snapshot.sentinels.map((sentinel) =>
                cliWithPassword(sentinel, `SENTINEL SET ${context.snapshot.name} auth-pass`),
              ),
              cliWithPassword(id, 'CONFIG SET masterauth'),
              cliWithPassword(id, 'CONFIG SET requirepass'),
            ],
      })
    }
    if (unknown.length > 0)
      verdicts.push({
        kind: 'not-judged',
        subject: groupSubject(context),
        reason: `whether ${listed(unknown)} would answer without a password was not looked at`,
      })
    return verdicts
  },
}
