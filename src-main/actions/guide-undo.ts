import type { NodeId } from '../domain/address.ts'
import type { PlanStep, Verified } from '../domain/plans/model.ts'
import { readsAs } from '../domain/plans/nodes.ts'
import type { RunContext } from './context.ts'
import type { Guide } from './guide.ts'
import { configNow, infoNow, roleNow } from './read-now.ts'

/** Taking back: done when every value reads as it was before. */
export const undoGuide: Guide = {
  // A node without a configuration file refuses CONFIG REWRITE; what was set is looked at below.
  remedy: (step, trouble, context) => {
    if (trouble.kind !== 'refused') return Promise.resolve(undefined)
    context.memory.set(`refused ${step.n}`, trouble.detail)
    return Promise.resolve('go-on')
  },
  verify: async (context) => [
    ...(await Promise.all(
      context.plan.steps.flatMap((step) =>
        step.commands
          .filter((command) => command[0] === 'REPLICAOF' || (command[0] === 'CONFIG' && command[1] === 'SET'))
          .map(async ([name, , key = '', value = '']): Promise<Verified> => {
            if (name === 'REPLICAOF') return follows(context, step.node)
            const now = await configNow(context, step.node, key)
            return {
              what: `${key} on ${step.node} is ${value} again`,
              isSo: now === undefined ? undefined : readsAs(key, now, value),
              evidence: `${key} = ${now ?? 'unknown'}`,
            }
          }),
      ),
    )),
    ...(await Promise.all(context.plan.steps.map((step) => unkept(step, context)))).flatMap((one) => one ?? []),
  ],
}

/** What is back at run time and not in the file, where there is one, would be gone with the next start. */
async function unkept(step: PlanStep, context: RunContext): Promise<Verified | undefined> {
  const refused = context.memory.get(`refused ${step.n}`)
  if (refused === undefined || (await infoNow(context, step.node))?.server.configFile === '') return undefined
  return { what: `the file of ${step.node} holds it too`, isSo: false, evidence: refused }
}

async function follows(context: RunContext, node: NodeId): Promise<Verified> {
  const role = await roleNow(context, node)
  return {
    what: `${node} is a replica`,
    isSo: role === undefined ? undefined : role.role === 'replica',
    evidence: role?.role ?? 'no answer',
  }
}
