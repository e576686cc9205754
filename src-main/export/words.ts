import { describeBytes, describeSeconds } from '../domain/units.ts'
import type { Evidence, Exposure } from '../domain/findings/model.ts'
import type { LinkSnapshot, NodeSnapshot } from '../domain/topology/model.ts'
import type { ExposureLine } from './audit-document.ts'

/**
 * Names and values come from servers. Control characters and marks that reorder text are replaced; what else must be
 * escaped depends on the format.
 */
export function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, ' ')
}

export function valueWords(evidence: Evidence): string {
  return evidence.value === undefined ? 'not known' : String(evidence.value)
}

/** `up`, or how it does not answer; never `down` on our word alone. */
export function reachWords(node: NodeSnapshot): string {
  const from =
    node.observedThrough === 'direct' || node.observedThrough === undefined ? '' : `, by ${node.observedThrough}`
  return `${node.reachability}${from}`
}

export function versionWords(node: NodeSnapshot): string {
  const { flavour, version } = node.info?.server ?? {}
  return version === undefined ? 'unknown version' : `${flavour === 'unknown' ? '' : flavour} ${version}`.trim()
}

/** `online, 20 B behind`; why there is no number where there is none. */
export function linkWords(link: LinkSnapshot): string {
  const { byteLag, byteLagReason, state } = link
  if (byteLag !== undefined)
    return `${state}, ${byteLag.high <= 0 ? 'level' : `${describeBytes(Math.max(0, byteLag.high))} behind at most`}`
  return byteLagReason === undefined ? state : `${state}, lag not known (${byteLagReason})`
}

/** What would be lost, one line a failure. */
export function exposureLines(exposure: Exposure): readonly ExposureLine[] {
  const { masterCrash, partition, masterRestartsEmpty, powerLoss } = exposure
  const { lossBytes, lossSeconds, promotes } = masterCrash
  const crash =
    lossBytes === undefined
      ? 'not known'
      : `${describeBytes(Math.max(0, lossBytes.low))} to ${describeBytes(Math.max(0, lossBytes.high))}${lossSeconds === undefined ? '' : ` (${describeSeconds(lossSeconds)} of writes)`}`
  const accepted = partition.acceptedForSeconds
  const cut = accepted === undefined ? (partition.isUnbounded ? 'no bound' : 'not known') : describeSeconds(accepted)
  const wipes = masterRestartsEmpty.wipes
  return [
    {
      failure: promotes === undefined ? 'Crash of the master' : `Crash of the master (${promotes} takes over)`,
      loses: crash,
      reason: masterCrash.reason,
    },
    { failure: 'Partition: writes accepted in vain for', loses: cut, reason: partition.reason },
    {
      failure: 'Restart of the master empties the group',
      loses: wipes === undefined ? 'not known' : wipes ? 'yes' : 'no',
      reason: masterRestartsEmpty.reason,
    },
    ...powerLoss.map((loss) => ({
      failure: `Power loss of ${loss.node}`,
      loses: powerWords(loss),
      reason: loss.reason,
    })),
  ]
}

function powerWords(loss: Exposure['powerLoss'][number]): string {
  const changes = loss.lossChanges === undefined ? [] : [`${loss.lossChanges} changes`]
  if (loss.isUnbounded) return ['no bound', ...changes].join(', ')
  const seconds = loss.lossSeconds === undefined ? [] : [describeSeconds(loss.lossSeconds)]
  return [...seconds, ...changes].join(', ') || 'not known'
}
