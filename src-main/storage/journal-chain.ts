import { createHash } from 'node:crypto'

/** One transition of one action. `body` is JSON text without secrets; `at` is epoch ms. */
export interface JournalRow {
  readonly seq: number
  readonly at: number
  readonly action: string
  readonly kind: string
  readonly body: string
  readonly prev: string
  readonly hash: string
}

/** What is kept apart: how many rows there are, and the newest one's hash. */
export interface JournalHead {
  readonly count: number
  readonly hash: string
}

/** What `journal verify` can say. `notes` are no problems: what a head kept on the same disk cannot show, for example. */
export interface ChainVerdict {
  readonly isSound: boolean
  readonly rows: number
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

export const EMPTY_HEAD: JournalHead = { count: 0, hash: '0'.repeat(64) }

/** The hash of a row: of everything in it and of the row before it. */
export function hashOf(row: Omit<JournalRow, 'hash'>): string {
  const text = JSON.stringify([row.prev, row.seq, row.at, row.action, row.kind, row.body])
  return createHash('sha256').update(text).digest('hex')
}

/** Reads the whole chain and holds it against the head kept apart; undefined: there is no head file. */
export function verifyChain(rows: readonly JournalRow[], head: JournalHead | undefined): ChainVerdict {
  const problems: string[] = []
  let prev = EMPTY_HEAD.hash
  let expected = 1
  for (const row of rows) {
    if (row.seq !== expected)
      problems.push(`rows ${expected} to ${row.seq - 1} are missing: the numbers jump to ${row.seq}`)
    else if (row.prev !== prev)
      problems.push(`row ${row.seq} does not follow row ${row.seq - 1}: one of them was changed`)
    if (hashOf(row) !== row.hash) problems.push(`row ${row.seq} was changed: its hash does not fit its content`)
    prev = row.hash
    expected = row.seq + 1
    if (problems.length >= 20) break
  }
  return {
    isSound: problems.length === 0 && headProblem(rows, head) === undefined,
    rows: rows.length,
    problems: [...problems, ...[headProblem(rows, head)].flatMap((problem) => problem ?? [])],
    notes: notesOn(rows, head),
  }
}

/** What is wrong between the newest rows and the head kept apart; undefined: nothing. Needs the rows from the head's on. */
export function headProblem(rows: readonly JournalRow[], head: JournalHead | undefined): string | undefined {
  const last = rows.at(-1)
  if (head === undefined) {
    if (last === undefined || last.seq === 1) return undefined
    return `the head kept apart (${HEAD_FILE}) is missing although there are ${last.seq} rows`
  }
  const lastSeq = last?.seq ?? 0
  if (lastSeq < head.count)
    return `the newest ${head.count - lastSeq} rows are missing: there were ${head.count}, the last one is ${lastSeq}`
  if (head.count === 0) return undefined
  const at = rows.find((row) => row.seq === head.count)
  if (at === undefined) return `row ${head.count}, which the head kept apart names, is missing`
  return at.hash === head.hash
    ? undefined
    : `row ${head.count} is not the one that was written: the head kept apart differs`
}

export const HEAD_FILE = 'journal.head'

function notesOn(rows: readonly JournalRow[], head: JournalHead | undefined): readonly string[] {
  const beyond = (rows.at(-1)?.seq ?? 0) - (head?.count ?? 0)
  return [
    ...(beyond > 0 && rows.length > 0
      ? [`the newest ${beyond} rows are beyond the head kept apart: a crash between two writes, or rows added by hand`]
      : []),
    'whoever can write this folder can rewrite file and head together: export the head and keep it elsewhere as proof',
  ]
}
