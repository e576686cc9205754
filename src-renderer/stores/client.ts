import { inject, type InjectionKey } from 'vue'
import type { ContractClient } from '../../src-main/contract/calls.ts'

/** Where the page finds its line to the host. Provided once, by `mountApp`. */
export const clientKey: InjectionKey<ContractClient> = Symbol('contract client')

/** The line to the host. Usable in setup functions and in setup stores. */
export function useClient(): ContractClient {
  const client = inject(clientKey)
  if (!client) throw new Error('no contract client was provided')
  return client
}
