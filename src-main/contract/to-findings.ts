import type { ExposureHeadline } from '../domain/failover/headline.ts'
import type { Exposure, Finding, NotJudged } from '../domain/findings/model.ts'
import type { InspectExposure, InspectFinding, InspectHeadline, InspectNotJudged } from './inspect.ts'
import { toKnownTime, toNumber, toRange, toTime } from './plain.ts'

/** One finding as JSON. */
export function toInspectFinding(finding: Finding): InspectFinding {
  return {
    code: finding.code,
    severity: finding.severity,
    subject: { kind: finding.subject.kind, id: finding.subject.id },
    title: finding.title,
    evidence: finding.evidence.map((evidence) => ({
      node: evidence.node,
      field: evidence.field,
      value: typeof evidence.value === 'number' ? toNumber(evidence.value) : (evidence.value ?? null),
      at: toTime(evidence.at),
    })),
    why: finding.why,
    remedy: [...finding.remedy],
    since: toKnownTime(finding.since),
    held: finding.held,
    easedAt: toTime(finding.easedAt),
  }
}

/** A rule that could not decide, as JSON. */
export function toInspectNotJudged(notJudged: NotJudged): InspectNotJudged {
  return {
    code: notJudged.code,
    subject: { kind: notJudged.subject.kind, id: notJudged.subject.id },
    reason: notJudged.reason,
  }
}

/** What would be lost now, as JSON; a duration that may be unbounded has its own flag, null means unknown only. */
export function toInspectExposure(exposure: Exposure): InspectExposure {
  const { masterCrash, partition, masterRestartsEmpty, powerLoss } = exposure
  return {
    masterCrash: {
      lossBytes: toRange(masterCrash.lossBytes),
      lossSeconds: toNumber(masterCrash.lossSeconds),
      promotes: masterCrash.promotes ?? null,
      reason: masterCrash.reason,
    },
    partition: {
      acceptedForSeconds: toNumber(partition.acceptedForSeconds),
      acceptedForSecondsUnbounded: partition.isUnbounded,
      boundedBy: partition.boundedBy ?? null,
      reason: partition.reason,
    },
    masterRestartsEmpty: { wipes: masterRestartsEmpty.wipes ?? null, reason: masterRestartsEmpty.reason },
    powerLoss: powerLoss.map((loss) => ({
      node: loss.node,
      lossSeconds: toNumber(loss.lossSeconds),
      lossSecondsUnbounded: loss.isUnbounded,
      lossChanges: toNumber(loss.lossChanges),
      reason: loss.reason,
    })),
  }
}

/** The first line as JSON. */
export function toInspectHeadline(headline: ExposureHeadline): InspectHeadline {
  return {
    tone: headline.tone,
    sentence: headline.sentence,
    parts: {
      master: headline.master ?? null,
      takesOver: [...headline.takesOver],
      lossBytes: toNumber(headline.lossBytes),
      lossSeconds: toNumber(headline.lossSeconds),
      fullResyncs: headline.fullResyncs,
      unknownResyncs: headline.unknownResyncs,
      remaining: headline.remaining,
    },
  }
}
