import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withNameLock } from '../../../src-main/lab/name-lock.ts'
import { markOf } from '../../../src-main/lab/processes.ts'

let root = ''
const lock = () => join(root, 'names.lock')

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'names-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

it('is there while something is done under it, and gone afterwards, also when that throws', async () => {
  expect(await withNameLock(root, () => existsSync(lock()))).toBe(true)
  await expect(
    withNameLock(root, () => {
      throw new Error('no room')
    }),
  ).rejects.toThrow('no room')
  expect(readdirSync(root)).toEqual([])
})

it('waits for a holder that lives', async () => {
  writeFileSync(lock(), JSON.stringify(markOf(process.pid)))
  let isDone = false
  const waiting = withNameLock(root, () => (isDone = true))
  // The first try is made at once.
  expect(isDone).toBe(false)
  rmSync(lock())
  await waiting
  expect([isDone, readdirSync(root)]).toEqual([true, []])
})

it('passes over a holder that died, and one that has held it for too long', async () => {
  writeFileSync(lock(), JSON.stringify({ pid: process.pid, startTicks: 1 }))
  expect(await withNameLock(root, () => 'mine')).toBe('mine')
  writeFileSync(lock(), JSON.stringify(markOf(process.pid)))
  const longAgo = Date.now() / 1000 - 60
  utimesSync(lock(), longAgo, longAgo)
  expect(await withNameLock(root, () => 'mine')).toBe('mine')
  expect(readdirSync(root)).toEqual([])
})
