import type { Environment, Plan, PreflightCheck, Undo } from '../domain/plans/model.ts'
import { check, seal, step } from '../domain/plans/seal.ts'
import type { ActionStory } from './journal-story.ts'
import type { Checkup } from './verify-now.ts'

const isDemotion = (undo: Undo): boolean => undo.commands.some((command) => command[0] === 'REPLICAOF')

/** A master must not be let go while another one is made, or is there already: what it took would be thrown away. */
function harmless({ roles, pending, failingOver }: Checkup): PreflightCheck {
  const masters = Object.keys(roles).filter((key) => roles[key] === 'master')
  const names = masters.map((key) => key.replace(/^server:|:role$/g, ''))
  const lets = pending.some((undo) => names.includes(undo.node)) && !pending.some(isDemotion)
  if (lets && failingOver.length > 0)
    return check(
      'no-failover',
      'failed',
      `a failover is under way by ${failingOver.join(', ')}: wait for its end, then look again`,
    )
  if (lets && names.length > 1)
    return check(
      'one-master',
      'failed',
      `${names.join(' and ')} both say that they are master, and the Sentinels do not agree on one: wait, then look again`,
    )
  return check('one-master', 'passed', `master by its own word: ${names.join(', ') || 'none that answers'}`)
}

/** A plan that takes back what an action left: the commands that the journal kept for it, newest first. */
export function planUndo(
  story: ActionStory,
  checkup: Checkup,
  environment: Environment,
  id: string,
  now: number,
): Plan {
  const intent = {
    action: 'undo',
    group: story.group,
    node: undefined,
    to: undefined,
    settings: new Map(),
    environment,
  } as const
  return seal(
    intent,
    {
      target: `${story.group}: what ${story.action} ${story.id} left`,
      steps: checkup.pending.map((undo) =>
        // One after another, not in one transaction: a node without a file refuses CONFIG REWRITE, and the rest counts.
        step({
          title: undo.title,
          node: undo.node,
          peer: undo.peer ?? 'server',
          commands: undo.commands,
          isAtomic: isDemotion(undo),
          // A role is moved only while the roles are as they were read.
          isIrreversible: isDemotion(undo),
          needsRole: isDemotion(undo) ? 'master' : undefined,
        }),
      ),
      preflight: [
        story.state === 'running'
          ? check('not-running', 'failed', `${story.id} is still running in another process`)
          : check('not-running', 'passed', `${story.id} is ${story.state}`),
        checkup.pending.length === 0
          ? check('pending', 'failed', 'nothing is left to be taken back')
          : check('pending', 'passed', `${checkup.pending.length} to be taken back`),
        harmless(checkup),
      ],
      blastRadius: checkup.pending.map((undo) => `${undo.node}: ${undo.title}`),
      confirm: story.group,
      relies: checkup.roles,
      particulars: { undoes: story.id },
    },
    id,
    now,
  )
}
