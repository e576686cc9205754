import { isAtLeast } from '../../../replies/version.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { answeringServers, groupSubject, nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { keepConfig, listed } from '../../rule-words.ts'

const DANGEROUS = ['FLUSHALL', 'FLUSHDB', 'DEBUG', 'CONFIG SET', 'SHUTDOWN', 'KEYS']

/** The user that everybody is may empty, stop or stall the server. */
export const dangerousCommandsOpen: Rule = {
  code: 'dangerous-commands-open',
  section: 'operations',
  severities: ['warning'],
  fires:
    'the default user is in use and may run FLUSHALL, FLUSHDB, DEBUG, CONFIG SET, SHUTDOWN or KEYS (ACL DRYRUN), or DEBUG is enabled for all.',
  matters: 'One wrong line of any client empties the dataset, on every replica too.',
  advice: 'Give applications users of their own, and take these commands from the default user.',
  holdForMs: 0,
  judge: (context) => {
    const verdicts: Verdict[] = []
    const unknown: string[] = []
    for (const node of answeringServers(context)) {
      const open = openCommands(node)
      if (open === undefined) unknown.push(node.id)
      else if (open.length > 0) verdicts.push(fires(context, node, open))
    }
    if (unknown.length > 0)
      verdicts.push({
        kind: 'not-judged',
        subject: groupSubject(context),
        reason: `what the default user may do on ${listed(unknown)} cannot be seen: ACL DRYRUN was not asked or not permitted, or another user is used here`,
      })
    return verdicts
  },
}

/** Undefined when it cannot be told. */
function openCommands(node: NodeSnapshot): readonly string[] | undefined {
  const isDebugOn = debugEnabled(node)
  const may = node.access?.defaultUserMay
  // whether the default user is on is known only by being it
  if (may === undefined || node.access?.user !== 'default') return isDebugOn === true ? ['DEBUG'] : undefined
  return DANGEROUS.filter((command) => may.get(command) === true && (command !== 'DEBUG' || isDebugOn !== false))
}

/** 7.0+ refuses DEBUG to everybody unless the setting allows it; `local` allows this host only. */
function debugEnabled(node: NodeSnapshot): boolean | undefined {
  const value = node.config?.get('enable-debug-command')
  if (value !== undefined) return value === 'yes'
  return node.info !== undefined && isAtLeast(node.info.server, { redis: '7.0', valkey: '7.2' }) === true
    ? false
    : undefined
}

function fires(context: RuleContext, node: NodeSnapshot, open: readonly string[]): Verdict {
  const { id } = node
  const rules = open.map((command) => `-${command.toLowerCase().replace(' ', '|')}`).join(' ')
  const isDebugOnly = open.length === 1 && open[0] === 'DEBUG'
  return {
    kind: 'fires',
    subject: nodeSubject(id),
    severity: 'warning',
    title: isDebugOnly
      ? `${id} lets every client with the permission run DEBUG`
      : `${id}: the default user may run ${listed(open)}`,
    evidence: [
      ...(node.access?.user === undefined ? [] : [evidence(context, id, 'ACL WHOAMI', node.access.user)]),
      ...(isDebugOnly ? [] : open.map((command) => evidence(context, id, `ACL DRYRUN default ${command}`, 'OK'))),
      evidence(context, id, 'enable-debug-command', node.config?.get('enable-debug-command')),
    ],
    why: isDebugOnly
      ? 'DEBUG can stop, crash or block the server; it belongs to tests.'
      : 'Whoever reaches the port as the default user can empty, stop or stall it. A FLUSHALL reaches every replica within milliseconds, and empties the RDB as well.',
    remedy: isDebugOnly
      ? [
          `Set enable-debug-command no in the configuration file of ${id} and restart it: it cannot be changed at run time.`,
        ]
      : [
          `${cli(id, 'ACL LIST')}   # first give every application a user of its own`,
          `${cli(id, `ACL SETUSER default ${rules}`)}   # on every node of the group: a promoted replica has its own list`,
          `${cli(id, 'ACL SAVE')}   # with an aclfile; otherwise: ${keepConfig(node)}`,
        ],
  }
}
