import type { NodeId } from '../address.ts'
import { exposureOf } from '../failover/exposure.ts'
import { forecastFailover } from '../failover/forecast.ts'
import { forecastResync } from '../resync/forecast.ts'
import type { ResyncVerdict } from '../topology/model.ts'
import { type DrillExpectation, expectCrash, expectResync, NOTHING_SAID, type Picture } from './forecasts.ts'

const NOTHING_LOST = { low: 0, high: 0 } as const

/**
 * What is said of the master's process ending and coming back in its place before a Sentinel calls it down: what all of
 * its direct replicas get. Of a clean end it is said that nothing is lost; after a crash the loss is told in changes, not
 * in bytes (see `changesUndone`).
 */
export function expectMasterRestart({ snapshot }: Picture, how: 'clean' | 'crash'): DrillExpectation {
  const verdict = caseOf(snapshot.master, { snapshot }, `restart-${how}`)?.verdict
  const direct = snapshot.links.filter((link) => link.upstream === snapshot.master).map((link) => link.replica)
  return {
    ...NOTHING_SAID,
    lossBytes: how === 'clean' && verdict === 'partial' ? NOTHING_LOST : null,
    resync: verdict === undefined ? [] : direct.map((replica) => ({ replica, verdict })),
  }
}

/** Changes that a crash of the master's process would undo by its last RDB; undefined where nothing is said. */
export function changesUndone({ snapshot, past }: Picture): number | undefined {
  const { powerLoss } = exposureOf(snapshot, forecastFailover(snapshot, {}, past.events), past)
  return powerLoss.find((one) => one.node === snapshot.master)?.lossChanges
}

/** Whether it is said that the master comes back empty from a restart and its replicas are emptied after it. */
export function saysItComesBackEmpty({ snapshot, past }: Picture): boolean {
  return exposureOf(snapshot, forecastFailover(snapshot, {}, past.events), past).masterRestartsEmpty.wipes === true
}

/**
 * What is said of a replica whose link comes back: how it resyncs, and what only it holds and then loses. `quietBytes` of
 * that may be the Sentinels' own.
 */
export function expectReconnect(picture: Picture, replica: NodeId, quietBytes: number): DrillExpectation {
  const atRisk = caseOf(replica, picture, 'reconnect')?.atRiskBytes
  return {
    ...NOTHING_SAID,
    lossBytes: atRisk === undefined ? null : { low: Math.max(0, atRisk - quietBytes), high: atRisk },
    resync: expectResync(picture, 'reconnect', [replica]),
  }
}

/** A Sentinel demotes the old master when it has seen the wrong role for 8 s, at its next INFO, which comes every 10 s. */
const DEMOTION_MS = { low: 8000, high: 20_000 }

/**
 * What is said of a master that lives and refuses everything, PING included: the Sentinels replace it as if it had died,
 * but a client that waits out refusals stays with it until it is demoted. Then it follows the winner.
 */
export function expectRefusingMaster(picture: Picture): DrillExpectation {
  const crash = expectCrash(picture)
  const { master } = picture.snapshot
  return {
    ...crash,
    outageMs:
      crash.outageMs === null
        ? null
        : { low: crash.outageMs.low + DEMOTION_MS.low, high: crash.outageMs.high + DEMOTION_MS.high },
    // The others hear its hellos until they are turned to the winner, and may then be ahead of it or not. It hears them for
    // the 8 s and more that it is left alone: by then it is ahead of the winner's history, however level it was.
    resync: [
      ...crash.resync.map(({ replica }) => ({ replica, verdict: 'unknown' as const })),
      ...(master === undefined ? [] : [{ replica: master, verdict: 'full' as const }]),
    ],
  }
}

function caseOf(
  node: NodeId | undefined,
  { snapshot }: Pick<Picture, 'snapshot'>,
  plan: 'restart-clean' | 'restart-crash' | 'reconnect',
): ResyncVerdict | undefined {
  const forecasts = forecastResync(snapshot, { winners: [] })
  return forecasts.find((one) => one.node === node)?.cases.find((one) => one.plan === plan)
}
