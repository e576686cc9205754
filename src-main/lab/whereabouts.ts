import { randomInt } from 'node:crypto'
import type { LabOptions } from './options.ts'
import { hasAddress } from './ports.ts'

/** The hosts of a lab's processes, and whether a relay can stand before them. */
export interface Whereabouts {
  /** All on one host, or each process on its own. */
  readonly hostOf: (index: number) => string
  readonly isRelayed: boolean
  /** Why faults of links cannot be had; undefined where there is a relay. */
  readonly whyNoRelay: string | undefined
}

/**
 * With a relay each process gets an address out of a block of its own, 127.X.Y.0/24, picked at random so that labs do
 * not meet. A machine that has no such addresses (macOS has 127.0.0.1 only) gets a lab without a relay.
 */
export async function chooseWhereabouts(options: LabOptions): Promise<Whereabouts> {
  const host = options.host ?? '127.0.0.1'
  const direct = {
    hostOf: (index: number) => (host === 'own' ? `127.0.0.${index + 2}` : host),
    isRelayed: false,
  }
  if (options.relay !== true) return { ...direct, whyNoRelay: 'this lab was started without a relay' }
  if (options.host !== undefined && host !== 'own')
    return { ...direct, whyNoRelay: `all processes share ${host}, so a relay could not tell who calls` }
  const block = `127.${randomInt(16, 255)}.${randomInt(0, 256)}`
  if (!(await hasAddress(`${block}.1`)))
    return {
      ...direct,
      hostOf: () => '127.0.0.1',
      whyNoRelay: 'this machine has no loopback addresses but 127.0.0.1, so a relay could not tell who calls',
    }
  return { hostOf: (index) => `${block}.${index + 1}`, isRelayed: true, whyNoRelay: undefined }
}
