import type { NodeId } from '../domain/address.ts'
import { isChanging, wordsAsText } from '../domain/plans/command-words.ts'
import type { CommandWords, Facts, Undo } from '../domain/plans/model.ts'
import { hostAndPort } from '../domain/plans/nodes.ts'
import { factsOf, type Observed } from '../domain/plans/observed.ts'
import { entryAddress } from '../domain/plans/switchover.ts'
import { parseConfig } from '../domain/replies/config-get.ts'
import { flushStanding } from './flush-standing.ts'
import type { ActionStory } from './journal-story.ts'
import { createLines, type Lines } from './lines.ts'
import { observe } from './observe.ts'
import { PLANNING_NAME, type ActionDialler } from './ports.ts'

/** What is true now of an action that has no end, or that left something undone. Only reads. */
export interface Checkup {
  readonly id: string
  readonly state: ActionStory['state']
  readonly lastStep: ActionStory['lastStep']
  /** One statement a line. */
  readonly now: readonly string[]
  /** What is still to be taken back, newest first; the exact commands. */
  readonly pending: readonly Undo[]
  /** Who is what: a plan to take back relies on it. */
  readonly roles: Facts
  /** Sentinels that are failing over at this moment. */
  readonly failingOver: readonly NodeId[]
  /** What the journal listed and the servers show to be gone, or to be another's by now. */
  readonly settled: readonly string[]
}

/** Reads the servers of an action and sorts its undos: still to be done, or settled. */
export async function verifyNow(
  story: ActionStory,
  dialler: ActionDialler,
  options: { readonly timeoutMs: number; readonly now: () => number },
): Promise<Checkup> {
  const { scope } = story
  if (scope === undefined)
    return {
      id: story.id,
      state: story.state,
      lastStep: story.lastStep,
      now: [],
      pending: story.pending,
      roles: {},
      failingOver: [],
      settled: [],
    }
  const lines = createLines(dialler, PLANNING_NAME)
  try {
    const observed = await observe(lines, scope, { ...options, withClients: false })
    const masters = [...observed.servers.values()].filter((server) => server.role?.role === 'master')
    const now = [
      ...[...observed.servers.values()].map((server) => {
        if (server.failure !== undefined || server.role === undefined) return `${server.node} does not answer`
        const { masterHost, masterPort, masterLink } = server.info?.replication ?? {}
        const rest =
          server.role.role === 'replica'
            ? ` of ${masterHost ?? '?'}:${masterPort ?? '?'}, link ${masterLink ?? '?'}`
            : ''
        return `${server.node} is a ${server.role.role}${rest}`
      }),
      ...[...observed.sentinels.values()].map((sentinel) =>
        sentinel.master === undefined
          ? `Sentinel ${sentinel.node} does not answer`
          : `Sentinel ${sentinel.node} names ${entryAddress(sentinel.master) ?? '?'}${sentinel.master.flags.has('failover_in_progress') ? ', failing over' : ''}`,
      ),
      ...(masters.length > 1 ? [`${masters.length} nodes say that they are master`] : []),
      ...flushStanding(story, observed),
    ]
    const sorted = await Promise.all(
      story.pending.map(async (undo) => ({ undo, why: await settledBecause(undo, lines, options.timeoutMs) })),
    )
    return {
      id: story.id,
      state: story.state,
      lastStep: story.lastStep,
      now,
      pending: [
        ...supersededMaster(story, observed),
        ...sorted.filter((one) => one.why === undefined).map((one) => one.undo),
      ],
      roles: Object.fromEntries(Object.entries(factsOf(observed)).filter(([key]) => key.endsWith(':role'))),
      failingOver: [...observed.sentinels.values()]
        .filter((one) => one.master?.flags.has('failover_in_progress') === true)
        .map((one) => one.node),
      settled: sorted.flatMap((one) => (one.why === undefined ? [] : [`${one.undo.title}: ${one.why}`])),
    }
  } finally {
    lines.close()
  }
}

/**
 * The old master's demotion, when the action got as far as a promotion and not to it: while it says that it is master, what
 * clients write there will be thrown away. Sentinel does the same, some 10 s later.
 */
function supersededMaster(story: ActionStory, observed: Observed): readonly Undo[] {
  const demotion = story.plan?.steps.find(
    (step) => step.needsRole === 'master' && step.commands.some((command) => command[0] === 'REPLICAOF'),
  )
  if (demotion === undefined || observed.servers.get(demotion.node)?.role?.role !== 'master') return []
  const named = [...observed.sentinels.values()].flatMap((one) =>
    one.master === undefined ? [] : [entryAddress(one.master)],
  )
  const winner = [...observed.servers.values()].find(
    (one) => one.node !== demotion.node && one.role?.role === 'master',
  )?.node
  if (winner === undefined || named.length === 0 || named.some((address) => address !== winner)) return []
  const follow: CommandWords = ['REPLICAOF', ...hostAndPort(winner)]
  const commands = demotion.commands.filter(isChanging)
  return [
    {
      title: `demote ${demotion.node}, superseded by ${winner}`,
      node: demotion.node,
      commands: commands.map((command) => (command[0] === 'REPLICAOF' ? follow : command)),
    },
  ]
}

/** Why an undo has nothing left to do; undefined: it has, or that cannot be seen. */
async function settledBecause(undo: Undo, lines: Lines, timeoutMs: number): Promise<string | undefined> {
  // The pause ends by itself within seconds.
  if (undo.commands.every((command) => command[0] === 'CLIENT')) return 'the pause ended by itself'
  const sets = undo.commands.filter((command) => command[0] === 'CONFIG' && command[1] === 'SET')
  if (sets.length === 0) return undefined
  const values = await Promise.all(sets.map((command) => valueOf(undo, command, lines, timeoutMs)))
  const isDone = sets.every((command, i) => values[i] !== undefined && values[i] === command[3])
  return isDone ? `already so (${sets.map((command) => wordsAsText(command.slice(2))).join(', ')})` : undefined
}

async function valueOf(undo: Undo, set: CommandWords, lines: Lines, timeoutMs: number): Promise<string | undefined> {
  const key = set[2] ?? ''
  const sent = await lines.read(undo.node, 'server', [['CONFIG', 'GET', key]], timeoutMs)
  const reply = sent.state === 'answered' ? sent.replies[0] : undefined
  if (reply === undefined || 'error' in reply) return undefined
  const config = parseConfig(reply.value)
  return config.ok ? config.value.get(key) : undefined
}
