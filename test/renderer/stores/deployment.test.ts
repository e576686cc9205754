import { beforeEach, describe, expect, test } from 'vitest'
import { effect, nextTick } from 'vue'
import { useCanvasStore } from '../../../src-renderer/stores/canvas.ts'
import { useDeploymentStore } from '../../../src-renderer/stores/deployment.ts'
import { createFakeHost } from '../support/fake-client.ts'
import { failedOver, manyGroups, wellSlice } from '../support/samples.ts'
import { withStores } from '../support/with-stores.ts'

const two = [wellSlice('orders'), wellSlice('sessions', '10.0.1')]

async function opened(slices = two) {
  const host = createFakeHost(slices)
  const { value } = withStores(host, () => ({ deployment: useDeploymentStore(), canvas: useCanvasStore() }))
  await value.deployment.open('s1')
  await nextTick()
  return { host, ...value }
}

beforeEach(() => localStorage.clear())

describe('slices', () => {
  test('an older or equal revision is dropped, a newer one replaces the whole', async () => {
    const { deployment } = await opened()
    const held = deployment.sliceOf('orders')!
    expect(deployment.receive([{ ...held, revision: held.revision, takenAt: 'older' }])).toEqual([])
    expect(deployment.receive([{ ...held, revision: held.revision - 1 }])).toEqual([])
    expect(deployment.sliceOf('orders')).toBe(held)
    const next = { ...held, revision: held.revision + 1 }
    deployment.receive([next])
    expect(deployment.sliceOf('orders')).toBe(next)
  })

  test("a change of one group does not wake what reads another's slice", async () => {
    const { deployment } = await opened()
    let orders = 0
    let sessions = 0
    effect(() => void [deployment.sliceOf('orders'), orders++])
    effect(() => void [deployment.sliceOf('sessions'), sessions++])
    const held = deployment.sliceOf('orders')!
    deployment.receive([{ ...held, revision: held.revision + 1 }])
    expect([orders, sessions]).toEqual([2, 1])
  })

  test('names change when groups come and go, not when they are sampled', async () => {
    const { deployment, host } = await opened()
    let woken = 0
    effect(() => void [deployment.groupNames, woken++])
    host.tick()
    expect(woken).toBe(1)
    host.publish([...two, wellSlice('carts', '10.0.2')])
    expect(deployment.groupNames).toEqual(['carts', 'orders', 'sessions'])
    host.emit('deployment/changed', { session: 's1', slices: [], removed: ['orders'] })
    expect(deployment.groupNames).toEqual(['carts', 'sessions'])
    expect(woken).toBe(3)
  })

  test("another session's news is not this one's", async () => {
    const { deployment, host } = await opened()
    const held = deployment.sliceOf('orders')!
    host.emit('deployment/changed', { session: 's2', slices: [{ ...held, revision: 99 }], removed: ['sessions'] })
    expect(deployment.sliceOf('orders')).toBe(held)
    expect(deployment.groupNames).toHaveLength(2)
  })

  test('when the line comes back the whole state is asked for again, even from a host that counts anew', async () => {
    const { deployment, host } = await opened()
    const held = deployment.sliceOf('orders')!
    deployment.receive([{ ...held, revision: 500 }])
    host.setLine({ state: 'connecting', attempt: 1 })
    host.setLine({ state: 'open' })
    await expect.poll(() => deployment.sliceOf('orders')?.revision).toBe(1)
    expect(deployment.loads).toBe(2)
  })

  test('an answer that comes after another session was opened is ignored', async () => {
    const host = createFakeHost(two)
    let answer: () => void = () => undefined
    const { value: deployment } = withStores(host, useDeploymentStore)
    host.respond('deployment/state', async () => {
      await new Promise<void>((resolve) => (answer = resolve))
      return { ok: false, failure: { code: 'not-found', message: 'late' } }
    })
    const first = deployment.open('s1')
    const late = answer
    void deployment.open('s2')
    late()
    await first
    expect(deployment.loadFailure).toBeNull()
  })
})

describe('the group in view', () => {
  test('several groups and no wish: all of them; one asked for: that one; an unknown one: the first', async () => {
    const { deployment } = await opened()
    expect([deployment.isAllGroups, deployment.activeGroup]).toEqual([true, 'orders'])
    deployment.selectGroup('sessions')
    expect([deployment.isAllGroups, deployment.activeGroup]).toEqual([false, 'sessions'])
    deployment.selectGroup('gone')
    expect(deployment.activeGroup).toBe('orders')
  })
})

describe('the canvas', () => {
  test('a sample that changes one card replaces one ref and leaves the structure alone', async () => {
    const { canvas, deployment } = await opened([wellSlice()])
    const structure = canvas.structure
    const changed = canvas.cardOf(canvas.idOf('node', '10.0.0.6:6379', 'orders'))
    const same = canvas.cardOf(canvas.idOf('node', '10.0.0.7:6379', 'orders'))
    const [before, untouched] = [changed.value, same.value]
    const held = deployment.sliceOf('orders')!
    deployment.receive([
      {
        ...held,
        revision: held.revision + 1,
        nodes: held.nodes.map((node) => (node.id === '10.0.0.6:6379' ? { ...node, keys: 5 } : node)),
      },
    ])
    await nextTick()
    expect(changed.value).not.toBe(before)
    expect(same.value).toBe(untouched)
    expect(canvas.structure).toBe(structure)
  })

  test('a failover sends the crown from the old card to the new one', async () => {
    const { canvas, host } = await opened([wellSlice()])
    expect(canvas.travel).toBeNull()
    host.publish([failedOver(wellSlice(), '10.0.0.7:6379')])
    await nextTick()
    expect(canvas.travel).toMatchObject({ from: 'node|orders|10.0.0.5:6379', to: 'node|orders|10.0.0.7:6379' })
  })

  test('above a hundred nodes groups are collapsed, and open one by one', async () => {
    const { canvas } = await opened([...manyGroups(20)])
    expect(canvas.isCollapsing).toBe(true)
    expect(canvas.structure.nodes.map((node) => node.kind)).toEqual(Array(20).fill('group'))
    canvas.setExpanded('shard-3', true)
    await nextTick()
    expect(canvas.structure.nodes.filter((node) => node.kind === 'server')).toHaveLength(10)
    expect(canvas.structure.nodes.filter((node) => node.kind === 'group')).toHaveLength(19)
  })

  test('a group without Sentinel, named by its address, is found again from its card', async () => {
    const { canvas } = await opened([wellSlice('link:6379')])
    const id = canvas.idOf('node', '10.0.0.6:6379', 'link:6379')
    expect(canvas.subjectOf(id)).toEqual({ kind: 'node', id: '10.0.0.6:6379', group: 'link:6379' })
    expect(canvas.subjectOf(canvas.idOf('link', '10.0.0.6:6379', 'link:6379'))).toEqual({
      kind: 'link',
      id: '10.0.0.6:6379',
      group: 'link:6379',
    })
  })
})
