import type { Rule } from './rule.ts'
import { addressKindMixed } from './rules/sentinel/address-kind-mixed.ts'
import { allPriorityZero } from './rules/sentinel/all-priority-zero.ts'
import { authAsymmetric } from './rules/sentinel/auth-asymmetric.ts'
import { authMissingForFailover } from './rules/sentinel/auth-missing-for-failover.ts'
import { downAfterOdd } from './rules/sentinel/down-after-odd.ts'
import { emptyReplicaElectable } from './rules/sentinel/empty-replica-electable.ts'
import { evenSentinels } from './rules/sentinel/even-sentinels.ts'
import { failoverImpossible } from './rules/sentinel/failover-impossible.ts'
import { failoverInProgress } from './rules/sentinel/failover-in-progress.ts'
import { foreignHistoryCandidate } from './rules/sentinel/foreign-history-candidate.ts'
import { ghostEntries } from './rules/sentinel/ghost-entries.ts'
import { hiddenButElectable } from './rules/sentinel/hidden-but-electable.ts'
import { parallelSyncsHigh } from './rules/sentinel/parallel-syncs-high.ts'
import { priorityBeatsFreshness } from './rules/sentinel/priority-beats-freshness.ts'
import { quorumNotMajority } from './rules/sentinel/quorum-not-majority.ts'
import { quorumUnreachable } from './rules/sentinel/quorum-unreachable.ts'
import { recentFailover } from './rules/sentinel/recent-failover.ts'
import { sentinelBlindToMaster } from './rules/sentinel/sentinel-blind-to-master.ts'
import { sentinelsColocated } from './rules/sentinel/sentinels-colocated.ts'
import { sentinelsDisagree } from './rules/sentinel/sentinels-disagree.ts'
import { tilt } from './rules/sentinel/tilt.ts'
import { tooFewSentinels } from './rules/sentinel/too-few-sentinels.ts'
import { unreachableAnnouncedAddress } from './rules/sentinel/unreachable-announced-address.ts'

/** Rules about Sentinel and its elections, in the catalogue's order. */
export const SENTINEL_RULES: readonly Rule[] = [
  failoverImpossible,
  quorumUnreachable,
  sentinelsDisagree,
  ghostEntries,
  tooFewSentinels,
  evenSentinels,
  quorumNotMajority,
  sentinelsColocated,
  priorityBeatsFreshness,
  allPriorityZero,
  emptyReplicaElectable,
  foreignHistoryCandidate,
  hiddenButElectable,
  sentinelBlindToMaster,
  tilt,
  downAfterOdd,
  parallelSyncsHigh,
  unreachableAnnouncedAddress,
  authAsymmetric,
  authMissingForFailover,
  failoverInProgress,
  recentFailover,
  addressKindMixed,
]
