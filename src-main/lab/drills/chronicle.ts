import type { DrillMoment } from '../../domain/drills/model.ts'
import type { Finding } from '../../domain/findings/model.ts'
import type { Session, SessionChange } from '../../monitor/session.ts'

/** What happened in a drill, on its own clock. */
export interface Chronicle {
  readonly mark: (moment: Pick<DrillMoment, 'lane' | 'what'> & Partial<DrillMoment>) => void
  /** In order of time. */
  readonly moments: () => readonly DrillMoment[]
  /** Codes of findings that held at some time, in the order raised. */
  readonly raised: () => readonly string[]
  /** Notes what a session sees from now on, what it has concluded already included. Gives its stopper. */
  readonly follow: (session: Session) => () => void
}

/** Kinds of events that have moments of their own here. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['finding', 'action'])

/** `onMoment` runs after each one. */
export function createChronicle(zeroAt: number, now: () => number, onMoment: () => void): Chronicle {
  const moments: DrillMoment[] = []
  const raised = new Set<string>()
  const known = new Set<string>()
  const told = new Map<string, Finding>()

  const mark: Chronicle['mark'] = ({ lane, what, detail = '', node = null, atMs = now() - zeroAt }) => {
    moments.push({ atMs: Math.max(0, Math.round(atMs)), lane, node, what, detail })
    onMoment()
  }

  /** News is what was not there before: what comes back with a node that was away is not told again. */
  const noteFindings = (session: Session, isFirst: boolean): void => {
    const findings = [...session.state().groups.values()].flatMap((group) => group.findings.filter((one) => one.held))
    const present = new Map(findings.map((one) => [`${one.code} ${one.subject.id}`, one]))
    for (const one of findings) raised.add(one.code)
    for (const [key, one] of present) {
      if (!isFirst && !known.has(key)) markFinding('raised', one)
      if (!isFirst && !known.has(key)) told.set(key, one)
      known.add(key)
    }
    for (const [key, one] of told) {
      if (present.has(key)) continue
      markFinding('cleared', one)
      told.delete(key)
    }
  }

  const markFinding = (how: 'raised' | 'cleared', { code, severity, title, subject }: Finding): void => {
    const node = subject.kind === 'node' || subject.kind === 'link' ? subject.id : null
    mark({ lane: 'finding', node, what: `${code} ${how}`, detail: how === 'raised' ? `${severity}: ${title}` : title })
  }

  const noteEvents = ({ events }: SessionChange): void => {
    for (const event of events) {
      if (TOLD_ELSEWHERE.has(event.kind)) continue
      const lane = event.kind === 'sentinel' ? 'sentinel' : 'topology'
      const what = lane === 'sentinel' ? event.what : `${event.kind} ${event.what}`
      mark({ lane, node: event.node ?? null, what, detail: event.detail, atMs: event.at - zeroAt })
    }
  }

  return {
    mark,
    moments: () => moments.toSorted((a, b) => a.atMs - b.atMs),
    raised: () => [...raised],
    follow: (session) => {
      noteFindings(session, true)
      return session.subscribe((change) => {
        noteEvents(change)
        noteFindings(session, false)
      })
    },
  }
}
