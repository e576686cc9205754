import { onPageKey } from '../../bridge/page-window.ts'
import { onBeforeUnmount, onMounted } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useActionsStore } from '../../stores/actions.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { useSettingsStore } from '../../stores/settings.ts'
import { placeOf, VIEWS } from '../../views.ts'
import { useShell } from './use-shell.ts'

/** How long `g` waits for the key that says where to. */
const CHORD_MS = 1500

/** The keys that work everywhere. Single letters are left alone while somebody types or a dialog is open. */
export function useKeys(): void {
  const router = useRouter()
  const route = useRoute()
  const deployment = useDeploymentStore()
  const settings = useSettingsStore()
  const shell = useShell()
  const actions = useActionsStore()
  let chordUntil = 0

  function onKey(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      shell.openPalette()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (shell.palette.value.isOpen || shell.areKeysShown.value || actions.isDialogOpen) return
    const key = event.key.toLowerCase()
    if (chordUntil > event.timeStamp) {
      chordUntil = 0
      goTo(key)
      return
    }
    if (key === 'g') chordUntil = event.timeStamp + CHORD_MS
    else if (key === '?') shell.areKeysShown.value = true
    else if (key === 't') settings.toggleTheme()
    else if (key === 'd') settings.isSideOpen = !settings.isSideOpen
    else if (key === 'r') void deployment.refresh()
    else if (key === '[' || key === ']') stepGroup(key === ']' ? 1 : -1)
    else return
    event.preventDefault()
  }

  function goTo(key: string): void {
    const session = deployment.activeSession
    const view = VIEWS.find((one) => one.key === key)
    if (key === 'c') void router.push({ name: 'connect' })
    else if (key === 'd') void router.push({ name: 'drills' })
    else if (view) {
      const place = placeOf(view, session)
      if (place !== null) void router.push({ ...place, query: route.query })
    }
  }

  function stepGroup(step: 1 | -1): void {
    const names = deployment.groupNames
    const session = deployment.activeSession
    if (names.length < 2 || session === null) return
    const now = deployment.isAllGroups ? (step > 0 ? -1 : names.length) : names.indexOf(deployment.activeGroup ?? '')
    const next = names[(now + step + names.length) % names.length]
    if (next !== undefined) void router.replace({ params: route.params, query: { group: next } })
  }

  let stop: (() => void) | undefined
  onMounted(() => (stop = onPageKey(onKey)))
  onBeforeUnmount(() => stop?.())
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
