import type { AdviceReport, NodeSizing } from '../../../src-main/contract/advice.ts'
import { backlogSize, outputBufferSize, RULES_OF_THUMB } from '../../../src-main/domain/lag/backlog-size.ts'
import { cli } from '../../../src-main/domain/findings/rule.ts'
import { formatBytes, formatDuration, formatInteger, plural } from '../../ui/format.ts'
import type { StatusTone } from '../../ui/status.ts'

export const MODE_WORDS = {
  asynchronous: 'Asynchronous',
  'semi-synchronous': 'Semi-synchronous',
} as const

export const PATTERN_WORDS: Readonly<Record<AdviceReport['consistency']['patterns'][number]['pattern'], string>> = {
  'read-from-master': 'Read from the master',
  'wait-then-read': 'WAIT, then read',
  'accept-staleness': 'Accept staleness',
}

type Simulation = NonNullable<AdviceReport['simulation']>

/** What the guard would do now, in one sentence. */
export function guardAnswer(simulation: Simulation): { readonly tone: StatusTone; readonly text: string } {
  const { required, goodReplicas } = simulation
  if (!simulation.enabled) return { tone: 'warn', text: 'No guard: writes go on whatever the replicas do.' }
  if (!simulation.attainable)
    return {
      tone: 'crit',
      text: `Never attainable: ${plural(simulation.ifStalled.length, 'direct replica')} for ${required} required.`,
    }
  if (simulation.acceptedNow === null || goodReplicas === null)
    return { tone: 'stale', text: 'Whether writes would be accepted now is not known.' }
  if (!simulation.acceptedNow)
    return { tone: 'crit', text: `Writes would be refused now: ${goodReplicas} of ${required} good replicas.` }
  if (goodReplicas === required)
    return { tone: 'warn', text: `Writes would go on, with nothing to spare: one slow replica stops them all.` }
  return { tone: 'ok', text: `Writes would go on: ${goodReplicas} good replicas, ${required} required.` }
}

/** What one replica's stall would do. */
export function stallWords(one: Simulation['ifStalled'][number]): string {
  if (!one.good) return 'does not count now'
  if (!one.stopsWrites) return 'writes would go on'
  return one.afterSeconds === null
    ? 'would stop writes'
    : `would stop writes within ${formatDuration(one.afterSeconds)}`
}

/** The backlog that a stream needs, with the formula spelled out. */
export function backlogAdvice(peakBytesPerSecond: number, tolerableSeconds: number) {
  const advice = backlogSize(peakBytesPerSecond, tolerableSeconds)
  const formula = `${formatBytes(peakBytesPerSecond)}/s × ${formatDuration(tolerableSeconds)} × 1.5 to 2 = ${formatBytes(advice.lowBytes)} to ${formatBytes(advice.highBytes)}, rounded up`
  const rules = RULES_OF_THUMB.map((rule) => ({
    writes: rule.writes,
    disconnect: rule.disconnectSeconds === undefined ? '' : formatDuration(rule.disconnectSeconds),
    size: rule.bytes === undefined ? 'shard' : formatBytes(rule.bytes),
    isHere: rule.writes === advice.ruleOfThumb.writes,
  }))
  return { bytes: advice.recommendedBytes, formula, rules }
}

/** The replica class of the output-buffer limits that a full resync needs. */
export function outputBufferAdvice(peakBytesPerSecond: number, fullSyncSeconds: number, backlogBytes: number | null) {
  const advice = outputBufferSize({ peakBytesPerSecond, fullSyncSeconds, backlogBytes: backlogBytes ?? undefined })
  const formula = `${formatBytes(peakBytesPerSecond)}/s × ${formatDuration(fullSyncSeconds)} × 1.5 = ${formatBytes(peakBytesPerSecond * fullSyncSeconds * 1.5)}; never below the backlog${backlogBytes === null ? '' : ` (${formatBytes(backlogBytes)})`} and the default (256 MB hard, 64 MB soft for 60 s)`
  return { ...advice, formula }
}

/** One `CONFIG SET` a node: replicas inherit the master's role, so they need the same. */
export function setCommands(nodes: readonly NodeSizing[], name: string, value: string): readonly string[] {
  const quoted = value.includes(' ') ? `"${value}"` : value
  return nodes.map((node) => cli(node.node, `CONFIG SET ${name} ${quoted}`))
}

/** How long the present backlog bears a disconnect at this rate. */
export function bearsWords(backlogBytes: number | null, peakBytesPerSecond: number): string {
  if (backlogBytes === null) return 'the present size is not known'
  if (peakBytesPerSecond === 0) return `${formatBytes(backlogBytes)} now`
  return `${formatBytes(backlogBytes)} now: bears ${formatDuration(backlogBytes / peakBytesPerSecond)} at this rate`
}

/** A limit as configured; 0 is none. */
export function limitWords(limit: NodeSizing['outputBuffer']): string {
  if (limit === null) return 'not known: CONFIG GET is not permitted or was not asked'
  const bytes = (value: number): string => (value === 0 ? 'no limit' : formatBytes(value))
  return `hard ${bytes(limit.hardBytes)}, soft ${bytes(limit.softBytes)} for ${formatInteger(limit.softSeconds)} s`
}
