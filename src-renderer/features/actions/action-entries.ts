import { useActionsStore } from '../../stores/actions.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import type { PaletteEntry } from '../shell/palette-commands.ts'
import type { ActionSubject } from './action-words.ts'
import { useAct } from './use-act.ts'

/** Entries of the command palette: what can be done with the group in view and with what is selected. */
export function useActionEntries(): () => readonly PaletteEntry[] {
  const store = useActionsStore()
  const deployment = useDeploymentStore()
  const { act, kindsOf } = useAct()

  const entry = (kind: string, text: string, hint: string, start: () => void): PaletteEntry => ({
    id: `${kind} ${text} ${hint}`,
    kind,
    text,
    hint,
    action: { kind: 'act', start },
  })

  return () => {
    if (deployment.activeSession === null || store.kinds.length === 0) return []
    const subjects: ActionSubject[] = []
    const { selection, activeGroup } = deployment
    if (selection !== null && selection.kind !== 'group') subjects.push(selection)
    if (activeGroup !== null) subjects.push({ kind: 'group', id: activeGroup, group: activeGroup })
    return [
      ...subjects.flatMap((subject) =>
        kindsOf(subject).map((kind) =>
          entry('act', kind.title, `${kind.action} ${subject.id}`, () => act(kind, subject)),
        ),
      ),
      store.isArmed
        ? entry('act', 'Make it read-only again', 'disarm', () => void store.disarm())
        : entry('act', 'Allow changes for a time', 'arm', () => {
            store.isArmingShown = true
          }),
    ]
  }
}
