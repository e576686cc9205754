import type { Deployment, DeploymentOptions } from '../../../src-main/app/open-deployment.ts'
import { toInspectReport } from '../../../src-main/contract/to-inspect.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { EMPTY_TIMELINE } from '../../../src-main/domain/timeline/model.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import type { GroupState } from '../../../src-main/monitor/session.ts'
import { FIXTURE_AT } from '../../support/facts.ts'
import { NO_PAST } from '../../support/past.ts'

/** A group at its first picture, of which nothing was concluded but what is given. */
export function groupAt(snapshot: GroupSnapshot, concluded: Partial<GroupState> = {}): GroupState {
  const nothing = { findings: [], notJudged: [], electable: [], exposure: undefined }
  return { revision: 1, snapshot, past: NO_PAST, timeline: EMPTY_TIMELINE, ...nothing, ...concluded }
}

/** A live deployment of one group that never changes. */
export function fakeDeployment(group: GroupState, options: DeploymentOptions): Deployment {
  const nothing = () => Promise.resolve()
  return {
    session: {
      state: () => ({
        phase: 'live',
        failures: [],
        groups: new Map([[group.snapshot.name, group]]),
        load: [],
        isSlow: false,
      }),
      subscribe: () => () => undefined,
      refresh: nothing,
      focus: () => undefined,
      note: () => undefined,
      firstPicture: nothing,
      dispose: nothing,
    },
    environment: options.environment ?? 'production',
    thresholds: { ...DEFAULT_THRESHOLDS, ...options.thresholds, ...options.thresholdChanges },
    phase: () => 'live',
    failures: () => [],
    isInsecure: false,
    report: () => toInspectReport([group], FIXTURE_AT, 5),
    firstPicture: nothing,
    recentEvents: () => [],
    secondSample: nothing,
    subscribe: () => () => undefined,
    dispose: nothing,
  }
}
