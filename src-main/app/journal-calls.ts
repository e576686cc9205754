import { storiesOf, type ActionStory } from '../actions/journal-story.ts'
import type { JournalStory } from '../contract/actions.ts'
import type { CallAnswer, CallName } from '../contract/calls.ts'
import type { Handlers } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import { openJournal, type ChainVerdict, type Journal } from '../storage/journal.ts'
import { EMPTY_HEAD } from '../storage/journal-chain.ts'
import type { JournalKeys } from '../storage/journal-key.ts'
import { withoutJournal } from './actions-journal.ts'
import { toRowReport, toStoryReport } from './actions-json.ts'

type JournalCalls = Pick<Handlers, Extract<CallName, `journal/${string}`>>
/** The session that looks at one of these servers; null: none. */
type SessionFor = (nodes: readonly string[]) => string | null

/** A row's body as it is shown at most; the export has it whole. */
const MAX_BODY_CHARS = 20_000

/** The journal for pages: read only, opened for each question, so that what another process wrote is there. */
export function createJournalCalls(folder: string, sessionFor: SessionFor, keys: JournalKeys): JournalCalls {
  /** `without` is what holds where there is no journal yet. */
  const read = <T>(without: Result<T>, from: (journal: Journal) => Result<T>): Result<T> => {
    const opened = openJournal(folder, { create: false })
    if (!opened.ok) return opened
    if (opened.value === undefined) return without
    try {
      return from(opened.value)
    } finally {
      opened.value.close()
    }
  }

  const answer = <T>(
    result: Result<T>,
  ): { readonly ok: true; readonly value: T } | Extract<CallAnswer<CallName>, { ok: false }> =>
    result.ok ? result : { ok: false, failure: toContractFailure(result.failure) }

  const stories = (journal: Journal): Result<readonly ActionStory[]> => {
    const rows = journal.rows()
    return rows.ok ? ok(storiesOf(rows.value, journal.locks.isHeld)) : rows
  }

  return {
    'journal/list': async () =>
      answer(
        read(ok({ actions: [] as JournalStory[] }), (journal) => {
          const all = stories(journal)
          return all.ok ? ok({ actions: all.value.map((story) => storyFor(story, sessionFor)).toReversed() }) : all
        }),
      ),
    'journal/show': async ({ action }) => {
      const missing = fail({ kind: 'not-found' as const, detail: `no action ${action} in the journal`, known: [] })
      return answer(
        read<{ story: JournalStory; rows: ReturnType<typeof rowFor>[] }>(missing, (journal) => {
          const all = stories(journal)
          if (!all.ok) return all
          const story = all.value.find((one) => one.id === action)
          if (story === undefined) return missing
          const rows = journal.rows(action)
          return rows.ok ? ok({ story: storyFor(story, sessionFor), rows: rows.value.map(rowFor) }) : rows
        }),
      )
    },
    'journal/verify': async () => {
      const key = await keys.held()
      const verdict = read<ChainVerdict>(ok(withoutJournal(key)), (journal) => {
        journal.useKey(key)
        return journal.verify()
      })
      if (!verdict.ok) return answer(verdict)
      const { isSound, rows, problems, notes } = verdict.value
      return { ok: true, value: { sound: isSound, rows, problems: [...problems], notes: [...notes] } }
    },
    'journal/export': async () => {
      const file = (lines: readonly unknown[]) => ({
        fileName: 'repliscope-journal.jsonl',
        mediaType: 'application/jsonl',
        text: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      })
      return answer(
        read(ok(file([{ schema: 'repliscope/journal-head@1', ...EMPTY_HEAD }])), (journal) => {
          const rows = journal.rows()
          if (!rows.ok) return rows
          const head = journal.head()
          if (!head.ok) return head
          const bare = rows.value.map((row) => {
            const { line: _, ...rest } = toRowReport(row)
            return rest
          })
          return ok(file([...bare, { schema: 'repliscope/journal-head@1', ...head.value }]))
        }),
      )
    },
  }
}

/** One action with what a page needs to act on it. */
export function storyFor(story: ActionStory, sessionFor: SessionFor): JournalStory {
  const nodes = story.scope === undefined ? [] : [...story.scope.servers, ...story.scope.sentinels]
  const report = toStoryReport(story)
  return {
    ...report,
    pending: report.pending.filter((undo) => undo !== null),
    nodes,
    session: nodes.length === 0 ? null : sessionFor(nodes),
  }
}

function rowFor(row: Parameters<typeof toRowReport>[0]) {
  const { seq, at, kind, line, hash, body } = toRowReport(row)
  const text = JSON.stringify(body, null, 1)
  return {
    seq,
    at,
    kind,
    line,
    hash,
    body: text.length > MAX_BODY_CHARS ? `${text.slice(0, MAX_BODY_CHARS)}…` : text,
  }
}
