import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal, type Journal } from '../../../src-main/storage/journal.ts'
import { isAlive, thisProcess } from '../../../src-main/storage/locks.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'repliscope-journal-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function open(path: string): Journal {
  const opened = openJournal(path, { create: true })
  if (!opened.ok || opened.value === undefined) throw new Error(JSON.stringify(opened))
  const journal = opened.value
  onTestFinished(() => journal.close())
  return journal
}

/** A journal of five rows, closed. */
function filled(): string {
  const path = folder()
  const journal = open(path)
  for (let i = 1; i <= 5; i++) expect(journal.append('a1', `row-${i}`, { i }, 1000 + i)).toEqual({ ok: true })
  journal.close()
  return path
}

/** Changes the file behind the journal's back, as a person with the right to write it can. */
function edit(path: string, sql: string): void {
  const db = new Libsql(join(path, 'journal.db'))
  db.exec('DROP TRIGGER IF EXISTS journal_is_append_only; DROP TRIGGER IF EXISTS journal_keeps_rows;')
  db.exec(sql)
  db.close()
}

describe('the journal', () => {
  it('gives back what was appended, in order, chained, and is sound', () => {
    const journal = open(filled())
    const rows = journal.rows()
    expect(rows.ok && rows.value.map((row) => [row.seq, row.kind, row.body])).toEqual(
      [1, 2, 3, 4, 5].map((i) => [i, `row-${i}`, `{"i":${i}}`]),
    )
    expect(journal.verify()).toMatchObject({ ok: true, value: { isSound: true, rows: 5, problems: [] } })
    expect(journal.rows('another')).toEqual({ ok: true, value: [] })
  })

  it('is readable by its owner only', () => {
    const path = filled()
    expect(statSync(join(path, 'journal.db')).mode & 0o077).toBe(0)
    expect(statSync(join(path, 'journal.head')).mode & 0o077).toBe(0)
  })

  it('refuses to change or remove a row by ordinary means', () => {
    const path = filled()
    const db = new Libsql(join(path, 'journal.db'))
    onTestFinished(() => void db.close())
    expect(() => db.exec("UPDATE journal SET body = '{}'")).toThrow(/append-only/)
    expect(() => db.exec('DELETE FROM journal')).toThrow(/append-only/)
  })

  it.each([
    ['an edited row', "UPDATE journal SET body = '{}' WHERE seq = 2", /row 2 was changed/],
    ['a row taken out of the middle', 'DELETE FROM journal WHERE seq = 3', /rows 3 to 3 are missing/],
    ['rows cut off at the end', 'DELETE FROM journal WHERE seq > 3', /the newest 2 rows are missing/],
    ['everything removed', 'DELETE FROM journal', /the newest 5 rows are missing/],
  ])('finds %s', (_, sql, words) => {
    const path = filled()
    edit(path, sql)
    const journal = open(path)
    const verdict = journal.verify()
    expect(verdict).toMatchObject({ ok: true, value: { isSound: false } })
    expect(verdict.ok && verdict.value.problems.join('\n')).toMatch(words)
  })

  it('writes nothing to a file that lost its newest rows, or whose newest row was replaced', () => {
    for (const sql of ['DELETE FROM journal WHERE seq > 3', "UPDATE journal SET hash = 'x' WHERE seq = 5"]) {
      const path = filled()
      edit(path, sql)
      const journal = open(path)
      const before = journal.rows()
      expect(journal.append('a2', 'more', {}, 1)).toMatchObject({ ok: false, failure: { kind: 'storage' } })
      expect(journal.rows()).toEqual(before)
      journal.close()
    }
  })

  it('says that the head kept apart is missing, and when the whole file is', () => {
    const path = filled()
    rmSync(join(path, 'journal.head'))
    const journal = open(path)
    expect(journal.verify()).toMatchObject({ value: { isSound: false } })
    journal.close()
    const other = filled()
    rmSync(join(other, 'journal.db'))
    expect(openJournal(other, { create: true })).toMatchObject({ ok: false, failure: { kind: 'storage' } })
    expect(existsSync(join(other, 'journal.db'))).toBe(false)
  })

  it('does not begin anew in a file that was emptied', () => {
    const path = filled()
    truncateSync(join(path, 'journal.db'), 0)
    for (const create of [true, false])
      expect(openJournal(path, { create })).toMatchObject({ ok: false, failure: { kind: 'storage', isDamaged: true } })
    expect(statSync(join(path, 'journal.db')).size).toBe(0)
  })

  it('goes on after a crash between a row and its head, and notes it', () => {
    const path = filled()
    const head = readFileSync(join(path, 'journal.head'), 'utf8')
    const journal = open(path)
    journal.append('a1', 'row-6', {}, 1)
    journal.close()
    writeFileSync(join(path, 'journal.head'), head)
    const after = open(path)
    expect(after.verify()).toMatchObject({ value: { isSound: true, rows: 6 } })
    expect(after.append('a1', 'row-7', {}, 1)).toEqual({ ok: true })
    expect(after.verify()).toMatchObject({ value: { isSound: true, rows: 7 } })
  })

  it('leaves a truncated, foreign or newer file alone and says so', () => {
    const truncated = filled()
    truncateSync(join(truncated, 'journal.db'), 3000)
    const opened = openJournal(truncated, { create: true })
    if (opened.ok && opened.value !== undefined) {
      expect(opened.value.verify().ok && opened.value.append('a', 'b', {}, 1).ok).toBe(false)
      opened.value.close()
    }
    expect(statSync(join(truncated, 'journal.db')).size).toBe(3000)

    const foreign = folder()
    writeFileSync(join(foreign, 'journal.db'), 'not a database at all, but a text of somebody else')
    expect(openJournal(foreign, { create: true })).toMatchObject({ ok: false, failure: { kind: 'storage' } })
    expect(readFileSync(join(foreign, 'journal.db'), 'utf8')).toContain('somebody else')

    const newer = filled()
    edit(newer, 'PRAGMA user_version = 99')
    const answer = openJournal(newer, { create: true })
    expect(answer).toMatchObject({ ok: false })
    expect(!answer.ok && answer.failure.kind === 'storage' && answer.failure.detail).toMatch(/newer version/)
  })

  it('reports a file that another process keeps locked', () => {
    const path = filled()
    const journal = open(path)
    const other = new Libsql(join(path, 'journal.db'))
    onTestFinished(() => void other.close())
    other.exec('BEGIN IMMEDIATE')
    const answer = journal.append('a1', 'late', {}, 1)
    expect(!answer.ok && answer.failure.kind === 'storage' && answer.failure.detail).toMatch(
      /locked by another process/,
    )
    other.exec('ROLLBACK')
    expect(journal.append('a1', 'late', {}, 1)).toEqual({ ok: true })
  })
})

describe('kept plans', () => {
  it('can be used once, from another connection', () => {
    const path = folder()
    const one = open(path)
    const two = open(path)
    expect(one.plans.keep('p1', 60_000, { hello: 1 }, 0)).toEqual({ ok: true })
    expect(two.plans.use('p1', 1)).toEqual({ ok: true, value: { hello: 1 } })
    expect(one.plans.use('p1', 2)).toMatchObject({ ok: false, failure: { kind: 'stale-plan' } })
    expect(one.plans.use('p2', 2)).toMatchObject({ ok: false, failure: { kind: 'stale-plan' } })
  })
})

describe('locks', () => {
  it('let one action at a time touch a node, whatever the group is called', () => {
    const path = folder()
    const one = open(path)
    const two = open(path)
    expect(one.locks.take('a1', 'g', ['h:1', 'h:2'])).toEqual({ ok: true })
    expect(two.locks.take('a2', 'g', ['h:2'])).toMatchObject({ ok: false, failure: { kind: 'refused-by-guard' } })
    expect(two.locks.take('a3', 'g', ['other:1'])).toEqual({ ok: true })
    expect(two.locks.isHeld('a1')).toBe(true)
    one.locks.release('a1')
    expect(two.locks.take('a2', 'g', ['h:2'])).toEqual({ ok: true })
  })

  it("see a dead owner's lock as dead, also when its pid is somebody else's by now", async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    onTestFinished(() => void child.kill('SIGKILL'))
    const pid = child.pid ?? 0
    const me = thisProcess()
    expect(isAlive(me)).toBe(true)
    expect(isAlive({ ...me, startedAt: '1' })).toBe(false)
    expect(isAlive({ host: me.host, pid, startedAt: '' })).toBe(true)
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    expect(isAlive({ host: me.host, pid, startedAt: '' })).toBe(false)

    const path = folder()
    const journal = open(path)
    edit(
      path,
      `INSERT INTO locks VALUES ('dead', '${JSON.stringify({ owner: { ...me, pid }, group: 'g', nodes: ['h:1'] })}')`,
    )
    expect(journal.locks.take('a1', 'g', ['h:1'])).toEqual({ ok: true })
    expect(journal.locks.isHeld('dead')).toBe(false)
  })
})

describe('a process killed in the middle of writing', () => {
  it('leaves a journal that is sound and can be written', async () => {
    const path = folder()
    open(path).close()
    const program = `
      const { createRequire } = require('node:module')
      const Libsql = createRequire(${JSON.stringify(import.meta.url)})('libsql')
      const db = new Libsql(${JSON.stringify(join(path, 'journal.db'))})
      db.exec('BEGIN IMMEDIATE')
      db.exec("INSERT INTO journal VALUES (1, 1, 'a', 'k', '{}', 'p', 'h')")
      process.kill(process.pid, 'SIGKILL')`
    expect(() => execFileSync(process.execPath, ['-e', program])).toThrow()
    const journal = open(path)
    expect(journal.rows()).toEqual({ ok: true, value: [] })
    expect(journal.append('a1', 'first', {}, 1)).toEqual({ ok: true })
    expect(journal.verify()).toMatchObject({ value: { isSound: true, rows: 1 } })
  })
})
