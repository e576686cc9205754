import { createHash } from 'node:crypto'
import { sealProblem, type Seal, type SealKeyState } from './journal-seal.ts'

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
  /** The newest head that was sealed; absent: none was. It may be older than the head when the keychain was away. */
  readonly seal?: Seal
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

/** Reads the whole chain and holds it against the head kept apart (undefined: there is no head file) and its seal. */
export function verifyChain(
  rows: readonly JournalRow[],
  head: JournalHead | undefined,
  key: SealKeyState = NO_KEY,
): ChainVerdict {
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
  const beside = [headProblem(rows, head), sealedProblem(rows, head, key)].flatMap((problem) => problem ?? [])
  return {
    isSound: problems.length === 0 && beside.length === 0,
    rows: rows.length,
    problems: [...problems, ...beside],
    notes: notesOn(rows, head, key),
  }
}

const NO_KEY: SealKeyState = { state: 'none', why: 'no keychain was asked' }

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

/** What is wrong with the seal; undefined: nothing, or there is no key to check it with. Needs the rows from the seal's on. */
export function sealedProblem(
  rows: readonly JournalRow[],
  head: JournalHead | undefined,
  key: SealKeyState,
): string | undefined {
  if (key.state === 'none') return undefined
  const seal = head?.seal
  if (seal === undefined) {
    // Nothing was sealed with a new key yet; an empty journal has nothing to seal.
    if (key.key.isNew || rows.length === 0) return undefined
    return 'the head kept apart has no seal although the keychain has its key: it was rewritten without the key'
  }
  const problem = sealProblem(seal, key.key)
  if (problem !== undefined) return problem
  const at = rows.find((row) => row.seq === seal.count)
  if (at === undefined) return `row ${seal.count}, the newest that was sealed, is missing`
  return at.hash === seal.hash ? undefined : `row ${seal.count} is not the one that was sealed`
}

export const HEAD_FILE = 'journal.head'
/** The first row of a journal whose folder had another one before, by the key in the keychain. */
export const BEGUN_ANEW = 'journal-begun-anew'

function notesOn(rows: readonly JournalRow[], head: JournalHead | undefined, key: SealKeyState): readonly string[] {
  const last = rows.at(-1)?.seq ?? 0
  const beyond = last - (head?.count ?? 0)
  const seal = head?.seal
  return [
    ...(rows[0]?.kind === BEGUN_ANEW
      ? [
          `it was begun anew at ${new Date(rows[0].at).toISOString()}: an earlier journal of this folder, sealed with the same key, was gone`,
        ]
      : []),
    ...(beyond > 0 && rows.length > 0
      ? [`the newest ${beyond} rows are beyond the head kept apart: a crash between two writes, or rows added by hand`]
      : []),
    ...sealNotes(seal, last, key),
    seal === undefined || key.state === 'none'
      ? 'whoever can write this folder can rewrite file and head together: export the head and keep it elsewhere as proof'
      : 'whoever can also use this keychain can rewrite all of it: export the head and keep it elsewhere as proof',
  ]
}

function sealNotes(seal: Seal | undefined, last: number, key: SealKeyState): readonly string[] {
  if (last === 0) return []
  if (key.state === 'none')
    return [
      seal === undefined
        ? `unkeyed: the head is not sealed with a key (${key.why})`
        : `the seal on rows 1 to ${seal.count} was not checked: its key cannot be had (${key.why})`,
    ]
  if (seal === undefined) return ['unkeyed so far: the next action seals the head with the key of the keychain']
  return [
    `rows 1 to ${seal.count} are sealed with the key of this keychain (${seal.key})`,
    ...(last > seal.count
      ? [`the newest ${last - seal.count} rows are not sealed: the keychain was away when they were written`]
      : []),
  ]
}
