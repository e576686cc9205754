import type { Verified } from '../domain/plans/model.ts'
import type { Guide } from './guide.ts'
import { configNow } from './read-now.ts'

/** Taking back: done when every value reads as it was before. */
export const undoGuide: Guide = {
  // A node without a configuration file refuses CONFIG REWRITE; what was set is looked at below.
  remedy: (_step, trouble) => Promise.resolve(trouble.kind === 'refused' ? 'go-on' : undefined),
  verify: (context) =>
    Promise.all(
      context.plan.steps.flatMap((step) =>
        step.commands
          .filter((command) => command[0] === 'CONFIG' && command[1] === 'SET')
          .map(async ([, , key = '', value = '']): Promise<Verified> => {
            const now = await configNow(context, step.node, key)
            return {
              what: `${key} on ${step.node} is ${value} again`,
              isSo: now === undefined ? undefined : now === value,
              evidence: `${key} = ${now ?? 'unknown'}`,
            }
          }),
      ),
    ),
}
