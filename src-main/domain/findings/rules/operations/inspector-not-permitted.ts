import { parseVersion } from '../../../replies/version.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { listed } from '../../rule-words.ts'
import { answeringNodes } from './hosts.ts'

/** What this inspector asked for and was refused. */
export const inspectorNotPermitted: Rule = {
  code: 'inspector-not-permitted',
  section: 'operations',
  severities: ['info'],
  fires: 'a node refused a command of this inspector.',
  matters: 'What was refused is missing from the picture: rules that need it cannot judge.',
  advice: 'Give the inspector a user with exactly the commands that it reads with.',
  holdForMs: 0,
  judge: (context) =>
    answeringNodes(context).flatMap((node) => {
      const { id, notPermitted } = node
      if (notPermitted.length === 0) return []
      return [
        {
          kind: 'fires' as const,
          subject: nodeSubject(id),
          severity: 'info' as const,
          title: `${id} does not permit ${listed(notPermitted)}`,
          evidence: notPermitted.map((command) => evidence(context, id, command, 'not permitted')),
          why: missing(notPermitted),
          remedy: hasAcl(node)
            ? [
                cli(id, `ACL SETUSER ${node.access?.user ?? 'USER'} ${rulesFor(node)}`),
                ...(notPermitted.some((command) => command.startsWith('CONFIG'))
                  ? ['CONFIG GET can read secrets as well; without it the settings are not judged, everything else is.']
                  : []),
              ]
            : [
                `It has no ACL: the command was renamed or disabled in the configuration file of ${id} (rename-command).`,
              ],
        },
      ]
    }),
}

function missing(commands: readonly string[]): string {
  const words = [
    ...(commands.some((command) => command.startsWith('CONFIG')) ? ['settings (persistence, limits, guards)'] : []),
    ...(commands.some((command) => command.startsWith('CLIENT')) ? ['output buffers of replicas'] : []),
    ...(commands.includes('ROLE') ? ["the stages of a replica's link"] : []),
    ...(commands.some((command) => command.startsWith('SENTINEL')) ? ["a part of this Sentinel's view"] : []),
    ...(commands.some((command) => command.includes('SUBSCRIBE')) ? ['events as they happen'] : []),
    ...(commands.includes('INFO') ? ['nearly everything'] : []),
  ]
  return words.length === 0 ? 'A part of the picture is missing.' : `Missing from the picture: ${words.join('; ')}.`
}

/** ACLs exist from 6.0 on, on Sentinels from 6.2. Not known: they are the likelier reason. */
function hasAcl(node: NodeSnapshot): boolean {
  const version = parseVersion(node.info?.server.version)
  if (version === undefined) return true
  return version.major > 6 || (version.major === 6 && (node.kind === 'server' || version.minor >= 2))
}

function rulesFor(node: NodeSnapshot): string {
  const rules = node.notPermitted.map((command) => `+${command.toLowerCase().replace(' ', '|')}`)
  const isSubscribing = node.notPermitted.some((command) => command.includes('SUBSCRIBE'))
  const channel = node.kind === 'sentinel' ? 'allchannels' : "'&__sentinel__:hello'"
  return [...rules, ...(isSubscribing ? [channel] : [])].join(' ')
}
