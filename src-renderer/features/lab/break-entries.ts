import { useDeploymentStore } from '../../stores/deployment.ts'
import { useLabStore } from '../../stores/lab.ts'
import type { PaletteEntry } from '../shell/palette-commands.ts'
import { useBreak } from './use-break.ts'

/**
 * Entries of the command palette in a lab: what can be healed, and what can be broken of the thing selected or, with
 * nothing selected that breaks, each node of the group in view, whose menu then opens.
 */
export function useBreakEntries(): () => readonly PaletteEntry[] {
  const lab = useLabStore()
  const deployment = useDeploymentStore()
  const { choicesOf, choose, openMenu, subjectOf } = useBreak()

  const entry = (kind: string, text: string, hint: string, start: () => void): PaletteEntry => ({
    id: `${kind} ${text} ${hint}`,
    kind,
    text,
    hint,
    action: { kind: 'act', start },
  })

  const nodes = () => {
    const { group, nodes: all = [] } = deployment.activeSlice ?? {}
    return all.flatMap(({ id, role }) => {
      const node = { kind: 'node', id, group: group?.name ?? '' } as const
      return choicesOf(node).length === 0 ? [] : [{ node, role }]
    })
  }

  return () => {
    if (!lab.isLab) return []
    const { selection } = deployment
    const subject = selection === null ? null : subjectOf(selection)
    const choices = subject === null ? [] : choicesOf(subject).filter((choice) => choice.against === null)
    return [
      ...lab.active.map((fault) => entry('heal', fault.what, fault.node, () => void lab.heal(fault.id))),
      ...(lab.active.length > 1
        ? [entry('heal', 'Heal every fault', `${lab.active.length} in force`, () => void lab.heal(null))]
        : []),
      ...(subject === null
        ? nodes().map(({ node, role }) =>
            entry('break', node.id, role, () =>
              openMenu({ subject: node, x: document.documentElement.clientWidth / 2 - 160, y: 120, from: null }),
            ),
          )
        : choices.map((choice) => entry('break', choice.fault.title, subject.id, () => choose(choice, subject)))),
    ]
  }
}
