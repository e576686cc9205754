import { shallowRef } from 'vue'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { useLabStore } from '../../stores/lab.ts'
import type { PopupState } from '../../ui/use-popup.ts'
import { choicesFor, requestFor, type FaultChoice, type FaultKind, type FaultSubject } from './fault-words.ts'

/** The menu of faults of one thing. `kind`: the one whose form is shown. */
export interface BreakMenuState extends PopupState {
  readonly subject: FaultSubject
  readonly kind: FaultKind | null
}

const menu = shallowRef<BreakMenuState | null>(null)

/** Breaking a lab from wherever something of it is shown. */
export function useBreak(): {
  readonly menu: typeof menu
  /** None for what is no part of a lab. */
  readonly choicesOf: (subject: FaultSubject) => readonly FaultChoice[]
  /** What was selected on the canvas, as something to break; null for a group or outside a lab. */
  readonly subjectOf: (thing: {
    readonly kind: string
    readonly id: string
    readonly group: string
  }) => FaultSubject | null
  readonly openMenu: (state: Omit<BreakMenuState, 'kind'> & { readonly kind?: FaultKind }) => void
  readonly closeMenu: () => void
  /** Does it at once, or opens its form where something is to be chosen. */
  readonly choose: (choice: FaultChoice, subject: FaultSubject) => void
} {
  const lab = useLabStore()
  const deployment = useDeploymentStore()
  const nodeOf = ({ group, id }: FaultSubject) => deployment.nodeOf(group, id)

  return {
    menu,
    choicesOf: (subject) => choicesFor(lab.faults, lab.active, subject, nodeOf(subject)),
    subjectOf: ({ kind, id, group }) => {
      if (!lab.isLab) return null
      if (kind === 'node') return { kind, id, group }
      if (kind === 'link') return { kind, id, group, upstream: deployment.linkOf(group, id)?.upstream ?? null }
      return null
    },
    openMenu: (state) => {
      menu.value = { kind: null, ...state }
    },
    closeMenu: () => {
      menu.value = null
    },
    choose: (choice, subject) => {
      if (choice.against !== null) return
      if (choice.asks) {
        const centre = { x: document.documentElement.clientWidth / 2 - 160, y: 120, from: null }
        menu.value = { ...(menu.value ?? centre), subject, kind: choice.fault.kind }
        return
      }
      menu.value = null
      void lab.breakIt(requestFor(choice.fault, subject))
    },
  }
}
