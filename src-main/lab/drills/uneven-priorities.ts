import type { Drill } from './drill.ts'

/** Two replicas of which the first is preferred whatever it lacks; the remedy prefers none. */
export const UNEVEN_PRIORITIES = {
  lab: { replicas: 2, chained: 0, setNode: { 'replica-1': { 'replica-priority': '10' } } },
  remedyLab: { setNode: { 'replica-1': { 'replica-priority': '100' } } },
  findings: ['priority-beats-freshness', 'recent-failover'],
  findingsWithRemedy: ['recent-failover'],
} as const satisfies Partial<Drill>

export const EVEN_PRIORITIES = ['CONFIG SET replica-priority 100', 'CONFIG REWRITE']
