import { describe, expect, test } from 'vitest'
import { nextItem, placeInWindow } from '../../../src-renderer/ui/use-popup.ts'

describe('a menu at a place of the window', () => {
  const page = { width: 1024, height: 700 }
  const box = { width: 290, height: 400 }

  test.each([
    ['where it was asked for', { x: 100, y: 50 }, { left: 100, top: 50 }],
    ['moved left and up where it would be cut', { x: 1000, y: 690 }, { left: 726, top: 292 }],
    ['never beyond the upper left corner', { x: -5, y: 0 }, { left: 8, top: 8 }],
  ])('%s', (_name, at, wanted) => {
    expect(placeInWindow(at, box, page)).toEqual(wanted)
  })

  test('larger than the window it begins at its corner, and scrolls', () => {
    expect(placeInWindow({ x: 300, y: 300 }, { width: 2000, height: 2000 }, page)).toEqual({ left: 8, top: 8 })
  })

  test.each([
    ['ArrowDown', -1, 0],
    ['ArrowDown', 2, 0],
    ['ArrowUp', -1, 2],
    ['ArrowUp', 0, 2],
    ['ArrowUp', 2, 1],
    ['Home', 1, 0],
    ['End', 1, 2],
    ['x', 1, undefined],
  ])('%s from item %i of three leads to %s', (key, at, wanted) => {
    expect(nextItem(key, at, 3)).toBe(wanted)
  })

  test('with no item no key leads anywhere', () => {
    for (const key of ['ArrowDown', 'ArrowUp', 'Home', 'End']) expect(nextItem(key, -1, 0)).toBeUndefined()
  })
})
