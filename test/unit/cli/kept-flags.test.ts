import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keptFlags } from '../../../src-main/hosts/cli/target-options.ts'

describe('the target that is kept with a plan', () => {
  it('is the target alone, its files by their whole path', () => {
    const typed = {
      sentinel: ['a:26379'],
      group: 'g',
      passwordEnv: 'PW',
      tls: true,
      ca: 'ca.pem',
      sentinelKey: '/keys/s.pem',
      json: true,
      arm: true,
      confirm: 'g',
    }
    expect(keptFlags(typed)).toEqual({
      sentinel: ['a:26379'],
      group: 'g',
      passwordEnv: 'PW',
      tls: true,
      ca: resolve('ca.pem'),
      sentinelKey: '/keys/s.pem',
    })
  })
})
