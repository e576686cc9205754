import type { NodeId } from '../address.ts'
import { SEVERITY_RANK, type Finding } from '../findings/model.ts'
import type { NodeSnapshot } from '../topology/model.ts'
import type { TimelineNote } from './model.ts'

/**
 * Findings that were raised, cleared or graded anew between two pictures. One that is not held yet (its rule wants it to
 * last) counts as not there: it is raised when it is held, and passes without a word when it never is.
 */
export function diffFindings(
  before: readonly Finding[],
  after: readonly Finding[],
  at: number,
): readonly TimelineNote[] {
  if (isSame(before, after)) return []
  const old = heldByKey(before)
  const now = heldByKey(after)
  const notes: TimelineNote[] = []
  for (const [key, finding] of now) {
    const known = old.get(key)
    if (known === undefined) notes.push(noteOf(finding, 'raised', lasted(finding, at), at))
    else if (known.severity !== finding.severity) {
      const word = SEVERITY_RANK[finding.severity] > SEVERITY_RANK[known.severity] ? 'graver now' : 'less grave now'
      notes.push(noteOf(finding, `${known.severity} -> ${finding.severity}`, `: ${word}`, at))
    }
  }
  for (const [key, finding] of old) {
    if (!now.has(key)) notes.push(noteOf(finding, 'cleared', lasted(finding, at), at))
  }
  return notes
}

/**
 * What is still to be taken for true after a picture: what was found in it, and what was true of a node that is in it and
 * does not answer now. Nothing can be found about such a node, which is no reason to call anything cleared.
 */
export function standingFindings(
  before: readonly Finding[],
  found: readonly Finding[],
  nodes: ReadonlyMap<NodeId, Pick<NodeSnapshot, 'reachability'>>,
): readonly Finding[] {
  if (isSame(before, found)) return found
  const now = heldByKey(found)
  const unseen = [...heldByKey(before)].filter(([key, { subject }]) => {
    if (now.has(key) || subject.kind === 'group' || subject.kind === 'deployment') return false
    const node = nodes.get(subject.id)
    return node !== undefined && node.reachability !== 'up'
  })
  return unseen.length === 0 ? found : [...found, ...unseen.map(([, finding]) => finding)]
}

/** Findings come sorted, and mostly nothing about them has changed: then nothing is built to see that. */
function isSame(before: readonly Finding[], after: readonly Finding[]): boolean {
  return (
    before.length === after.length &&
    before.every((old, i) => {
      const now = after[i]
      return (
        now !== undefined &&
        now.code === old.code &&
        now.held === old.held &&
        now.severity === old.severity &&
        now.subject.id === old.subject.id &&
        now.subject.kind === old.subject.kind
      )
    })
  )
}

function heldByKey(findings: readonly Finding[]): ReadonlyMap<string, Finding> {
  return new Map(
    findings
      .filter((finding) => finding.held)
      .map((finding) => [`${finding.code} ${finding.subject.kind} ${finding.subject.id}`, finding]),
  )
}

function noteOf(finding: Finding, what: string, rest: string, at: number): TimelineNote {
  const { code, subject, severity } = finding
  return {
    at,
    kind: 'finding',
    node: subject.kind === 'node' || subject.kind === 'link' ? subject.id : undefined,
    what,
    detail: `${code}: ${finding.title}${rest}`,
    severity,
    about: { kind: 'finding', code, subject },
  }
}

/** How long it has been so, where that is longer than a moment. */
function lasted({ since }: Finding, at: number): string {
  const seconds = Math.round((at - since) / 1000)
  return seconds < 2 ? '' : ` (for ${seconds} s)`
}
