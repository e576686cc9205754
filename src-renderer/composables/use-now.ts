import { onScopeDispose, readonly, shallowRef, type ShallowRef } from 'vue'
import { useDeploymentStore } from '../stores/deployment.ts'

const now = shallowRef(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** This machine's clock, ticking once a second for as long as somebody looks at it. One timer for the page. */
export function useNow(): Readonly<ShallowRef<number>> {
  users += 1
  if (timer === undefined) {
    now.value = Date.now()
    timer = setInterval(() => {
      now.value = Date.now()
    }, 1000)
  }
  onScopeDispose(() => {
    users -= 1
    if (users > 0 || timer === undefined) return
    clearInterval(timer)
    timer = undefined
  })
  return readonly(now)
}

/** The host's clock, ticking: what ages of samples are counted against. */
export function useHostNow(): () => number {
  const tick = useNow()
  const deployment = useDeploymentStore()
  return () => deployment.hostTime(tick.value)
}
