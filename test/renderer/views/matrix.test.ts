import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { majorityOf, toSentinelMatrix } from '../../../src-renderer/features/sentinels/sentinel-matrix.ts'
import { loneSlice, MASTER, troubledSlice, viewOf } from '../support/views-samples.ts'

const A = '10.0.0.5:26379'
const B = '10.0.0.6:26379'
const C = '10.0.0.7:26379'

function matrixOf(...views: ReturnType<typeof viewOf>[]) {
  const slice = troubledSlice()
  return toSentinelMatrix({ group: { ...slice.group, sentinelViews: views } })
}
const rowOf = (matrix: ReturnType<typeof matrixOf>, id: string) => matrix.rows.find((row) => row.id === id)!
const standings = (matrix: ReturnType<typeof matrixOf>, id: string) =>
  rowOf(matrix, id).cells.map((cell) => cell.standing)

describe('the matrix of Sentinel views', () => {
  test('three that agree leave nothing to look at', () => {
    const matrix = matrixOf(viewOf(A), viewOf(B), viewOf(C))
    expect(matrix.differing).toBe(0)
    expect(rowOf(matrix, 'master').summary).toBe('all 3 agree')
    expect(matrix.ill).toEqual([])
  })

  test('lists are compared as sets, and each Sentinel leaves itself out of its peers', () => {
    const matrix = matrixOf(
      viewOf(A, { replicas: ['b:1', 'a:1'] }),
      viewOf(B, { replicas: ['a:1', 'b:1'] }),
      viewOf(C, { replicas: ['a:1', 'b:1'] }),
    )
    expect(rowOf(matrix, 'replicas').differs).toBe(false)
    expect(rowOf(matrix, 'peers').differs).toBe(false)
  })

  test('one that says otherwise deviates, with what it lacks and adds', () => {
    const matrix = matrixOf(
      viewOf(A),
      viewOf(B),
      viewOf(C, { replicas: ['10.0.0.6:6379', '10.0.0.7:6379', 'ghost:1'], quorum: 1 }),
    )
    expect(standings(matrix, 'replicas')).toEqual(['agrees', 'agrees', 'deviates'])
    expect(rowOf(matrix, 'replicas').cells[2]!.note).toBe('lacks 10.0.0.8:6379; also lists ghost:1')
    expect(rowOf(matrix, 'quorum').cells[2]!.note).toBe('others say 2')
    expect(rowOf(matrix, 'quorum').summary).toBe('2 of 3 agree')
  })

  test('two different masters among two Sentinels are a grave split, not a deviation', () => {
    const matrix = matrixOf(viewOf(A), viewOf(B, { master: '10.0.0.7:6379' }))
    expect(standings(matrix, 'master')).toEqual(['split', 'split'])
    expect(rowOf(matrix, 'master')).toMatchObject({ isGrave: true, summary: 'no majority' })
  })

  test('the last word of a silent Sentinel decides only where the reachable ones do not', () => {
    const silent = { reachable: false, downAfterMs: 5000 }
    const undecided = matrixOf(viewOf(A, { downAfterMs: 5000 }), viewOf(B, { downAfterMs: 9000 }), viewOf(C, silent))
    expect(standings(undecided, 'down-after')).toEqual(['agrees', 'deviates', 'agrees'])
    const decided = matrixOf(viewOf(A, { downAfterMs: 9000 }), viewOf(B, { downAfterMs: 9000 }), viewOf(C, silent))
    expect(standings(decided, 'down-after')).toEqual(['agrees', 'agrees', 'deviates'])
  })

  test('what was not told is unknown and never a difference', () => {
    const matrix = matrixOf(viewOf(A, { quorum: null }), viewOf(B), viewOf(C))
    expect(standings(matrix, 'quorum')).toEqual(['unknown', 'agrees', 'agrees'])
    expect(rowOf(matrix, 'quorum')).toMatchObject({ differs: false, summary: 'all 2 agree, 1 not known' })
  })

  test('one that never answered says nothing at all', () => {
    const never = {
      reachable: false,
      at: null,
      master: null,
      configEpoch: null,
      flags: [],
      quorum: null,
      replicas: null,
      peers: null,
      quorumCheck: null,
      tilt: null,
    }
    const matrix = matrixOf(viewOf(A), viewOf(B, never))
    expect(rowOf(matrix, 'flags').cells[1]).toMatchObject({ standing: 'unknown', note: 'never answered' })
    expect(rowOf(matrix, 'master').cells[0]!.standing).toBe('plain')
  })

  test('TILT and a failed quorum check are bad whatever the others say', () => {
    const matrix = matrixOf(viewOf(A, { tilt: true, quorumCheck: { ok: false, text: 'NOQUORUM' } }), viewOf(B))
    expect(standings(matrix, 'tilt')).toEqual(['bad', 'agrees'])
    expect(rowOf(matrix, 'ckquorum')).toMatchObject({ summary: '1 of 2 fail', differs: true })
  })

  test('a node held for ill is named once, with every Sentinel’s word on it', () => {
    const matrix = matrixOf(
      viewOf(A, { ill: [{ id: '10.0.0.8:6379', flags: ['s_down'] }] }),
      viewOf(B),
      viewOf(C, { replicas: [] }),
    )
    expect(matrix.ill.map((row) => [row.id, row.cells.map((cell) => cell.text)])).toEqual([
      ['10.0.0.8:6379', ['s_down', 'well', 'not listed']],
    ])
  })

  test('columns keep their order whatever order the views came in', () => {
    expect(matrixOf(viewOf(C), viewOf(A), viewOf(B)).columns.map((column) => column.sentinel)).toEqual([A, B, C])
  })

  test('a group without Sentinels is an empty matrix', () => {
    expect(toSentinelMatrix(loneSlice()).columns).toEqual([])
  })

  test('a majority is more than half of those who vote, whatever their order', () => {
    const said = fc.array(fc.record({ key: fc.constantFrom('a', 'b', MASTER), votes: fc.boolean() }), { maxLength: 9 })
    fc.assert(
      fc.property(said, (votes) => {
        const winner = majorityOf(votes)
        expect(majorityOf(votes.toReversed())).toBe(winner)
        if (winner === undefined) return
        const share = (list: typeof votes) => list.filter((one) => one.key === winner).length * 2 > list.length
        expect(share(votes.filter((one) => one.votes)) || share(votes)).toBe(true)
      }),
    )
  })
})
