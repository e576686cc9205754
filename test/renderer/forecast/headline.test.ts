import { describe, expect, test } from 'vitest'
import type { GroupSlice, InspectHeadline } from '../../../src-main/contract/inspect.ts'
import { headLine, type HeadLine } from '../../../src-renderer/features/shell/head-line.ts'
import { serverCards } from '../../../src-renderer/graph/card-facts.ts'
import { linkEdges } from '../../../src-renderer/graph/edge-facts.ts'
import { sentinelCards } from '../../../src-renderer/graph/sentinel-facts.ts'
import { judgedSlice } from '../support/judge-samples.ts'
import { finding } from '../support/samples.ts'

const text = (line: HeadLine): string => line.phrases.map((phrase) => phrase.text).join('')
const QUIET = judgedSlice().group.headline!

/** Without findings, so that the headline alone decides the tone. */
function withHeadline(part: Partial<InspectHeadline['parts']>, tone: InspectHeadline['tone'] = 'at-risk'): GroupSlice {
  const slice = judgedSlice()
  return {
    ...slice,
    findings: [],
    group: { ...slice.group, headline: { ...QUIET, tone, parts: { ...QUIET.parts, ...part } } },
  }
}

describe('the headline from the forecast', () => {
  test('says who takes over, what is lost and what a failover costs the others', () => {
    const line = headLine(judgedSlice())
    expect(text(line)).toBe(
      'If 10.0.0.5:6379 died now, 10.0.0.7:6379 takes over and up to 306 KB, 4.1 s of writes, are lost; 1 of 3 other replicas would need a full resync.',
    )
    expect(line.tone).toBe('crit')
    expect(headLine(withHeadline({})).tone).toBe('warn')
  })

  test('is calm when nothing is lost and every replica continues', () => {
    const line = headLine(withHeadline({ lossBytes: 28, lossSeconds: 0, fullResyncs: 0 }, 'quiet'))
    expect(text(line)).toBe('If 10.0.0.5:6379 died now, 10.0.0.7:6379 takes over and no writes are lost.')
    expect(line).toMatchObject({ tone: 'ok', isQuiet: true })
  })

  test('names all that may take over, and does not guess a loss', () => {
    const line = headLine(
      withHeadline(
        { takesOver: ['a:1', 'b:1'], lossBytes: null, lossSeconds: null, fullResyncs: 0, unknownResyncs: 1 },
        'unknown',
      ),
    )
    expect(text(line)).toBe('If 10.0.0.5:6379 died now, a:1 or b:1 takes over; how much is lost is not known.')
    expect(line.tone).toBe('stale')
  })

  test('a failover under way is said as such', () => {
    const line = headLine(withHeadline({ takesOver: [] }, 'at-risk'))
    expect(text(line)).toBe('A failover is under way: 10.0.0.5:6379 is being replaced.')
    expect(line).toMatchObject({ tone: 'warn', isQuiet: false })
  })

  test('nobody to take over is a warning at least', () => {
    const line = headLine(withHeadline({ takesOver: [] }, 'unprotected'))
    expect(text(line)).toBe('If 10.0.0.5:6379 died now, nobody takes over by itself.')
    expect(line).toMatchObject({ tone: 'warn', isQuiet: false })
  })

  test('who takes over is not told while no Sentinel can be heard', () => {
    const line = headLine(withHeadline({ takesOver: [] }, 'unknown'))
    expect(text(line)).toBe('If 10.0.0.5:6379 died now, whether a replica takes over cannot be told from here.')
    expect(line).toMatchObject({ tone: 'stale', isQuiet: false })
  })
})

describe('badges in the graph', () => {
  test('a card and a link with a finding say so by shape, number and word', () => {
    const slice = judgedSlice()
    expect(serverCards(slice).get('10.0.0.8:6379')?.marks[0]).toMatchObject({
      text: '■ 1 finding',
      tone: 'crit',
      title: '10.0.0.8:6379 has been down for 41 s',
    })
    const edge = linkEdges(slice).get('10.0.0.8:6379')
    expect(edge?.third).toBe('■ 1 finding')
    expect(edge?.name).toMatch(/, 1 finding$/)
  })

  test('notes and what does not hold yet make no badge', () => {
    const slice = judgedSlice()
    const edges = linkEdges(slice)
    expect(edges.get('10.0.0.7:6379')?.third).toBe('')
    expect(edges.get('10.0.0.9:6379')?.third).toBe('TLS NAT')
    expect(
      serverCards(slice)
        .get('10.0.0.9:6379')
        ?.marks.some((mark) => mark.text.includes('finding')),
    ).toBe(false)
  })

  test('a Sentinel shows its own', () => {
    const slice = judgedSlice()
    const findings = [finding('tilt', 'warning', 'node', '10.0.0.5:26379', 'TILT')]
    const pill = sentinelCards({ ...slice, findings }).get('10.0.0.5:26379')
    expect(pill).toMatchObject({ tone: 'warn', note: '▲ 1 finding' })
    expect(pill?.name).toMatch(/, 1 finding$/)
  })
})
