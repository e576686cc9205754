import { expect, it } from 'vitest'
import { REPLICA_COLUMNS } from '../../../src-renderer/features/replicas/replica-columns.ts'
import { linkOf, nodeOf, NOW } from '../support/views-samples.ts'

it('shows a link that only its master calls online as stale when the replica itself hangs', () => {
  const id = '10.0.0.7:6379'
  const state = REPLICA_COLUMNS.find((column) => column.id === 'state')
  const row = (reachability: 'up' | 'hung') => ({
    id,
    link: linkOf(id, { state: 'online' }),
    node: { ...nodeOf(id), reachability },
    now: NOW,
  })
  expect(state?.tone?.(row('up'))).toBe('ok')
  expect(state?.tone?.(row('hung'))).toBe('stale')
})
