import '../../../src-renderer/ui/fonts.css'
import '../../../src-renderer/ui/tokens.css'
import '../../../src-renderer/ui/base.css'
import { createPinia } from 'pinia'
import { createApp, defineComponent, h, shallowRef } from 'vue'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import BacklogBar from '../../../src-renderer/features/backlog/BacklogBar.vue'
import BacklogView from '../../../src-renderer/features/backlog/BacklogView.vue'
import LagStrip from '../../../src-renderer/features/lag/LagStrip.vue'
import LagView from '../../../src-renderer/features/lag/LagView.vue'
import PersistenceView from '../../../src-renderer/features/persistence/PersistenceView.vue'
import ReplicasView from '../../../src-renderer/features/replicas/ReplicasView.vue'
import SentinelsView from '../../../src-renderer/features/sentinels/SentinelsView.vue'
import SyncProgress from '../../../src-renderer/features/sync/SyncProgress.vue'
import { clientKey } from '../../../src-renderer/stores/client.ts'
import { createFakeHost } from './fake-client.ts'
import { createSeriesRing } from '../../../src-renderer/stores/series-ring.ts'
import { eventsOf, loneSlice, NOW, pastOf, troubledSlice, unknownSlice, wideSlice } from './views-samples.ts'

/** A page to look at the data views with made-up slices: `?view=lag&slice=troubled&theme=light`. Not shipped. */
const query = new URLSearchParams(location.search)
const wide = Number(query.get('n') ?? 2000)
const slices: Record<string, () => GroupSlice> = {
  troubled: troubledSlice,
  lone: loneSlice,
  unknown: unknownSlice,
  wide: () => wideSlice(wide),
}
const slice = shallowRef((slices[query.get('slice') ?? 'troubled'] ?? troubledSlice)())
const windowMs = 900_000
const rings = new Map(
  [...pastOf(slice.value, 1000, windowMs)].map(([id, points]) => {
    const ring = createSeriesRing(1024, 12_500)
    ring.backfill(points)
    return [id, ring] as const
  }),
)
const seriesOf = (node: string) => rings.get(node)?.columns()
const selected = shallowRef<string | null>('10.0.0.7:6379')
const events = eventsOf()
const now = shallowRef(NOW)
Object.assign(window, { harness: { slice, now, selected } })

const common = () => ({
  slice: slice.value,
  now: now.value,
  selected: selected.value,
  onSelect: (what: { id: string }) => (selected.value = what.id),
})
const timed = () => ({ ...common(), seriesOf, events })
const side = () =>
  h('aside', { class: 'harness-side' }, [
    h(BacklogBar, { slice: slice.value, node: '10.0.0.7:6379' }),
    h(BacklogBar, { slice: slice.value, node: '10.0.0.10:6379' }),
    ...slice.value.links
      .filter((link) => link.sync)
      .map((link) => h(SyncProgress, { link, takenAt: slice.value.takenAt })),
  ])
const views: Record<string, () => unknown> = {
  replicas: () => h(ReplicasView, common()),
  lag: () => h(LagView, timed()),
  strip: () => h(LagStrip, timed()),
  backlog: () => h(BacklogView, common()),
  persistence: () => h(PersistenceView, common()),
  sentinels: () => h(SentinelsView, common()),
  side,
}
document.documentElement.dataset['theme'] = query.get('theme') ?? 'dark'
const Page = defineComponent({
  setup: () => () =>
    h('main', { style: { height: '100%' } }, [(views[query.get('view') ?? 'replicas'] ?? side)() as never]),
})
createApp(Page).provide(clientKey, createFakeHost([])).use(createPinia()).mount('#app')
