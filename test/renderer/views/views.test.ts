import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import BacklogBar from '../../../src-renderer/features/backlog/BacklogBar.vue'
import BacklogView from '../../../src-renderer/features/backlog/BacklogView.vue'
import LagStrip from '../../../src-renderer/features/lag/LagStrip.vue'
import LagView from '../../../src-renderer/features/lag/LagView.vue'
import PersistenceView from '../../../src-renderer/features/persistence/PersistenceView.vue'
import ReplicasView from '../../../src-renderer/features/replicas/ReplicasView.vue'
import SentinelsView from '../../../src-renderer/features/sentinels/SentinelsView.vue'
import SyncProgress from '../../../src-renderer/features/sync/SyncProgress.vue'
import { createSeriesRing } from '../../../src-renderer/stores/series-ring.ts'
import { mountView, type MountedView } from '../support/views-mount.ts'
import {
  eventsOf,
  linkOf,
  loneSlice,
  MASTER,
  NOW,
  pastOf,
  troubledSlice,
  unknownSlice,
  wideSlice,
} from '../support/views-samples.ts'
import { eventually } from '../../support/eventually.ts'

let view: MountedView | undefined
const copied: string[] = []
beforeEach(() => {
  localStorage.clear()
  copied.length = 0
  vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(async (text) => void copied.push(text))
})
afterEach(() => {
  view?.end()
  view = undefined
  vi.restoreAllMocks()
})

function seriesOf(slice: ReturnType<typeof troubledSlice>) {
  const rings = new Map(
    [...pastOf(slice, 5000)].map(([id, points]) => {
      const ring = createSeriesRing(1024, 12_500)
      ring.backfill(points)
      return [id, ring] as const
    }),
  )
  return (id: string) => rings.get(id)?.columns()
}
const rowIds = () => view!.all('tbody th').map((cell) => cell.textContent?.replace(/[^\d.:]/g, ''))
const press = (target: Element, key: string, more: KeyboardEventInit = {}) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
const button = (name: string) => view!.all('button').find((one) => one.textContent?.trim().startsWith(name))!

describe('the replicas table', () => {
  const open = (slice = troubledSlice(), onSelect = vi.fn()) => {
    view = mountView(ReplicasView, { slice, now: NOW, onSelect })
    return onSelect
  }

  test('has a row a replica, named by host:port, and says its sort order', () => {
    open()
    expect(rowIds()).toEqual(['10.0.0.6:6379', '10.0.0.7:6379', '10.0.0.8:6379', '10.0.0.9:6379', '10.0.0.10:6379'])
    expect(view!.one('[role=grid]').getAttribute('aria-label')).toBe('Replicas of orders')
    expect(view!.all('[aria-sort=none]').length).toBe(view!.all('thead th').length)
  })

  test('sorted by lag, unknown lags stay last both ways up', async () => {
    open()
    const lag = view!.all('.sort').find((one) => one.textContent?.startsWith('Byte lag'))!
    lag.click()
    await nextTick()
    expect(rowIds()).toEqual(['10.0.0.6:6379', '10.0.0.9:6379', '10.0.0.7:6379', '10.0.0.8:6379', '10.0.0.10:6379'])
    lag.click()
    await nextTick()
    expect(rowIds()).toEqual(['10.0.0.7:6379', '10.0.0.9:6379', '10.0.0.6:6379', '10.0.0.8:6379', '10.0.0.10:6379'])
  })

  test('a refresh keeps the very same row elements', async () => {
    open()
    const before = view!.all('tbody tr.row')
    const slice = troubledSlice()
    view!.props['slice'] = { ...slice, links: [...slice.links].reverse(), revision: 8 }
    await nextTick()
    expect(view!.all('tbody tr.row')).toEqual(before)
    before.forEach((row, i) => expect(view!.all('tbody tr.row')[i]).toBe(row))
  })

  test('rows do not move under the pointer; when it leaves they do', async () => {
    open()
    view!
      .all('.sort')
      .find((one) => one.textContent?.startsWith('Byte lag'))!
      .click()
    await nextTick()
    view!.one('tbody').dispatchEvent(new Event('pointerenter'))
    const slice = troubledSlice()
    const grown = slice.links.map((link) =>
      link.replica === '10.0.0.6:6379' ? linkOf(link.replica, { byteLag: { low: 9e6, high: 9e6 } }) : link,
    )
    view!.props['slice'] = { ...slice, links: grown }
    await nextTick()
    expect(rowIds()[0]).toBe('10.0.0.6:6379')
    expect(view!.one('.held').classList.contains('on')).toBe(true)
    view!.one('tbody').dispatchEvent(new Event('pointerleave'))
    await nextTick()
    expect(rowIds()[0]).toBe('10.0.0.9:6379')
  })

  test('one cell is in the tab order, arrows move it, Enter selects, Ctrl C copies its raw value', async () => {
    const onSelect = open()
    expect(view!.all('tbody [tabindex="0"]')).toHaveLength(1)
    press(view!.one('tbody [tabindex="0"]'), 'ArrowDown')
    await nextTick()
    await nextTick()
    press(document.activeElement!, 'End')
    await nextTick()
    await nextTick()
    expect(view!.all('tbody [tabindex="0"]')).toHaveLength(1)
    expect((document.activeElement as HTMLElement).dataset).toMatchObject({ row: '1', id: 'seen' })
    press(document.activeElement!, 'Enter')
    expect(onSelect).toHaveBeenCalledWith({ kind: 'link', id: '10.0.0.7:6379' })
    press(view!.one('[data-row="1"][data-id="lag"]'), 'c', { ctrlKey: true })
    await eventually(() => expect(copied).toEqual(['312910']))
  })

  test('the filter narrows what is shown and what is copied', async () => {
    open()
    const field = view!.one('input[type=search]') as HTMLInputElement
    field.value = 'chained'
    field.dispatchEvent(new Event('input'))
    await nextTick()
    expect(rowIds()).toEqual(['10.0.0.9:6379'])
    button('Copy TSV').click()
    await eventually(() => expect(copied[0]?.trim().split('\n')).toHaveLength(2))
    field.value = 'nothing like it'
    field.dispatchEvent(new Event('input'))
    await nextTick()
    expect(view!.text()).toContain('Nothing matches')
  })

  test('a column that is taken away stays away after a reload', async () => {
    open()
    const box = view!
      .all('label')
      .find((one) => one.textContent?.trim() === 'Keys')!
      .querySelector('input')!
    box.checked = false
    box.dispatchEvent(new Event('change'))
    await nextTick()
    expect(view!.text()).not.toContain('1.24 M')
    view!.end()
    open()
    expect(view!.all('thead th').map((cell) => cell.textContent?.trim())).not.toContain('Keys')
  })

  test('two thousand replicas do not make two thousand rows', () => {
    open(wideSlice(2000))
    expect(view!.one('[role=grid]').getAttribute('aria-rowcount')).toBe('2001')
    expect(view!.all('tbody tr').length).toBeLessThan(100)
  })

  test('without a replica it says what that means and what to do', () => {
    open(loneSlice())
    expect(view!.text()).toContain('No replica is known')
    expect(view!.text()).toContain('REPLICAOF 10.0.0.5 6379')
  })

  test('script in a name stays text', () => {
    const slice = troubledSlice()
    open({ ...slice, links: [linkOf('<img src=x onerror=alert(1)>:6379')] })
    expect(view!.all('img')).toHaveLength(0)
    expect(view!.text()).toContain('<img src=x')
  })
})

describe('lag', () => {
  test('every chart has a table that says the same', () => {
    const slice = troubledSlice()
    view = mountView(LagView, { slice, now: NOW, seriesOf: seriesOf(slice), events: eventsOf() })
    expect(view.all('caption').map((one) => one.textContent?.trim().split(',')[0])).toEqual([
      'Byte lag',
      'Write rate of the master',
      'Margin in the backlog',
    ])
    expect(view.all('.legend .toggle').every((one) => one.getAttribute('aria-pressed') === 'true')).toBe(true)
  })

  test('a line can be put away and all of them brought back', async () => {
    const slice = troubledSlice()
    view = mountView(LagView, { slice, now: NOW, seriesOf: seriesOf(slice), events: [] })
    view.one('.legend .toggle').click()
    await nextTick()
    expect(view.all('[aria-pressed=false].toggle')).toHaveLength(2)
    button('Show all').click()
    await nextTick()
    expect(view.all('[aria-pressed=false].toggle')).toHaveLength(0)
  })

  test('a name in the legend opens its link', () => {
    const slice = troubledSlice()
    const onSelect = vi.fn()
    view = mountView(LagView, { slice, now: NOW, seriesOf: seriesOf(slice), events: [], onSelect })
    view.one('.legend .entry').click()
    expect(onSelect).toHaveBeenCalledWith({ kind: 'link', id: '10.0.0.6:6379' })
  })

  test('nothing sampled yet is said', () => {
    view = mountView(LagView, { slice: troubledSlice(), now: NOW, seriesOf: () => undefined, events: [] })
    expect(view.text()).toContain('No sample yet')
  })

  test('the strip names its lines and their present lag', () => {
    const slice = troubledSlice()
    view = mountView(LagStrip, { slice, now: NOW, seriesOf: seriesOf(slice), events: eventsOf() })
    expect(view.text()).toContain('.7')
    expect(view.all('header .name')).toHaveLength(5)
  })
})

describe('the other views', () => {
  test('each backlog is a picture with a name and a table', () => {
    const onSelect = vi.fn()
    view = mountView(BacklogView, { slice: troubledSlice(), onSelect })
    expect(view.all('svg[role=img]')).toHaveLength(4)
    expect(view.one('svg[role=img]').getAttribute('aria-label')).toContain(`Backlog of ${MASTER}, holds 64 MB of 64 MB`)
    button('10.0.0.8:6379').click()
    expect(onSelect).toHaveBeenCalledWith({ kind: 'link', id: '10.0.0.8:6379' })
  })

  test('the small backlog says so where there is none', () => {
    view = mountView(BacklogBar, { slice: loneSlice(), node: MASTER })
    expect(view.text()).toContain('keeps no backlog')
  })

  test('persistence leads with what the master would lose', () => {
    view = mountView(PersistenceView, { slice: troubledSlice(), now: NOW })
    expect(view.text()).toContain(`If ${MASTER} lost power now: up to 4 m 10 s, 28,114 changes`)
    expect(view.text()).toContain('ACL SETUSER repliscope +config|get')
  })

  test('Sentinels that differ are counted, silent ones keep their age', () => {
    view = mountView(SentinelsView, { slice: troubledSlice(), now: NOW })
    expect(view.text()).toContain('2 reachable Sentinels, one master; 5 rows differ')
    expect(view.text()).toContain('silent, said 72 s ago')
    expect(view.text()).toContain('lacks 10.0.0.8:6379')
  })

  test('different masters are said first', () => {
    const slice = troubledSlice()
    const views = slice.group.sentinelViews.map((one, i) => (i === 1 ? { ...one, master: '10.0.0.7:6379' } : one))
    view = mountView(SentinelsView, {
      slice: { ...slice, group: { ...slice.group, agreed: false, sentinelViews: views } },
      now: NOW,
    })
    expect(view.text()).toContain('They name different masters: 10.0.0.5:6379, 10.0.0.7:6379')
  })

  test('a sync shows its stage, its progress as a bar, and how the buffer grows', async () => {
    const slice = troubledSlice()
    const link = slice.links.find((one) => one.sync)!
    view = mountView(SyncProgress, { link, takenAt: slice.takenAt })
    expect(view.one('[role=progressbar]').getAttribute('aria-valuenow')).toBe('41')
    expect(view.one('[aria-current=step]').textContent).toContain('transfer')
    view.props['link'] = { ...link, outputBufferBytes: link.outputBufferBytes! + 4096 }
    view.props['takenAt'] = new Date(Date.parse(slice.takenAt) + 2000).toISOString()
    await nextTick()
    expect(view.text()).toContain('2 KB/s')
  })

  test.each([
    ['replicas', ReplicasView, 'No replica is known'],
    ['backlog', BacklogView, 'No master is known'],
    ['persistence', PersistenceView, 'No server is known'],
  ])('%s with only Sentinels answering says what is missing', (_name, component, words) => {
    view = mountView(component, { slice: unknownSlice(), now: NOW })
    expect(view.text()).toContain(words)
  })

  test('no Sentinel at all is a state of its own', () => {
    view = mountView(SentinelsView, { slice: loneSlice(), now: NOW })
    expect(view.text()).toContain('No Sentinel monitors this group')
  })
})
