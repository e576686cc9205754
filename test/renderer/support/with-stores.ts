import { createPinia } from 'pinia'
import { createApp, type App } from 'vue'
import type { ContractClient } from '../../../src-main/contract/calls.ts'
import { clientKey } from '../../../src-renderer/stores/client.ts'

/** Runs `use` where stores find their client, as inside the page; `end` with the app afterwards. */
export function withStores<T>(client: ContractClient, use: () => T): { readonly value: T; readonly app: App } {
  const app = createApp({ render: () => null })
  app.provide(clientKey, client)
  app.use(createPinia())
  return { value: app.runWithContext(use), app }
}
