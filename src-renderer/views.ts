import type { Component } from 'vue'
import type { IconName } from './ui/icons.ts'

/** One view of a deployment. The rail, the routes, the palette and the keys are all made from this list. */
export interface ViewEntry {
  /** Last part of the path: `#/d/SESSION/ID`. */
  readonly id: string
  readonly label: string
  readonly icon: IconName
  /** Pressed after `g`. */
  readonly key: string
  /** What the view is handed, besides the slice of the group in view and the selected id. */
  readonly needs: readonly ('now' | 'series' | 'events')[]
  /** Needs no deployment: it is shown without one too, at `#/ID`. */
  readonly standsAlone?: true
  readonly load: () => Promise<{ readonly default: Component }>
}

/** The route of a view that stands alone, where no deployment is open. */
export function aloneName(view: string): string {
  return `${view}-alone`
}

/** Where a view is found now; null for one that needs a deployment when none is open. */
export function placeOf(
  view: ViewEntry,
  session: string | null,
): { readonly name: string; readonly params?: { readonly session: string } } | null {
  if (session !== null) return { name: view.id, params: { session } }
  return view.standsAlone ? { name: aloneName(view.id) } : null
}

export const VIEWS: readonly ViewEntry[] = [
  {
    id: 'topology',
    label: 'Topology',
    icon: 'topology',
    key: 't',
    needs: [],
    load: () => import('./features/topology/TopologyView.vue'),
  },
  {
    id: 'replicas',
    label: 'Replicas',
    icon: 'rows',
    key: 'r',
    needs: ['now'],
    load: () => import('./features/replicas/ReplicasView.vue'),
  },
  {
    id: 'lag',
    label: 'Lag and write rate',
    icon: 'chart',
    key: 'l',
    needs: ['now', 'series', 'events'],
    load: () => import('./features/lag/LagView.vue'),
  },
  {
    id: 'timeline',
    label: 'Event timeline',
    icon: 'timeline',
    key: 'e',
    needs: ['now', 'series', 'events'],
    load: () => import('./features/timeline/TimelineView.vue'),
  },
  {
    id: 'backlog',
    label: 'Backlog',
    icon: 'backlog',
    key: 'b',
    needs: [],
    load: () => import('./features/backlog/BacklogView.vue'),
  },
  {
    id: 'persistence',
    label: 'Persistence',
    icon: 'disk',
    key: 'p',
    needs: ['now'],
    load: () => import('./features/persistence/PersistenceView.vue'),
  },
  {
    id: 'sentinels',
    label: 'Sentinels',
    icon: 'eye',
    key: 's',
    needs: ['now'],
    load: () => import('./features/sentinels/SentinelsView.vue'),
  },
  {
    id: 'findings',
    label: 'Findings',
    icon: 'finding',
    key: 'f',
    needs: ['now'],
    load: () => import('./features/findings/FindingsView.vue'),
  },
  {
    id: 'forecast',
    label: 'Failover forecast',
    icon: 'forecast',
    key: 'o',
    needs: [],
    load: () => import('./features/forecast/ForecastView.vue'),
  },
  {
    id: 'advice',
    label: 'Advice on consistency and sizes',
    icon: 'advice',
    key: 'a',
    needs: [],
    load: () => import('./features/advice/AdviceView.vue'),
  },
  {
    id: 'access',
    label: 'Access rights',
    icon: 'lock',
    key: 'x',
    needs: [],
    load: () => import('./features/access/AccessView.vue'),
  },
  {
    id: 'journal',
    label: 'Journal of actions',
    icon: 'journal',
    key: 'j',
    needs: [],
    standsAlone: true,
    load: () => import('./features/journal/JournalView.vue'),
  },
]
