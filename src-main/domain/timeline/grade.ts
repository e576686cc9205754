import type { Severity } from '../findings/model.ts'
import type { TimelineNote } from './model.ts'

/** Sentinel's events that stop the service, or say that a failover did not come off. */
const GRAVE = /^(\+odown|\+tilt|-failover-abort-.*)$/
/** Those that say that a process does not answer, or that a failover begins, ends or takes a node back. */
const TROUBLE =
  /^(\+sdown|\+try-failover|\+switch-master|\+failover-end.*|\+convert-to-slave|\+fix-slave-config|\+reset-master|-dup-sentinel)$/

/** How grave an event is by its kind and words, where who tells of it does not say. */
export function gradeOf({ kind, what, node }: Pick<TimelineNote, 'kind' | 'what' | 'node'>): Severity {
  switch (kind) {
    case 'sentinel':
      return GRAVE.test(what) ? 'critical' : TROUBLE.test(what) ? 'warning' : 'info'
    case 'reachability':
      return /-> (unreachable|hung|auth-required|not-permitted)$/.test(what) ? 'warning' : 'info'
    case 'link':
      return /-> (down|full-sync)$/.test(what) ? 'warning' : 'info'
    case 'role':
      return /-> master$/.test(what) || node === undefined || /:\d+ -> |unknown$/.test(what) ? 'warning' : 'info'
    case 'member':
      return what === 'removed' ? 'warning' : 'info'
    case 'run-id':
    case 'watch':
      return 'warning'
    case 'replid':
    case 'finding':
    case 'action':
    case 'fault':
      return 'info'
  }
}
