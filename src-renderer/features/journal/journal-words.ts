import type { JournalStory } from '../../../src-main/contract/actions.ts'
import type { StatusTone } from '../../ui/status.ts'

/** How the state of an action is drawn; its word stands beside it. */
export const STORY_MARKS: Readonly<
  Record<JournalStory['state'], { readonly shape: string; readonly tone: StatusTone }>
> = {
  running: { shape: '▶', tone: 'stale' },
  unfinished: { shape: '■', tone: 'crit' },
  succeeded: { shape: '●', tone: 'ok' },
  failed: { shape: '■', tone: 'crit' },
  stopped: { shape: '▲', tone: 'warn' },
}

/** How long it took, where it has an end: `in 1.2 s`. */
export function tookText(story: JournalStory): string {
  if (story.endedAt === null) return story.state === 'running' ? 'running' : 'no end'
  const ms = Date.parse(story.endedAt) - Date.parse(story.startedAt)
  return ms < 60_000 ? `in ${(ms / 1000).toFixed(1)} s` : `in ${Math.round(ms / 60_000)} min`
}

/** A row's line in its parts: what kind of row it is, then what it tells. */
export function partsOf(line: string): readonly string[] {
  return line.split(/ {2,}/)
}

const MAX_ANSWER_CHARS = 200

/** What servers answered, from a row's body; empty where the row has no answers or its body was cut. */
export function answersOf(body: string): readonly string[] {
  const replies = repliesIn(body)
  return replies.map((reply) => {
    const text = replyText(reply)
    return text.length > MAX_ANSWER_CHARS ? `${text.slice(0, MAX_ANSWER_CHARS)}…` : text
  })
}

function repliesIn(body: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(body)
    const replies = typeof parsed === 'object' && parsed !== null && 'replies' in parsed ? parsed.replies : []
    return Array.isArray(replies) ? replies : []
  } catch {
    return []
  }
}

function replyText(reply: unknown): string {
  if (typeof reply !== 'object' || reply === null) return ''
  if ('error' in reply) return String(reply.error)
  const value = 'value' in reply ? reply.value : undefined
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
