import { describe, expect, it } from 'vitest'
import { judgeMissing, type WriteMark } from '../../../src-main/actions/missing-bytes.ts'

const SAVED_AT = 1_750_000_000_000
const level: WriteMark = { offset: 1000, changes: 7, lastSaveAt: SAVED_AT, readAt: SAVED_AT + 60_000 }
const last: WriteMark = { offset: undefined, changes: 7, lastSaveAt: SAVED_AT, readAt: undefined }

const judged = (change: { readonly level?: Partial<WriteMark>; readonly last?: Partial<WriteMark> }, from = 1000) =>
  judgeMissing(994, from, { ...level, ...change.level }, { ...last, ...change.last })

describe('bytes that only the old master has', () => {
  it('hold no write when its changes counter stood still', () => {
    expect(judged({})).toMatchObject({
      hasWrites: 'no',
      because: expect.stringContaining('stood still at 7') as string,
    })
    // Bytes that came through since it was level are not among the missing ones, and are counted all the same.
    expect(judged({}, 1500).hasWrites).toBe('no')
  })

  it('hold writes when it moved', () => {
    expect(judged({ last: { changes: 10 } })).toMatchObject({
      hasWrites: 'yes',
      because: expect.stringContaining('up to 3 changes') as string,
    })
  })

  it.each([
    ['a save ended in between', { last: { lastSaveAt: SAVED_AT + 61_000 } }, 'save'],
    ['a save in the very second of the last one would not show', { level: { readAt: SAVED_AT + 999 } }, 'save'],
    ['the counter went back', { last: { changes: 6 } }, 'went back'],
    ['the counter was hidden at first', { level: { changes: undefined } }, 'when all was level'],
    ['the counter was hidden at its end', { last: { changes: undefined } }, 'at its end'],
    ['the last save is hidden', { last: { lastSaveAt: undefined } }, 'not shown'],
    ['its clock is hidden', { level: { readAt: undefined } }, 'not shown'],
    ['the counter was read behind the first of them', { level: { offset: 1001 } }, 'too late'],
  ])('are not known when %s', (_, change, words) => {
    expect(judged(change)).toMatchObject({ hasWrites: 'unknown', because: expect.stringContaining(words) as string })
  })

  it('are not known when nothing was read; one PING is known by its length', () => {
    expect(judgeMissing(28, 1000, undefined, undefined).hasWrites).toBe('unknown')
    expect(judgeMissing(14, 1000, undefined, undefined).hasWrites).toBe('no')
    expect(judgeMissing(0, 1000, undefined, undefined).hasWrites).toBe('no')
  })
})
