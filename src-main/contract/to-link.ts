import type { LinkSnapshot, ResyncVerdict } from '../domain/topology/model.ts'
import type { InspectLink, InspectResyncVerdict } from './inspect.ts'
import { toInteger, toNumber, toRange } from './plain.ts'

/** One replication connection as JSON. `ackAgeSeconds` is null unless the link is online. */
export function toInspectLink(link: LinkSnapshot): InspectLink {
  const marginBytes = toNumber(link.coverage?.bytes)
  return {
    replica: link.replica,
    master: link.master ?? null,
    upstream: link.upstream ?? null,
    state: link.state,
    byteLag: toRange(link.byteLag),
    byteLagReason: link.byteLagReason ?? null,
    ackOffset: toInteger(link.ackOffset),
    ackAgeSeconds: link.state === 'online' ? toInteger(link.ackAgeSeconds) : null,
    depth: link.depth,
    inFlightBytes: toNumber(link.inFlightBytes),
    unappliedBytes: toNumber(link.unappliedBytes),
    outputBufferBytes: toNumber(link.outputBufferBytes),
    coverage:
      link.coverage === undefined || marginBytes === null
        ? null
        : { bytes: marginBytes, seconds: toNumber(link.coverage.seconds), unbounded: link.coverage.isUnbounded },
    upstreamByteLag: toRange(link.upstreamByteLag),
    resyncIfDropped: toResyncVerdict(link.resyncIfDropped),
    staleSeconds: toNumber(link.staleSeconds),
    sync: link.sync
      ? {
          stage: link.sync.stage,
          readBytes: toNumber(link.sync.readBytes),
          totalBytes: toNumber(link.sync.totalBytes),
          bytesPerSecond: toNumber(link.sync.bytesPerSecond),
          etaSeconds: toNumber(link.sync.etaSeconds),
          doneRatio: toNumber(link.sync.doneRatio),
        }
      : null,
    natMapped: link.isNatMapped,
    tls: link.isTls ?? null,
  }
}

/** The resync forecast of one link or case as JSON. */
export function toResyncVerdict(verdict: ResyncVerdict): InspectResyncVerdict {
  return {
    verdict: verdict.verdict,
    reason: verdict.reason,
    decidedBy: verdict.decidedBy,
    sendBytes: toNumber(verdict.sendBytes),
    atRiskBytes: toNumber(verdict.atRiskBytes),
  }
}
