import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TableColumn } from '../../../src-renderer/ui/table/table-column.ts'
import { toMarkdown, toTsv } from '../../../src-renderer/ui/table/table-export.ts'
import { moveCell } from '../../../src-renderer/ui/table/table-keys.ts'
import { compareCells, holdOrder, nextSort } from '../../../src-renderer/ui/table/table-sort.ts'
import { rowsToDraw } from '../../../src-renderer/ui/table/table-window.ts'

describe('sorting', () => {
  test('addresses order by their numbers, not by their letters', () => {
    const ids = ['10.0.0.10:6379', '10.0.0.9:6379', '10.0.0.9:6380']
    expect(ids.toSorted(compareCells)).toEqual(['10.0.0.9:6379', '10.0.0.9:6380', '10.0.0.10:6379'])
  })

  test('a column goes up, down, and back to the order as given', () => {
    const up = nextSort(null, 'lag')
    const down = nextSort(up, 'lag')
    expect([up, down, nextSort(down, 'lag')]).toEqual([
      { column: 'lag', descending: false },
      { column: 'lag', descending: true },
      null,
    ])
    expect(nextSort(down, 'keys')).toEqual({ column: 'keys', descending: false })
  })

  test('rows held under the pointer keep their places, gone ones drop out, new ones follow', () => {
    expect(holdOrder(['a', 'b', 'c'], ['d', 'c', 'a'])).toEqual(['a', 'c', 'd'])
  })

  test('holding an order loses no row and invents none', () => {
    const ids = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 12 })
    fc.assert(
      fc.property(ids, ids, (shown, wanted) => {
        expect(holdOrder(shown, wanted).toSorted()).toEqual(wanted.toSorted())
      }),
    )
  })
})

describe('keys', () => {
  const shape = { rows: 50, columns: 6, page: 10 }
  const press = (key: string, ctrlKey = false) =>
    moveCell({ row: 20, column: 3 }, { key, ctrlKey, metaKey: false }, shape)

  test.each([
    ['ArrowUp', false, { row: 19, column: 3 }],
    ['ArrowDown', false, { row: 21, column: 3 }],
    ['ArrowDown', true, { row: 49, column: 3 }],
    ['ArrowLeft', false, { row: 20, column: 2 }],
    ['ArrowRight', true, { row: 20, column: 5 }],
    ['Home', false, { row: 20, column: 0 }],
    ['Home', true, { row: 0, column: 0 }],
    ['End', true, { row: 49, column: 5 }],
    ['PageUp', false, { row: 10, column: 3 }],
    ['PageDown', false, { row: 30, column: 3 }],
  ])('%s (with control: %s) moves the cell', (key, ctrl, to) => {
    expect(press(key, ctrl)).toEqual(to)
  })

  test('a key that is not for moving is left alone', () => {
    expect(press('x')).toBeUndefined()
  })

  test('the edges hold', () => {
    expect(moveCell({ row: 0, column: 0 }, { key: 'ArrowUp', ctrlKey: false, metaKey: false }, shape)).toEqual({
      row: 0,
      column: 0,
    })
    expect(moveCell({ row: 48, column: 0 }, { key: 'PageDown', ctrlKey: false, metaKey: false }, shape)).toEqual({
      row: 49,
      column: 0,
    })
  })
})

describe('copies', () => {
  interface Row {
    readonly name: string
    readonly low: number | null
    readonly high: number | null
  }
  const columns: readonly TableColumn<Row>[] = [
    { id: 'n', title: 'Name', hint: '', width: 1, align: 'start', value: (row) => row.name, text: (row) => row.name },
    {
      id: 'l',
      title: 'Lag',
      hint: '',
      unit: 'B',
      width: 1,
      align: 'end',
      value: (row) => row.high,
      text: (row) => (row.high === null ? '–' : `${row.low} – ${row.high} B`),
      parts: [
        { title: 'Lag low', unit: 'B', value: (row) => row.low },
        { title: 'Lag high', unit: 'B', value: (row) => row.high },
      ],
    },
  ]

  test('TSV holds raw numbers, both bounds, and nothing where nothing is known', () => {
    const text = toTsv(columns, [
      { name: 'a:1', low: 311842, high: 312910 },
      { name: 'b:1', low: null, high: null },
    ])
    expect(text).toBe('Name\tLag low (B)\tLag high (B)\na:1\t311842\t312910\nb:1\t\t\n')
  })

  test('a text cannot break out of its cell or become a formula', () => {
    const row = { name: '=1+1\tx\ny', low: -5, high: Number.POSITIVE_INFINITY }
    expect(toTsv(columns, [row]).split('\n')[1]).toBe("'=1+1 x y\t-5\tunbounded")
    expect(toMarkdown(columns, [{ name: 'a|b\\', low: 0, high: 1 }]).split('\n')[2]).toBe('| a\\|b\\\\ | 0 – 1 B |')
  })

  test('every TSV line has as many cells as the head', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string(), low: fc.option(fc.integer()), high: fc.option(fc.integer()) })),
        (rows) => {
          const lines = toTsv(columns, rows).slice(0, -1).split('\n')
          expect(lines).toHaveLength(rows.length + 1)
          expect(lines.every((line) => line.split('\t').length === 3)).toBe(true)
        },
      ),
    )
  })
})

describe('the rows in the document', () => {
  test('all are drawn when nothing is cut off', () => {
    expect(rowsToDraw({ total: 3, visible: null, active: 0, rowPx: 30 })).toEqual({
      items: [
        { index: 0, gapPx: 0 },
        { index: 1, gapPx: 0 },
        { index: 2, gapPx: 0 },
      ],
      afterPx: 0,
    })
  })

  test('height is kept, the active row is always there, and no row is drawn twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.nat(500),
        fc.nat(40),
        fc.nat(500),
        (total, from, count, active) => {
          const visible = Array.from({ length: count }, (_, i) => from + i)
          const drawn = rowsToDraw({ total, visible, active, rowPx: 30 })
          const indexes = drawn.items.map((item) => item.index)
          expect(new Set(indexes).size).toBe(indexes.length)
          expect(indexes.includes(active)).toBe(active < total)
          const height = drawn.items.reduce((sum, item) => sum + item.gapPx + 30, 0) + drawn.afterPx
          expect(height).toBe(total * 30)
        },
      ),
    )
  })
})
