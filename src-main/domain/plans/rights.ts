import { ACL_USER } from '../acl/recipes.ts'
import { commandName, rulesForCommands } from '../acl/permissions.ts'
import type { NodeId } from '../address.ts'
import { check } from './seal.ts'
import type { CommandWords, PeerKind, Plan, PreflightCheck } from './model.ts'

/** Everything that a plan may send to one process. */
export interface Needed {
  readonly node: NodeId
  readonly peer: PeerKind
  /** Each kind of command once. */
  readonly commands: readonly CommandWords[]
}

/** What one process says about the rights of the user that an action runs as. */
export type RightsSeen = Needed & {
  /** Undefined: it did not say. */
  readonly user: string | undefined
} & (
    | { readonly state: 'no-acl' }
    /** Other checks say what that means for the plan. */
    | { readonly state: 'silent' }
    | { readonly state: 'unseen'; readonly why: string }
    /** `missing` empty: it may run all of them. `absent`: commands that are not there at all, renamed or disabled. */
    | { readonly state: 'seen'; readonly missing: readonly CommandWords[]; readonly absent: readonly CommandWords[] }
  )

const TRANSACTION: readonly CommandWords[] = [['MULTI'], ['EXEC']]

/** Every command of a plan, by process: of its steps, of what takes them back, and of what is sent only if need be. */
export function neededBy(plan: Pick<Plan, 'steps' | 'contingencies'>): readonly Needed[] {
  const all = new Map<string, { readonly node: NodeId; readonly peer: PeerKind; readonly commands: CommandWords[] }>()
  const put = (node: NodeId, peer: PeerKind, commands: readonly CommandWords[], isAtomic: boolean): void => {
    if (commands.length === 0) return
    const key = `${peer} ${node}`
    const own = all.get(key) ?? { node, peer, commands: [] }
    all.set(key, own)
    for (const command of [...commands, ...(isAtomic ? TRANSACTION : [])])
      if (!own.commands.some((known) => isSameKind(known, command))) own.commands.push(command)
  }
  for (const { node, peer, commands, isAtomic, undo } of plan.steps) {
    put(node, peer, commands, isAtomic)
    if (undo !== undefined) put(undo.node, undo.peer ?? 'server', undo.commands, undo.commands.length > 1)
  }
  for (const { node, peer, command } of plan.contingencies) put(node, peer ?? 'server', [command], false)
  return [...all.values()]
}

/** Rights are given for a command, its subcommand and its key: its other words make no difference. */
function isSameKind(a: CommandWords, b: CommandWords): boolean {
  return commandName(a) === commandName(b)
}

/** One check for all processes: may the user of this action run everything that the plan sends? */
export function rightsCheck(seen: readonly RightsSeen[]): PreflightCheck {
  const problems = seen.flatMap(problemOf)
  const blind = seen.flatMap((one) => (one.state === 'unseen' ? [`${one.node}: ${one.why}`] : []))
  if (problems.length > 0) return check('rights', 'failed', [...problems, ...blind].join('; '))
  if (blind.length > 0)
    return check('rights', 'warned', `whether every command is permitted cannot be seen: ${blind.join('; ')}`)
  return check('rights', 'passed', seen.map(wordsFor).join('; ') || 'no command is sent')
}

function problemOf(one: RightsSeen): readonly string[] {
  if (one.state !== 'seen') return []
  const { node, user = ACL_USER, missing, absent } = one
  return [
    ...(missing.length === 0
      ? []
      : [
          `${node}: ${user} may not run ${missing.map(commandName).join(', ')}; add them there: ACL SETUSER ${user} ${rulesForCommands(missing).join(' ')}`,
        ]),
    ...(absent.length === 0
      ? []
      : [`${node} has no ${absent.map(commandName).join(', ')}: renamed, disabled or of a later version`]),
  ]
}

function wordsFor(one: RightsSeen): string {
  if (one.state === 'no-acl') return `${one.node} has no ACL`
  if (one.state === 'silent') return `${one.node} does not answer`
  const kinds = one.commands.length === 1 ? 'the one kind' : `all ${one.commands.length} kinds`
  return `${one.user ?? 'the user'} may run ${kinds} of command on ${one.node}`
}
