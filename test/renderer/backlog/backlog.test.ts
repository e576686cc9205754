import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backlogOf, toBacklogs } from '../../../src-renderer/features/backlog/backlog-facts.ts'
import { layoutBacklog, shortNames, type BacklogInput } from '../../../src-renderer/features/backlog/backlog-layout.ts'
import {
  adviseSize,
  describeEdge,
  describeLeft,
  describePicture,
} from '../../../src-renderer/features/backlog/backlog-words.ts'
import { linkOf, loneSlice, MASTER, nodeOf, troubledSlice, unknownSlice } from '../support/views-samples.ts'

const MB = 1024 * 1024
const frame = { width: 700, gutter: 60, lanes: 3, charWidth: 7, dangerSeconds: 60 }

describe('the layout', () => {
  const input = (marks: BacklogInput['marks'], part: Partial<BacklogInput> = {}): BacklogInput => ({
    scaleBytes: 1000,
    heldBytes: 1000,
    bytesPerSecond: 2,
    isFull: true,
    marks,
    ...part,
  })
  const at = (marginBytes: number, id = 'a') => ({ id, label: id, marginBytes })

  test('the newest byte is at the right end, half way is half way', () => {
    const { scale, ticks } = layoutBacklog(input([at(1000), at(500, 'b')]), frame)
    expect(ticks.map((tick) => tick.x)).toEqual([scale.x + scale.width / 2, scale.x + scale.width])
  })

  test('one byte older than the oldest kept has fallen off, the oldest itself has not', () => {
    const { ticks, scale } = layoutBacklog(input([at(-1), at(0, 'b')]), frame)
    expect(ticks.map((tick) => tick.fellOff)).toEqual([true, false])
    expect(ticks[0]!.x).toBeLessThan(scale.x)
    expect(ticks[1]!.x).toBe(scale.x)
  })

  test('a backlog that still fills leaves room and threatens nobody', () => {
    const { held, scale, danger } = layoutBacklog(input([], { heldBytes: 250, isFull: false }), frame)
    expect(held.width).toBeCloseTo(scale.width / 4)
    expect(held.x + held.width).toBeCloseTo(scale.x + scale.width)
    expect(danger.width).toBe(0)
  })

  test('the danger zone is what goes within a minute, never more than is held', () => {
    const { danger, scale } = layoutBacklog(input([]), frame)
    expect(danger.width).toBeCloseTo((scale.width * 120) / 1000)
    expect(layoutBacklog(input([], { bytesPerSecond: 1e9 }), frame).danger.width).toBeCloseTo(scale.width)
  })

  test('replicas on one pixel share a tick and a label', () => {
    const { labels, ticks } = layoutBacklog(input([at(900), at(901, 'b'), at(902, 'c')]), frame)
    expect(ticks).toHaveLength(1)
    expect(labels[0]!.text).toBe('a +2')
  })

  const anyInput = fc.record({
    scaleBytes: fc.integer({ min: 1, max: 2 ** 40 }),
    heldPart: fc.double({ min: 0, max: 1, noNaN: true }),
    bytesPerSecond: fc.option(fc.integer({ min: 0, max: 2 ** 31 })),
    isFull: fc.boolean(),
    margins: fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 41 }), { maxLength: 60 }),
  })

  test('positions are monotone in the margin and everything lies within the picture', () => {
    fc.assert(
      fc.property(anyInput, fc.integer({ min: 120, max: 2000 }), ({ heldPart, margins, ...rest }, width) => {
        const heldBytes = Math.floor(rest.scaleBytes * heldPart)
        const marks = margins.map((marginBytes, i) => ({ id: `n${i}`, label: `10.0.0.${i}:6379`, marginBytes }))
        const layout = layoutBacklog({ ...rest, heldBytes, marks }, { ...frame, width })
        const ids = layout.ticks.flatMap((tick) => tick.ids)
        expect(ids).toHaveLength(marks.length)
        const marginOf = new Map(marks.map((mark) => [mark.id, mark.marginBytes]))
        for (let i = 1; i < layout.ticks.length; i++)
          expect(layout.ticks[i]!.x).toBeGreaterThanOrEqual(layout.ticks[i - 1]!.x)
        for (let i = 1; i < ids.length; i++)
          expect(marginOf.get(ids[i]!)!).toBeGreaterThanOrEqual(marginOf.get(ids[i - 1]!)!)
        for (const tick of layout.ticks) {
          expect(tick.x).toBeGreaterThanOrEqual(0)
          expect(tick.x).toBeLessThanOrEqual(width)
          expect(tick.fellOff).toBe((marginOf.get(tick.ids[0]!) ?? 0) < 0)
        }
        expect(layout.held.x + layout.held.width).toBeLessThanOrEqual(width)
        expect(layout.danger.width).toBeLessThanOrEqual(layout.held.width + 1e-6)
      }),
    )
  })

  test('labels of one lane never touch and none leaves the picture', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -100, max: 1100 }), { maxLength: 40 }),
        fc.integer({ min: 100, max: 1600 }),
        (margins, width) => {
          const marks = margins.map((marginBytes, i) => ({ id: `n${i}`, label: `10.0.0.${i}:6379`, marginBytes }))
          const { labels } = layoutBacklog(input(marks), { ...frame, width })
          for (const label of labels) {
            expect(label.x).toBeGreaterThanOrEqual(0)
            expect(label.x + label.width).toBeLessThanOrEqual(width)
          }
          for (const lane of [0, 1, 2]) {
            const row = labels.filter((label) => label.lane === lane).toSorted((a, b) => a.x - b.x)
            for (let i = 1; i < row.length; i++) expect(row[i]!.x).toBeGreaterThan(row[i - 1]!.x + row[i - 1]!.width)
          }
        },
      ),
    )
  })
})

describe('short names', () => {
  test.each([
    [
      ['10.0.0.6:6379', '10.0.0.7:6379'],
      ['.6', '.7'],
    ],
    [
      ['127.0.0.1:6379', '127.0.0.1:6380'],
      [':6379', ':6380'],
    ],
    [
      ['10.0.0.6:6379', '10.0.0.7:6380'],
      ['.6:6379', '.7:6380'],
    ],
    [
      ['10.0.0.6:6379', '10.0.1.6:6379'],
      ['10.0.0.6:6379', '10.0.1.6:6379'],
    ],
    [
      ['[::1]:6379', 'db-1:6379'],
      ['[::1]:6379', 'db-1:6379'],
    ],
    [['10.0.0.6:6379'], ['10.0.0.6:6379']],
  ])('%j become %j', (ids, short) => {
    expect([...shortNames(ids).values()]).toEqual(short)
  })

  test('never give two nodes one name', () => {
    const id = fc
      .tuple(fc.constantFrom('10.0.0.1', '10.0.0.11', '10.0.1.1', 'db', '[::1]'), fc.integer({ min: 1, max: 4 }))
      .map(([host, port]) => `${host}:${port}`)
    fc.assert(
      fc.property(fc.uniqueArray(id), (ids) => {
        expect(new Set(shortNames(ids).values()).size).toBe(ids.length)
      }),
    )
  })
})

describe('what a backlog says', () => {
  const backlogs = toBacklogs(troubledSlice())
  const of = (id: string) => backlogs.find((one) => one.node === id)!
  const standing = (node: string, replica: string) => of(node).replicas.find((one) => one.replica === replica)!

  test('the master comes first, then who feeds a chain, then who could be promoted', () => {
    expect(backlogs.map((one) => [one.node, one.part])).toEqual([
      [MASTER, 'master'],
      ['10.0.0.6:6379', 'upstream'],
      ['10.0.0.7:6379', 'electable'],
      ['10.0.0.9:6379', 'electable'],
    ])
  })

  test('of the master only its own replicas, of a candidate every other replica', () => {
    expect(of(MASTER).replicas.map((one) => one.replica)).not.toContain('10.0.0.9:6379')
    expect(of('10.0.0.7:6379').replicas).toHaveLength(4)
  })

  test('a measured margin is the link’s own, one against a candidate is an estimate', () => {
    expect(standing(MASTER, '10.0.0.7:6379')).toMatchObject({ marginBytes: 19_100_000, isEstimate: false })
    expect(standing('10.0.0.6:6379', '10.0.0.7:6379')).toMatchObject({
      isEstimate: true,
      verdict: 'partial',
      marginBytes: 899_687_090 + 1 - 890_000_000,
    })
  })

  test('a replica beyond a candidate’s newest byte would have to resync fully', () => {
    expect(standing('10.0.0.7:6379', '10.0.0.6:6379')).toMatchObject({ isAhead: true, verdict: 'full', secondsLeft: 0 })
  })

  test('another history has no position and says so', () => {
    const slice = troubledSlice()
    const stranger = slice.nodes.map((node) =>
      node.id === '10.0.0.9:6379' ? nodeOf(node.id, {}, { replid: 'e'.repeat(40) }) : node,
    )
    const facts = toBacklogs({ ...slice, nodes: stranger }).find((one) => one.node === '10.0.0.7:6379')!
    expect(facts.replicas.find((one) => one.replica === '10.0.0.9:6379')).toMatchObject({
      marginBytes: null,
      noPosition: 'different history',
      verdict: 'full',
    })
  })

  test('an offset that nobody told is unknown, not zero', () => {
    expect(standing(MASTER, '10.0.0.10:6379')).toMatchObject({ marginBytes: null, noPosition: 'syncing' })
    expect(standing('10.0.0.7:6379', '10.0.0.10:6379')).toMatchObject({ marginBytes: null, verdict: 'unknown' })
  })

  test('those nearest to the edge come first', () => {
    expect(of(MASTER).replicas.map((one) => one.replica)).toEqual([
      '10.0.0.7:6379',
      '10.0.0.8:6379',
      '10.0.0.6:6379',
      '10.0.0.10:6379',
    ])
  })

  test('the sentence names the speed, the cover and whom the edge reaches', () => {
    expect(describeEdge(of(MASTER))).toBe(
      'The oldest byte moves on at 76.2 KB/s: an absence of 14 m 20 s is covered, 32 s at the peak rate. 10.0.0.8:6379 is away and is reached in 96 s.',
    )
    expect(adviseSize(of(MASTER))).toContain('256 MB')
  })

  test('one that still fills says for how long its oldest byte stays', () => {
    expect(of('10.0.0.6:6379')).toMatchObject({ isFull: false })
    expect(describeEdge(of('10.0.0.6:6379'))).toMatch(/^Still filling at 76\.2 KB\/s: the oldest byte stays for /)
  })

  test('more held than its size is drawn to what is held', () => {
    const slice = troubledSlice()
    const pinned = nodeOf(
      MASTER,
      { role: 'master' },
      { backlog: { active: true, sizeBytes: MB, firstByteOffset: 1, histlenBytes: 5 * MB } },
    )
    const facts = toBacklogs({ ...slice, nodes: [pinned] })[0]!
    expect(facts).toMatchObject({ scaleBytes: 5 * MB, isFull: true })
  })

  test('without writes both ends stand still and nobody is short of time', () => {
    const slice = troubledSlice()
    const links = [linkOf('10.0.0.6:6379', { coverage: { bytes: 10, seconds: null, unbounded: true } })]
    const idle = nodeOf(MASTER, { role: 'master' }, { writeBytesPerSecond: 0 })
    const facts = toBacklogs({ ...slice, links, nodes: [idle] })[0]!
    expect(describeEdge(facts)).toContain('both ends stand still')
    expect(describeLeft(facts.replicas[0]!)).toBe('no writes')
  })

  test('no backlog at all is said, with nothing invented', () => {
    const [facts] = toBacklogs(loneSlice())
    expect(facts).toMatchObject({ state: 'inactive', heldBytes: null, firstByteOffset: null, scaleBytes: undefined })
    expect(describeEdge(facts!)).toContain('full resync')
    expect(adviseSize(facts!)).toBeNull()
    expect(describePicture(facts!)).toContain('inactive')
    expect(toBacklogs(unknownSlice())).toEqual([])
  })

  test('the small picture of a chained replica shows the backlog that feeds it', () => {
    expect(backlogOf(troubledSlice(), '10.0.0.9:6379')?.node).toBe('10.0.0.6:6379')
    expect(backlogOf(troubledSlice(), 'nobody:1')).toBeUndefined()
  })
})
