import { createPinia } from 'pinia'
import { createApp, h, shallowReactive, type Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { clientKey } from '../../../src-renderer/stores/client.ts'
import { createFakeHost } from './fake-client.ts'

/** A component on the page with props that can change; `end` takes it off again. */
export function mountView(component: Component, props: Record<string, unknown>) {
  const given = shallowReactive({ ...props })
  const host = document.createElement('div')
  document.body.append(host)
  const app = createApp({ render: () => h(component, given) })
  // Rows ask it for what can be done with them; this host has no actions.
  app.provide(clientKey, createFakeHost([]))
  app.use(createPinia())
  app.use(
    createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/:rest(.*)*', component: { render: () => null } }],
    }),
  )
  app.mount(host)
  return {
    host,
    props: given,
    text: () => (host.textContent ?? '').replace(/\s+/g, ' '),
    all: (selector: string) => [...host.querySelectorAll<HTMLElement>(selector)],
    one: (selector: string) => {
      const found = host.querySelector<HTMLElement>(selector)
      if (!found) throw new Error(`nothing matches ${selector}`)
      return found
    },
    end: () => {
      app.unmount()
      host.remove()
    },
  }
}

export type MountedView = ReturnType<typeof mountView>
