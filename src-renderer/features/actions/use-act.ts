import { computed, shallowRef, type ComputedRef } from 'vue'
import type { ActionKind } from '../../../src-main/contract/actions.ts'
import { useActionsStore } from '../../stores/actions.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { useLabStore } from '../../stores/lab.ts'
import type { PopupState } from '../../ui/use-popup.ts'
import { initialValues, intentFrom, kindsFor, type ActionSubject, type FieldValues } from './action-words.ts'

/** The menu of actions of one thing. */
export interface ActMenuState extends PopupState {
  readonly subject: ActionSubject
}

const menu = shallowRef<ActMenuState | null>(null)

/** Starting actions from wherever something is shown. */
export function useAct(): {
  readonly menu: typeof menu
  readonly kindsOf: (subject: ActionSubject) => readonly ActionKind[]
  /** This host has actions for the deployment in view. */
  readonly hasActions: ComputedRef<boolean>
  /**
   * For an event that asks for the menu of something: at the pointer for a right click, below `from` for a button and for the
   * keyboard (Shift F10, the menu key). Without `from` the focus goes back to what can have it where the event was.
   */
  readonly openMenuAt: (event: MouseEvent, subject: ActionSubject, from?: HTMLElement | null) => void
  readonly closeMenu: () => void
  /** Opens the wizard; what has nothing to choose is planned at once (planning only reads). */
  readonly act: (kind: ActionKind, subject: ActionSubject, preset?: FieldValues) => void
} {
  const store = useActionsStore()
  const deployment = useDeploymentStore()
  const lab = useLabStore()
  return {
    menu,
    hasActions: computed(() => store.kinds.length > 0),
    kindsOf: (subject) => kindsFor(store.kinds, subject, deployment.sliceOf(subject.group)),
    openMenuAt: (event, subject, from = holderAt(event)) => {
      // The browser's own menu is better than one with nothing in it.
      if (event.type === 'contextmenu' && store.kinds.length === 0 && !lab.isLab) return
      event.preventDefault()
      const isByKey = event instanceof PointerEvent && event.pointerType === ''
      if (event.type === 'contextmenu' && !isByKey) menu.value = { subject, x: event.clientX, y: event.clientY, from }
      else {
        const { left, bottom } = (from ?? document.body).getBoundingClientRect()
        menu.value = { subject, x: left, y: bottom + 4, from }
      }
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

/** What can have the focus where an event was: at it or around it, else the first within what listens (a row's button). */
function holderAt({ target, currentTarget }: Event): HTMLElement | null {
  const CAN = 'button, a[href], input, select, summary, [tabindex]'
  const around = target instanceof Element ? target.closest<HTMLElement>(CAN) : null
  const within = currentTarget instanceof Element ? currentTarget : null
  return around !== null && within?.contains(around) === true
    ? around
    : (within?.querySelector<HTMLElement>(CAN) ?? null)
}
