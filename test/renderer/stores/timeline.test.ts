import { describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import type { SeriesPoint } from '../../../src-main/contract/calls.ts'
import { useDeploymentStore } from '../../../src-renderer/stores/deployment.ts'
import { createSeriesRing } from '../../../src-renderer/stores/series-ring.ts'
import { useTimelineStore } from '../../../src-renderer/stores/timeline.ts'
import { createFakeHost } from '../support/fake-client.ts'
import { wellSlice } from '../support/samples.ts'
import { eventOf } from '../support/views-samples.ts'
import { withStores } from '../support/with-stores.ts'

function point(at: number, high: number | null = at): SeriesPoint {
  return { at, writeBytesPerSecond: null, byteLagLow: high, byteLagHigh: high, marginBytes: null }
}

describe('ring', () => {
  test('it keeps the newest points in order and forgets the oldest', () => {
    const ring = createSeriesRing(4, 1000)
    for (const at of [1, 2, 3, 4, 5, 6]) ring.push(point(at))
    expect([...ring.columns().at]).toEqual([3, 4, 5, 6])
    expect([...ring.columns().byteLagHigh]).toEqual([3, 4, 5, 6])
  })

  test('a point that is not newer is dropped', () => {
    const ring = createSeriesRing(4, 1000)
    for (const at of [5, 5, 3]) ring.push(point(at))
    expect([...ring.columns().at]).toEqual([5])
  })

  test('it holds the newest points in one piece of memory that never grows, however long it goes on', () => {
    const ring = createSeriesRing(100, 1000)
    const memory = ring.columns().at.buffer
    for (let at = 1; at <= 12_345; at++) {
      ring.push(point(at))
      const { length, at: moments, byteLagHigh, marginBytes } = ring.columns()
      if (length !== Math.min(at, 100) || moments[0] !== Math.max(1, at - 99) || moments.at(-1) !== at)
        expect.unreachable(`after ${at}: ${moments[0]} to ${moments.at(-1)}, ${length}`)
      if (byteLagHigh.at(-1) !== at || !Number.isNaN(marginBytes[0])) expect.unreachable(`values after ${at}`)
    }
    expect(ring.columns().at.buffer).toBe(memory)
  })

  test('unknown is a gap and never zero; so is a silence', () => {
    const ring = createSeriesRing(8, 1000)
    ring.push(point(1, 7))
    ring.push(point(2, null))
    ring.push(point(5000, 9))
    const { at, byteLagHigh } = ring.columns()
    expect([...at]).toEqual([1, 2, 3, 5000])
    expect([...byteLagHigh]).toEqual([7, Number.NaN, Number.NaN, 9])
  })

  test('what came before is put before, and fills a hole', () => {
    const ring = createSeriesRing(8, 10)
    ring.push(point(100))
    ring.push(point(200))
    ring.backfill([90, 100, 105, 110, 115, 120, 125].map((at) => point(at)))
    expect([...ring.columns().at].filter((at) => at <= 125)).toEqual([100, 105, 110, 115, 120, 125])
    expect(ring.lastAt()).toBe(200)
  })
})

describe('timeline', () => {
  test('an hour at one sample a second is remembered, and no more', async () => {
    const host = createFakeHost([wellSlice('orders')])
    host.respond('deployment/past', () => ({
      ok: true,
      value: { since: new Date().toISOString(), series: {}, events: [] },
    }))
    const { value } = withStores(host, () => ({ deployment: useDeploymentStore(), timeline: useTimelineStore() }))
    await value.deployment.open('s1')
    const first = value.deployment.activeSlice!
    const from = Date.parse(first.takenAt)
    for (let i = 1; i <= 5000; i++) {
      const next = { ...first, revision: first.revision + i, takenAt: new Date(from + i * 1000).toISOString() }
      host.emit('deployment/changed', { session: 's1', slices: [next], removed: [] })
      await nextTick()
    }
    const columns = value.timeline.seriesOf('10.0.0.6:6379')
    expect(columns?.at.at(-1)).toBe(from + 5_000_000)
    expect(columns!.at.at(-1)! - columns!.at[0]!).toBeGreaterThanOrEqual(3_600_000)
    expect(columns?.length).toBe(4096)
  })

  test('a page that opens late shows the past, then adds what it is told; another group starts afresh', async () => {
    const host = createFakeHost([wellSlice('orders'), wellSlice('sessions', '10.0.1')])
    const { value } = withStores(host, () => ({ deployment: useDeploymentStore(), timeline: useTimelineStore() }))
    const { deployment, timeline } = value
    await deployment.open('s1')
    await expect.poll(() => timeline.seriesOf('10.0.0.6:6379')?.length ?? 0).toBeGreaterThan(500)
    expect(timeline.eventsOf('orders').length).toBeGreaterThan(0)
    deployment.selectGroup('sessions')
    await nextTick()
    expect(timeline.seriesOf('10.0.0.6:6379')).toBeUndefined()
    await expect.poll(() => timeline.seriesOf('10.0.1.6:6379')?.length ?? 0).toBeGreaterThan(500)
  })

  test('an event told twice is kept once', async () => {
    const host = createFakeHost([wellSlice()])
    const { value } = withStores(host, () => ({ deployment: useDeploymentStore(), timeline: useTimelineStore() }))
    await value.deployment.open('s1')
    const event = eventOf(0, { at: new Date().toISOString(), what: '+sdown' })
    host.emit('deployment/event', { session: 's1', events: [event, event] })
    host.emit('deployment/event', { session: 's1', events: [event] })
    expect(value.timeline.eventsOf('orders').filter((one) => one.what === '+sdown' && one.node === null)).toHaveLength(
      1,
    )
  })
})
