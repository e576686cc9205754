import type { LinkSnapshot, LinkState } from '../../../topology/model.ts'
import type { RuleContext } from '../../rule.ts'

/** A stretch of time in which a link was in one state; epoch ms. */
export interface LinkSpan {
  readonly state: LinkState
  readonly from: number
  readonly to: number
}

const STATES: ReadonlySet<string> = new Set(['online', 'connecting', 'full-sync', 'loading', 'down', 'unknown'])

function isState(text: string | undefined): text is LinkState {
  return text !== undefined && STATES.has(text)
}

/** A link's states within the last so many seconds, oldest first, the present one last. From the session's events. */
export function linkSpans(context: RuleContext, link: LinkSnapshot, withinSeconds: number): readonly LinkSpan[] {
  const now = context.snapshot.takenAt
  const start = Math.max(context.past.since, now - withinSeconds * 1000)
  const changes = context.past.events.flatMap((event) => {
    if (event.kind !== 'link' || event.node !== link.replica || event.at < start) return []
    const [from, to] = event.what.split(' -> ')
    return isState(from) && isState(to) ? [{ at: event.at, from, to }] : []
  })
  const spans: LinkSpan[] = []
  let at = start
  let state = changes[0]?.from ?? link.state
  for (const change of changes) {
    spans.push({ state, from: at, to: change.at })
    at = change.at
    state = change.to
  }
  return [...spans, { state, from: at, to: now }]
}

/** What the link was before: states in which a full sync has not begun. */
const BEFORE: ReadonlySet<LinkState> = new Set(['down', 'connecting', 'online', 'loading'])

/** How often a full sync began in these spans. */
export function fullSyncsBegun(spans: readonly LinkSpan[]): number {
  return spans.filter((span, i) => {
    const before = spans[i - 1]?.state
    return span.state === 'full-sync' && before !== undefined && BEFORE.has(before)
  }).length
}

/** The longest stretch in one of the states, neighbours joined; milliseconds, 0 when there was none. */
export function longest(spans: readonly LinkSpan[], states: readonly LinkState[]): number {
  let best = 0
  let run = 0
  for (const span of spans) {
    run = states.includes(span.state) ? run + (span.to - span.from) : 0
    best = Math.max(best, run)
  }
  return best
}
