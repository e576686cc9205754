import { shallowRef } from 'vue'
import type { ActionKind } from '../../../src-main/contract/actions.ts'
import { useActionsStore } from '../../stores/actions.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { initialValues, intentFrom, kindsFor, type ActionSubject, type FieldValues } from './action-words.ts'

/** A menu of actions at a place of the window, with what it was opened from. */
export interface ActMenuState {
  readonly subject: ActionSubject
  readonly x: number
  readonly y: number
  readonly from: HTMLElement | null
}

const menu = shallowRef<ActMenuState | null>(null)

/** Starting actions from wherever something is shown. */
export function useAct(): {
  readonly menu: typeof menu
  readonly kindsOf: (subject: ActionSubject) => readonly ActionKind[]
  readonly openMenu: (state: ActMenuState) => void
  readonly closeMenu: () => void
  /** Opens the wizard; what has nothing to choose is planned at once (planning only reads). */
  readonly act: (kind: ActionKind, subject: ActionSubject, preset?: FieldValues) => void
} {
  const store = useActionsStore()
  const deployment = useDeploymentStore()
  return {
    menu,
    kindsOf: (subject) => kindsFor(store.kinds, subject, deployment.sliceOf(subject.group)),
    openMenu: (state) => {
      menu.value = state
    },
    closeMenu: () => {
      menu.value = null
    },
    act: (kind, subject, preset = {}) => {
      menu.value = null
      const values = { ...initialValues(kind, subject, deployment.sliceOf(subject.group)), ...preset }
      store.start({ title: kind.title, what: kind.what, group: subject.group, kind, subject, values })
      if (kind.fields.length === 0) void store.plan(intentFrom(kind, subject, values))
    },
  }
}
