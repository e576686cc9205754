import type { Command } from 'commander'
import type * as ActionsHost from '../../app/actions-host.ts'
import { ACTION_NAMES } from '../../app/action-names.ts'
import type { Connection } from '../../app/connection.ts'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import { namesTarget } from '../../app/targets/from-flags.ts'
import { refuseConnection, withDeployment } from './connected.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { printCheckup, printOutcome, printPlan, printProgress } from './render/act.ts'
import { addTargetOptions, keptFlags } from './target-options.ts'

type Host = typeof ActionsHost
type Actions = ReturnType<Host['createHostActions']>
type Plan = Extract<ReturnType<Actions['kept']>, { ok: true }>['value']['plan']

/** Lines to servers, and how they were named. */
interface Reached {
  readonly reach: ReturnType<Host['reachOf']>
  readonly connection: Connection
}

interface ActFlags extends TargetFlags {
  readonly to?: string
  readonly set?: readonly string[]
  readonly rewrite?: boolean
  readonly environment?: string
  readonly planOnly?: boolean
  readonly plan?: string
  readonly arm?: boolean
  readonly confirm?: string
  readonly ack?: readonly string[]
  readonly note?: string
  readonly verify?: string
  readonly undo?: string
  readonly json?: boolean
}

const HELP = `
An action is planned, checked, confirmed by typing, run step by step and verified from the servers; each step is in the
journal before it is sent. Plans are kept for 60 s:
  repliscope act switchover --sentinel HOST:PORT --group NAME --plan-only
  repliscope act --plan ID --arm --confirm TEXT
After a crash (repliscope journal list says "unfinished"):
  repliscope act --verify ID     reads what is true now and lists everything that is still to be taken back
  repliscope act --undo ID --arm --confirm GROUP     takes it back
Settings of some actions, each as --set NAME=VALUE:
  flushall, flushdb   way-back=yes|no (save first, and keep that save), mode=async|sync; db=N for flushdb
  safe-restart, rolling-restart   absence=S (expected), wait=S (for whoever starts it), full=yes (accept a full resync);
                      resume=ID takes up a rolling restart that stopped
  wait-test, waitaof-test   replicas=N, timeout=MS, count=K, batch=B; local=1|0 for waitaof-test (the master's own file)
  client-pause        ms=N
  config-set          restore=ID gives each node back what it had before that change of settings, beside nothing else
Where --sentinel, --url or --profile leads there, --node names the node that the action is about.`

export function registerAct(program: Command, context: CliContext): void {
  const each = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    value,
  ]
  const command = program
    .command('act')
    .description('plan and run a guarded action')
    .argument('[action]', 'one of those listed below')
    .option('--to <node>', 'whom to promote or to follow (no-one: nobody)')
    .option('--set <name=value>', 'a setting; repeatable', each)
    .option('--rewrite', 'also CONFIG REWRITE, so that it outlasts a restart')
    .option('--environment <name>', 'production (default), staging, development or lab')
    .option('--plan-only', 'print the plan and keep it for 60 s')
    .option('--plan <id>', 'run a plan that was kept')
    .option('--arm', 'allow changes, for this action')
    .option('--confirm <text>', 'the text that the plan asks to be typed')
    .option('--ack <check>', 'acknowledge a check that warns; repeatable', each)
    .option('--note <text>', 'why, for the journal')
    .option('--verify <id>', 'what is true now of an action of the journal; only reads')
    .option('--undo <id>', 'plan (and with --arm --confirm run) what an action left to be taken back')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', HELP)
    .addHelpText('after', `\nActions: ${ACTION_NAMES.join(', ')}.`)
  addTargetOptions(command).action(async (action: string | undefined, flags: ActFlags) => {
    context.exit(await act(action, flags, context))
  })
}

async function act(action: string | undefined, flags: ActFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const chosen = [action, flags.plan, flags.verify, flags.undo].filter((one) => one !== undefined)
  if (chosen.length !== 1)
    return refuseUsage(terminal, {
      problem:
        chosen.length === 0 ? 'no action given' : 'more than one of ACTION, --plan, --verify and --undo is given',
      hint: 'repliscope act --help shows how',
    })
  const host = await import('../../app/actions-host.ts')
  const actions = host.createHostActions((line) => complain(terminal, line))
  try {
    tellUnfinished(actions, flags, context)
    if (flags.plan !== undefined) return await runKept(flags.plan, flags, host, actions, context)
    if (flags.verify !== undefined) return await verify(flags.verify, flags, host, actions, context)
    if (flags.undo !== undefined) return await undo(flags.undo, flags, host, actions, context)
    return await planAndRun(action ?? '', flags, host, actions, context)
  } finally {
    actions.dispose()
  }
}

/** Settings that a successful action left until somebody has made a copy are easily forgotten. */
function tellPending(actions: Actions, flags: ActFlags, terminal: CliContext['terminal']): void {
  const stories = actions.stories()
  for (const story of stories.ok ? stories.value : [])
    if (story.state === 'succeeded' && story.pending.length > 0 && story.id !== flags.verify && story.id !== flags.undo)
      complain(
        terminal,
        `to be taken back yet: ${story.action} of ${story.target} left ${story.pending.length} settings (${story.id}); repliscope act --undo ${story.id} does it`,
      )
}

/** What a crash left is said first, whatever is asked for. */
function tellUnfinished(actions: Actions, flags: ActFlags, { terminal }: CliContext): void {
  tellPending(actions, flags, terminal)
  const unfinished = actions.unfinished()
  if (!unfinished.ok) return
  for (const story of unfinished.value)
    if (story.id !== flags.verify && story.id !== flags.undo)
      complain(
        terminal,
        `unfinished: ${story.action} of ${story.target} (${story.id}); see repliscope act --verify ${story.id}`,
      )
}

async function planAndRun(
  action: string,
  flags: ActFlags,
  host: Host,
  actions: Actions,
  context: CliContext,
): Promise<ExitCode> {
  const { terminal } = context
  // Where Sentinels, a URL or a profile lead there, --node says whom the action is about.
  const isAbout = (flags.sentinel?.length ?? 0) > 0 || flags.url !== undefined || flags.profile !== undefined
  const { node: nodes, ...others } = flags
  if (isAbout && (nodes?.length ?? 0) > 1)
    return refuseUsage(terminal, { problem: 'more than one --node', hint: 'an action is about one node' })
  const intent = host.readIntent({
    action,
    node: nodes?.[0],
    isAbout,
    to: flags.to,
    set: flags.set,
    rewrite: flags.rewrite,
    environment: flags.environment,
  })
  if (!intent.ok) return refuseUsage(terminal, intent)
  const targetFlags: TargetFlags = isAbout ? others : flags
  return withDeployment(targetFlags, { oneShot: true }, context, async (deployment, connection) => {
    const { target, environment } = connection
    const group = host.groupOf(deployment.session.state(), flags.group)
    if (!group.ok) return refuse(group, host, context)
    const reach = host.reachOf(target)
    try {
      const kept = await actions.plan(
        { ...intent.value, environment, group: group.value.name },
        group.value,
        reach,
        keptFlags(targetFlags),
      )
      if (!kept.ok) return refuse(kept, host, context)
      return await offerOrRun(kept.value, flags, host, actions, { reach, connection }, context)
    } finally {
      reach.dialler.dispose()
    }
  })
}

/** The plan, or with everything typed that it takes, its run. */
async function offerOrRun(
  kept: Extract<ReturnType<Actions['kept']>, { ok: true }>['value'],
  flags: ActFlags,
  host: Host,
  actions: Actions,
  at: Reached,
  context: CliContext,
): Promise<ExitCode> {
  const { terminal } = context
  const { plan } = kept
  const isMeant = flags.confirm !== undefined && (flags.arm === true || plan.environment !== 'production')
  if (flags.planOnly === true || !isMeant || plan.confirmsCount) {
    await printPlan(host.toPlanReport(plan), flags.json === true, terminal)
    if (flags.planOnly === true) return EXIT.done
    complain(
      terminal,
      plan.confirmsCount && isMeant
        ? `not run: what to type depends on a count; run it with repliscope act --plan ${plan.id} --arm --confirm TEXT`
        : `not confirmed: run it within 60 s with repliscope act --plan ${plan.id} --arm --confirm ${JSON.stringify(plan.confirm)}`,
    )
    return EXIT.refused
  }
  return run(plan, flags, host, actions, at, context)
}

async function runKept(
  id: string,
  flags: ActFlags,
  host: Host,
  actions: Actions,
  context: CliContext,
): Promise<ExitCode> {
  const kept = actions.kept(id)
  if (!kept.ok) return refuse(kept, host, context)
  return withReach(kept.value.target, flags, host, context, (at) => {
    if (flags.confirm === undefined) return offerOrRun(kept.value, flags, host, actions, at, context)
    return run(kept.value.plan, flags, host, actions, at, context)
  })
}

async function run(
  plan: Plan,
  flags: ActFlags,
  host: Host,
  actions: Actions,
  at: Reached,
  context: CliContext,
): Promise<ExitCode> {
  const { terminal } = context
  const { reach, connection } = at
  const outcome = await actions.run(
    plan.id,
    {
      text: flags.confirm ?? '',
      // In an environment other than production --confirm arms this one action by itself.
      isArmed: flags.arm === true,
      acknowledged: flags.ack ?? [],
      note: flags.note,
    },
    reach,
    {
      onProgress: (progress) => printProgress(progress, terminal),
      signal: terminal.stopped,
      ...(connection.profile === undefined ? {} : { profile: connection.label }),
    },
  )
  if (!outcome.ok) return refuse(outcome, host, context, missing(plan, flags))
  await printOutcome(host.toOutcomeReport(outcome.value), flags.json === true, terminal)
  if (outcome.value.state === 'succeeded') return EXIT.done
  complain(terminal, `${outcome.value.state}: ${outcome.value.reason ?? 'the servers do not say that it is done'}`)
  const { state, pending, verification } = outcome.value
  // A restart whose waiting was cancelled leaves a node that nobody has seen come back.
  const isWhole = pending.length === 0 && verification.every((one) => one.isSo === true)
  return state === 'stopped' && isWhole ? EXIT.refused : EXIT.unverified
}

async function verify(
  id: string,
  flags: ActFlags,
  host: Host,
  actions: Actions,
  context: CliContext,
): Promise<ExitCode> {
  const target = actions.targetOf(id)
  if (!target.ok) return refuse(target, host, context)
  return withReach(target.value, flags, host, context, async ({ reach }) => {
    const checkup = await actions.verifyNow(id, reach)
    if (!checkup.ok) return refuse(checkup, host, context)
    await printCheckup(host.toCheckupReport(checkup.value), flags.json === true, context.terminal)
    return EXIT.done
  })
}

async function undo(id: string, flags: ActFlags, host: Host, actions: Actions, context: CliContext): Promise<ExitCode> {
  const target = actions.targetOf(id)
  if (!target.ok) return refuse(target, host, context)
  return withReach(target.value, flags, host, context, async (at) => {
    const kept = await actions.planUndo(id, at.reach, at.connection.environment, target.value)
    if (!kept.ok) return refuse(kept, host, context)
    return offerOrRun(kept.value, flags, host, actions, at, context)
  })
}

/** Lines to the servers that were named then, unless others are named now. Passwords come from the environment again. */
async function withReach(
  kept: unknown,
  flags: ActFlags,
  host: Host,
  context: CliContext,
  work: (at: Reached) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { connectionFromFlags } = await import('../../app/connection.ts')
  const named = namesTarget(flags) ? keptFlags(flags) : (kept as TargetFlags)
  const connection = await connectionFromFlags({ ...named, environment: flags.environment }, context.terminal.env)
  if (!connection.ok) return refuseConnection(context.terminal, connection)
  const reach = host.reachOf(connection.value.target)
  try {
    return await work({ reach, connection: connection.value })
  } finally {
    reach.dialler.dispose()
  }
}

/** The flags that a confirmation lacks, the first of them; undefined: it lacks none. */
function missing({ environment, preflight }: Plan, flags: ActFlags): string | undefined {
  if (preflight.some((one) => one.status === 'failed')) return undefined
  if (flags.arm !== true && environment === 'production') return 'add --arm'
  const warned = preflight.filter((one) => one.status === 'warned')
  const open = warned.find((one) => flags.ack?.includes(one.check) !== true)
  if (open !== undefined) return `add --ack ${open.check}`
  return warned.some((one) => one.needsNote === true) && flags.note === undefined ? 'add --note TEXT' : undefined
}

function refuse(
  result: { readonly ok: false; readonly failure: Parameters<Host['describeRefusal']>[0] },
  host: Host,
  { terminal }: CliContext,
  hint?: string,
): ExitCode {
  const isHelped = hint !== undefined && result.failure.kind === 'refused-by-guard'
  complain(terminal, `${host.describeRefusal(result.failure)}${isHelped ? `; ${hint}` : ''}`)
  switch (result.failure.kind) {
    case 'refused-by-guard':
    case 'stale-plan':
    case 'storage':
      return EXIT.refused
    default:
      return EXIT.notConnected
  }
}
