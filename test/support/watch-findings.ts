import { execFile } from 'node:child_process'
import type { NodeId } from '../../src-main/domain/address.ts'
import { RULES } from '../../src-main/domain/findings/catalogue.ts'
import { createJudge } from '../../src-main/domain/findings/create-judge.ts'
import type { Evidence, Finding, NotJudged, Severity } from '../../src-main/domain/findings/model.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../src-main/domain/findings/thresholds.ts'
import type { GroupSnapshot, PastSample } from '../../src-main/domain/topology/model.ts'
import type { Clock } from '../../src-main/monitor/ports.ts'
import type { Session } from '../../src-main/monitor/session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { waitFor } from './lab/wait-for.ts'
import { type LiveOptions, liveSession, onlyGroup } from './live-session.ts'

export interface WatchOptions extends Omit<LiveOptions, 'judge' | 'clock'> {
  /** Those that differ from the defaults: a rule that holds 30 s is shown with a shorter time, never slept out. */
  readonly thresholds?: Partial<Thresholds>
}

/** Which finding is meant. Without a severity any; only held ones count. */
export interface Wanted {
  readonly severity?: Severity
  readonly subject?: string
  readonly title?: RegExp
}

/** A live session on real servers, judged by the whole catalogue, and the conditions to wait for. */
export interface FindingsWatch {
  readonly session: Session
  readonly group: () => GroupSnapshot
  /** What the session remembers of a node. */
  readonly past: (node: NodeId) => readonly PastSample[]
  readonly findings: () => readonly Finding[]
  readonly notJudged: () => readonly NotJudged[]
  readonly find: (code: string, wanted?: Wanted) => Finding | undefined
  readonly appears: (code: string, wanted?: Wanted) => Promise<Finding>
  readonly clears: (code: string, wanted?: Wanted) => Promise<void>
  /** Lets the session's clock jump ahead: what is asked every 30 s is due at once. */
  readonly leap: (ms: number) => void
}

export async function watchFindings(options: WatchOptions): Promise<FindingsWatch> {
  const { thresholds, ...live } = options
  const { clock, leap } = leapingClock()
  const judge = createJudge(RULES, {
    thresholds: { ...DEFAULT_THRESHOLDS, ...thresholds },
    environment: 'production',
  })
  const session = await liveSession({ intervalMs: 200, ...live, judge, clock })
  const state = () => [...session.state().groups.values()][0]
  const findings = () => state()?.findings ?? []
  const find = (code: string, wanted: Wanted = {}) =>
    findings().find(
      (one) =>
        one.code === code &&
        one.held &&
        (wanted.severity === undefined || one.severity === wanted.severity) &&
        (wanted.subject === undefined || one.subject.id === wanted.subject) &&
        (wanted.title === undefined || wanted.title.test(one.title)),
    )
  const seen = () => findings().map(({ code, severity, held, title }) => ({ code, severity, held, title }))
  const within = async <T>(what: string, condition: () => T | Promise<T>) => {
    try {
      return await waitFor(condition, { what, deadlineMs: 45_000 })
    } catch (error) {
      throw new Error(`${String(error)}; findings: ${JSON.stringify(seen(), undefined, 1)}`)
    }
  }
  return {
    session,
    group: () => onlyGroup(session),
    past: (node) => state()?.past.samples.get(node) ?? [],
    findings,
    notJudged: () => state()?.notJudged ?? [],
    find,
    appears: async (code, wanted) => within(`${code} ${JSON.stringify(wanted ?? {})}`, () => find(code, wanted)),
    clears: async (code, wanted) => {
      await within(`the end of ${code}`, () => state() !== undefined && find(code, wanted) === undefined)
    },
    leap,
  }
}

/** The values that a finding shows for a field, of one node or of all. */
export function shown(finding: Finding, field: string, node?: NodeId): readonly Evidence['value'][] {
  return finding.evidence
    .filter((one) => one.field === field && (node === undefined || one.node === node))
    .map((one) => one.value)
}

/**
 * Types the finding's remedy in, as an operator would: every line that is a redis-cli command, word by word, in order.
 * Gives what was run. A reply that is an error fails.
 */
export async function followRemedy(
  finding: Finding,
  isWanted: (line: string) => boolean = () => true,
): Promise<readonly string[]> {
  const lines = finding.remedy.filter((line) => line.startsWith('redis-cli ') && isWanted(line))
  for (const line of lines) await shell(line.replace(/^redis-cli /, 'redis-cli -e '))
  return lines
}

function shell(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', line], { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`${line}: ${stdout.trim()} ${stderr.trim()}`))
    })
  })
}

function leapingClock(): { readonly clock: Clock; readonly leap: (ms: number) => void } {
  let aheadMs = 0
  return {
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
    leap: (ms) => {
      aheadMs += ms
    },
  }
}
