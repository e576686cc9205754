import './ui/fonts.css'
import './ui/tokens.css'
import './ui/base.css'
import { createPinia } from 'pinia'
import { createApp, type App as VueApp } from 'vue'
import type { ContractClient } from '../src-main/contract/calls.ts'
import App from './App.vue'
import { createAppRouter } from './router.ts'
import { clientKey } from './stores/client.ts'

/** Puts the whole page on an element, over whatever line `client` is. */
export function mountApp(client: ContractClient, where: string | Element): VueApp {
  const app = createApp(App)
  app.provide(clientKey, client)
  app.use(createPinia())
  app.use(createAppRouter())
  app.mount(where)
  return app
}
