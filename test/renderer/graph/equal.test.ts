import { expect, test } from 'vitest'
import { keepSame } from '../../../src-renderer/graph/equal.ts'

const card = (keys: string, marks: readonly string[]) => ({
  id: 'a:1',
  facts: ['7.0.15', keys],
  marks: marks.map((text) => ({ text, tone: 'ok' })),
  trouble: null,
})

test('what holds the same is the very same record, so that nothing is drawn anew', () => {
  const held = card('10 keys', ['RDB 3 m'])
  expect(keepSame(held, card('10 keys', ['RDB 3 m']))).toBe(held)
})

test('of what differs, the parts that hold the same are kept', () => {
  const held = card('10 keys', ['RDB 3 m', 'AOF always'])
  const next = keepSame(held, card('11 keys', ['RDB 3 m', 'AOF always']))
  expect(next).not.toBe(held)
  expect(next).toEqual(card('11 keys', ['RDB 3 m', 'AOF always']))
  expect(next.marks).toBe(held.marks)
  expect(next.facts).not.toBe(held.facts)
  expect(held).toEqual(card('10 keys', ['RDB 3 m', 'AOF always']))
})

test.each([
  [undefined, { a: 1 }],
  [null, { a: 1 }],
  [{ a: 1 }, null],
  [{ a: 1 }, {}],
  [{}, { a: 1 }],
  [{ a: undefined }, { b: undefined }],
  [['x', 'y'], ['x']],
  [['x'], ['x', 'y']],
])('%j becomes %j', (held, next) => {
  const wanted = structuredClone(next)
  const kept = keepSame<unknown>(held, next)
  expect(kept).not.toBe(held)
  expect(kept).toEqual(wanted)
})
