import { describe, expect, test } from 'vitest'
import { serverCards } from '../../../src-renderer/graph/card-facts.ts'
import { linkEdges } from '../../../src-renderer/graph/edge-facts.ts'
import { sentinelCards, sentinelVerdict } from '../../../src-renderer/graph/sentinel-facts.ts'
import { failedOver, finding, sketchSlice, splitSlice, wellSlice } from '../support/samples.ts'

describe('names of cards', () => {
  test("a node's name begins with its address and its role", () => {
    expect(serverCards(wellSlice()).get('10.0.0.5:6379')?.name).toBe('10.0.0.5:6379, master, up, 3 replicas')
    expect(serverCards(wellSlice()).get('10.0.0.6:6379')?.name).toMatch(
      /^10\.0\.0\.6:6379, replica, up, link online, byte lag 14–28 B/,
    )
    expect(serverCards(sketchSlice()).get('10.0.0.9:6379')?.name).toMatch(
      /^10\.0\.0\.9:6379, replica, up, chained through 10\.0\.0\.6:6379/,
    )
  })

  test('a node out of reach is "not reached from here", and who told is said', () => {
    expect(serverCards(sketchSlice()).get('10.0.0.8:6379')?.name).toMatch(
      /^10\.0\.0\.8:6379, replica, not reached from here, .*told by Sentinel/,
    )
  })

  test("a link's name is REPLICA from MASTER with its lag", () => {
    expect(linkEdges(wellSlice()).get('10.0.0.6:6379')?.name).toMatch(
      /^10\.0\.0\.6:6379 from 10\.0\.0\.5:6379, byte lag 14–28 B, link online/,
    )
    expect(linkEdges(failedOver(wellSlice(), '10.0.0.7:6379')).get('10.0.0.5:6379')?.name).toMatch(
      /^10\.0\.0\.5:6379 from 10\.0\.0\.7:6379, byte lag not known, sample is stale, link down/,
    )
  })

  test('a Sentinel is named with whom it believes', () => {
    expect(sentinelCards(wellSlice()).get('10.0.0.5:26379')?.name).toBe(
      '10.0.0.5:26379, Sentinel, up, believes 10.0.0.5:6379 master',
    )
    expect(sentinelCards(splitSlice()).get('10.0.0.7:26379')?.name).toMatch(
      /believes 10\.0\.0\.7:6379 master, against the others/,
    )
  })
})

describe('marks', () => {
  test('a second master is marked and grave, the agreed one is not', () => {
    const cards = serverCards(splitSlice())
    expect(cards.get('10.0.0.7:6379')).toMatchObject({ isContender: true, tone: 'crit' })
    expect(cards.get('10.0.0.7:6379')?.marks[0]?.text).toBe('also says master')
    expect(cards.get('10.0.0.5:6379')).toMatchObject({ isContender: false, tone: 'ok' })
  })

  test('a finding that does not hold yet colours nothing', () => {
    const slice = wellSlice()
    const about = { ...finding('lag', 'warning', 'link', '10.0.0.6:6379', 'Falls behind'), held: false }
    expect(serverCards({ ...slice, findings: [about] }).get('10.0.0.6:6379')?.tone).toBe('ok')
    expect(serverCards({ ...slice, findings: [{ ...about, held: true }] }).get('10.0.0.6:6379')?.tone).toBe('warn')
  })

  test('what is not known is not shown as zero', () => {
    const slice = wellSlice()
    const bare = {
      ...slice,
      nodes: slice.nodes.map((node) => ({ ...node, keys: null, memory: null, version: null, persistence: null })),
    }
    const card = serverCards(bare).get('10.0.0.6:6379')!
    expect(card.facts).toEqual([])
    expect(card.marks.map((mark) => mark.text).join()).not.toMatch(/RDB|AOF/)
  })
})

describe('agreement', () => {
  test('it is said in words', () => {
    expect(sentinelVerdict(wellSlice())).toMatchObject({ text: '3 of 3: 10.0.0.5:6379', tone: 'ok' })
    expect(sentinelVerdict(splitSlice())).toMatchObject({
      text: 'Sentinels disagree',
      detail: '2 say 10.0.0.5:6379 · 1 say 10.0.0.7:6379',
      tone: 'crit',
    })
  })

  test('without Sentinels there is nothing to say', () => {
    const slice = wellSlice()
    expect(sentinelVerdict({ ...slice, group: { ...slice.group, sentinels: [] } })).toBeNull()
  })
})
