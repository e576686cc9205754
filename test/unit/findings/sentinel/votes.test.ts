import { describe, expect, it } from 'vitest'
import { evenSentinels } from '../../../../src-main/domain/findings/rules/sentinel/even-sentinels.ts'
import { failoverImpossible } from '../../../../src-main/domain/findings/rules/sentinel/failover-impossible.ts'
import { ghostEntries } from '../../../../src-main/domain/findings/rules/sentinel/ghost-entries.ts'
import { quorumNotMajority } from '../../../../src-main/domain/findings/rules/sentinel/quorum-not-majority.ts'
import { quorumUnreachable } from '../../../../src-main/domain/findings/rules/sentinel/quorum-unreachable.ts'
import { sentinelsColocated } from '../../../../src-main/domain/findings/rules/sentinel/sentinels-colocated.ts'
import { sentinelsDisagree } from '../../../../src-main/domain/findings/rules/sentinel/sentinels-disagree.ts'
import { tilt } from '../../../../src-main/domain/findings/rules/sentinel/tilt.ts'
import { tooFewSentinels } from '../../../../src-main/domain/findings/rules/sentinel/too-few-sentinels.ts'
import { judgeGroup } from '../../../../src-main/domain/findings/judge-group.ts'
import type { GroupEvent, GroupSnapshot, SentinelView } from '../../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  infoReply,
  runId,
  withNode,
  withNodeInfo,
  withSentinelMaster,
  withSentinelReplica,
} from '../../../support/facts.ts'
import { contextOf, fired, judge, withViews } from './judging.ts'

const [S1, S2, S3] = HEALTHY.sentinels

const unreachableHere = (group: GroupSnapshot): GroupSnapshot =>
  withViews(group, () => ({ isReachable: false, facts: undefined, replicas: undefined, peers: undefined }))

/** Peers as every Sentinel lists them, changed by `change` where the peer is `node`. */
const withPeer = (
  group: GroupSnapshot,
  node: string,
  change: Partial<NonNullable<SentinelView['peers']>[number]>,
): GroupSnapshot =>
  withViews(group, (view) => ({
    peers: view.peers?.map((peer) => (peer.node === node ? { ...peer, ...change } : peer)),
  }))

const DOWN = new Set(['s_down', 'sentinel', 'disconnected'])

describe('failover-impossible', () => {
  it('says nothing of a group whose failover would work', () => {
    expect(judge(failoverImpossible, healthyGroup())).toEqual([])
  })

  it('names every candidate and why it is out', () => {
    const group = withNodeInfo(
      withSentinelReplica(healthyGroup(), HEALTHY.replica2, { flags: new Set(['s_down', 'slave']) }),
      HEALTHY.replica1,
      { replication: { priority: 0 } },
    )
    const verdict = fired(failoverImpossible, group)
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'group', id: 'mymaster' } })
    expect(verdict.title).toContain(HEALTHY.master)
    expect(verdict.title).toContain('no replica can be promoted')
    expect(verdict.why).toContain(`${HEALTHY.replica1}: priority 0`)
    expect(verdict.why).toContain(`${HEALTHY.replica2}: subjectively down`)
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: HEALTHY.replica1, field: 'slave_priority', value: 0 }),
    )
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.6 -p 6379 CONFIG SET replica-priority 100')
  })

  it('names the Sentinels whose votes are missing', () => {
    const group = withPeer(withPeer(healthyGroup(), S2, { flags: DOWN }), S3, { flags: DOWN })
    const alone = withViews(group, () => ({ isReachable: false }), S2)
    const verdict = fired(
      failoverImpossible,
      withViews(alone, () => ({ isReachable: false }), S3),
    )
    expect(verdict.remedy.join('\n')).toContain(S2)
    expect(verdict.remedy.join('\n')).toContain(S3)
  })

  it('cannot judge a group whose Sentinels do not answer from here', () => {
    expect(judge(failoverImpossible, unreachableHere(healthyGroup()))).toMatchObject([{ kind: 'not-judged' }])
  })

  it('leaves a failover under way alone', () => {
    const group = withSentinelMaster(withNodeInfo(healthyGroup(), HEALTHY.replica1, { replication: { priority: 0 } }), {
      flags: new Set(['master', 'o_down', 'failover_in_progress']),
    })
    expect(judge(failoverImpossible, group)).toEqual([])
  })

  it('leaves one alone that has only been heard to begin, and speaks of it once it was given up', () => {
    const heard = (what: string, ago: number): GroupEvent => ({
      at: FIXTURE_AT - ago,
      kind: 'sentinel',
      node: undefined,
      what,
      detail: '',
    })
    const begun = [heard('+try-failover', 50)]
    expect(judge(failoverImpossible, healthyGroup(), { events: begun })).toEqual([])
    const verdict = fired(failoverImpossible, healthyGroup(), {
      events: [...begun, heard('-failover-abort-not-elected', 10)],
    })
    expect(verdict.title).toContain('the last attempt did not succeed')
  })
})

describe('quorum-unreachable', () => {
  const text = 'NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority'
  const check = { isReachable: false, usable: 1, text }
  const parted = () => withViews(withPeer(healthyGroup(), S3, { flags: DOWN }), () => ({ quorumCheck: check }), S1)

  it('says nothing while CKQUORUM is OK, or was not permitted', () => {
    expect(judge(quorumUnreachable, healthyGroup())).toEqual([])
    expect(
      judge(
        quorumUnreachable,
        withViews(healthyGroup(), () => ({ quorumCheck: undefined })),
      ),
    ).toEqual([])
  })

  it('quotes the Sentinel and names who is missing', () => {
    const group = withViews(withPeer(healthyGroup(), S3, { flags: DOWN }), () => ({ quorumCheck: check }), S1)
    const verdict = fired(quorumUnreachable, group)
    expect(verdict.severity).toBe('critical')
    expect(verdict.title).toContain(S1)
    expect(verdict.title).toContain(S3)
    expect(verdict.evidence).toContainEqual({ node: S1, field: 'SENTINEL CKQUORUM', value: text, at: FIXTURE_AT })
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.1 -p 26379 SENTINEL CKQUORUM mymaster')
  })

  it('says how many say so, and what the others say, where it is one Sentinel that is parted from them', () => {
    const { severity, title, why, evidence, remedy } = fired(quorumUnreachable, parted())
    expect(severity).toBe('critical')
    expect(title).toContain(`${S1}: no quorum for mymaster (says 1 of 3 Sentinels; 2 reach it)`)
    expect(why).toContain(`${S2}, ${S3} can still fail over`)
    expect(evidence.filter(({ field }) => field === 'SENTINEL CKQUORUM').map(({ node }) => node)).toEqual([S1, S2, S3])
    expect(remedy[0]).toBe(`${S3} answers from here: see what parts it from ${S1} (network, firewall, sentinel-pass)`)
  })

  it('leaves open what a Sentinel that cannot be asked would say', () => {
    const unheard = withViews(parted(), () => ({ isReachable: false }), S2)
    expect(fired(quorumUnreachable, unheard).title).toContain(
      '(says 1 of 3 Sentinels; 1 reaches it, of 1 it is not known)',
    )
    const all = withViews(healthyGroup(), () => ({ quorumCheck: check }))
    expect(fired(quorumUnreachable, all).title).toBe(`${S1}, ${S2}, ${S3}: no quorum for mymaster`)
  })

  it('leaves out what a Sentinel said before it fell silent', () => {
    const group = withViews(healthyGroup(), () => ({ quorumCheck: check, isReachable: false }), S1)
    expect(judge(quorumUnreachable, group)).toEqual([])
  })
})

describe('sentinels-disagree', () => {
  const split = withViews(healthyGroup(), () => ({ master: HEALTHY.replica1 }), S2)

  it('says nothing while all agree', () => {
    expect(judge(sentinelsDisagree, healthyGroup())).toEqual([])
  })

  it.each([
    ['master address', split],
    ['config-epoch', withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), configEpoch: 9 } }), S2)],
    ['quorum', withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), quorum: 3 } }), S2)],
    [
      'down-after-milliseconds',
      withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), downAfterMs: 9 } }), S2),
    ],
    [
      'failover-timeout',
      withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), failoverTimeoutMs: 9 } }), S2),
    ],
    ['parallel-syncs', withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), parallelSyncs: 9 } }), S2)],
  ])('shows what every Sentinel says of the %s', (field, group) => {
    const verdict = fired(sentinelsDisagree, group)
    expect(verdict.severity).toBe('critical')
    expect(verdict.title).toContain(field)
    expect(verdict.evidence.filter((one) => one.field === field).map((one) => one.node)).toEqual([S1, S2, S3])
  })

  it('puts every Sentinel right by what most of them say', () => {
    const group = withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), quorum: 3 } }), S2)
    expect(fired(sentinelsDisagree, group).remedy).toContain(
      'redis-cli -h 10.0.0.2 -p 26379 SENTINEL SET mymaster quorum 2',
    )
  })

  it('is information until the grace is over, then critical', () => {
    const first = judgeGroup([sentinelsDisagree], contextOf(split), [])
    expect(first.findings).toMatchObject([{ severity: 'info', held: false }])
    const later = { ...split, takenAt: FIXTURE_AT + 15_000 }
    const second = judgeGroup([sentinelsDisagree], contextOf(later), first.findings)
    expect(second.findings).toMatchObject([{ severity: 'critical', held: true, since: FIXTURE_AT }])
  })

  it('is critical but not yet held in a one-shot look', () => {
    const { findings } = judgeGroup([sentinelsDisagree], contextOf(split, { isOneShot: true }), [])
    expect(findings).toMatchObject([{ severity: 'critical', held: false }])
  })

  it('does not compare what a Sentinel did not say', () => {
    const group = withViews(healthyGroup(), (view) => ({ facts: { ...facts(view), quorum: undefined } }), S2)
    expect(judge(sentinelsDisagree, group)).toEqual([])
  })
})

describe('ghost-entries', () => {
  it('says nothing of entries that are alive or down for a moment', () => {
    expect(judge(ghostEntries, healthyGroup())).toEqual([])
    expect(judge(ghostEntries, withPeer(healthyGroup(), S3, { flags: DOWN, sDownMs: 50_000 }))).toEqual([])
  })

  it('names a Sentinel down for more than ten times down-after', () => {
    const verdict = fired(
      ghostEntries,
      withPeer(healthyGroup(), S3, { flags: DOWN, sDownMs: 50_001, host: '10.0.0.3', port: 26379 }),
    )
    expect(verdict.severity).toBe('warning')
    expect(verdict.title).toContain(`Sentinel ${S3}`)
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: S1, field: `${S3} s-down-time`, value: 50_001 }),
    )
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.1 -p 26379 SENTINEL RESET mymaster')
  })

  it('names a replica down for a day, not one down for less', () => {
    const down = (ms: number) => withSentinelReplica(healthyGroup(), HEALTHY.replica2, { sDownMs: ms })
    expect(judge(ghostEntries, down(86_399_999))).toEqual([])
    expect(fired(ghostEntries, down(86_400_000)).title).toContain(`replica ${HEALTHY.replica2}`)
  })

  it('names one run id under two addresses', () => {
    const group = withSentinelReplica(healthyGroup(), HEALTHY.replica2, { runId: runId(2) })
    const verdict = fired(ghostEntries, group)
    expect(verdict.title).toContain(HEALTHY.replica1)
    expect(verdict.title).toContain(HEALTHY.replica2)
  })

  it('names a Sentinel that has the id of the one asked', () => {
    const group = withViews(healthyGroup(), () => ({ sentinelId: runId(202) }), S1)
    expect(fired(ghostEntries, group).title).toContain(S1)
  })

  it('says nothing where down-after is not known', () => {
    const group = withSentinelMaster(withPeer(healthyGroup(), S3, { sDownMs: 9e9 }), { downAfterMs: undefined })
    expect(judge(ghostEntries, group)).toEqual([])
  })
})

describe('the number of Sentinels', () => {
  const known = (count: number): GroupSnapshot =>
    withSentinelMaster({ ...healthyGroup(), knownSentinels: count }, { otherSentinelTotal: count - 1 })

  it.each([
    [1, true, false],
    [2, true, true],
    [3, false, false],
    [4, false, true],
    [5, false, false],
    [0, false, false],
  ])('%i known: too few %s, even %s', (count, isFew, isEven) => {
    expect(judge(tooFewSentinels, known(count)).length).toBe(isFew ? 1 : 0)
    expect(judge(evenSentinels, known(count)).length).toBe(isEven ? 1 : 0)
  })

  it('proves it by num-other-sentinels', () => {
    const verdict = fired(tooFewSentinels, known(2))
    expect(verdict.severity).toBe('warning')
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: S1, field: 'num-other-sentinels', value: 1 }),
    )
    expect(verdict.remedy.join()).toContain('SENTINEL MONITOR mymaster 10.0.0.5 6379 2')
  })

  it.each([
    [1, 3, true],
    [2, 3, false],
    [3, 3, false],
    [4, 3, true],
    [1, 1, false],
  ])('quorum %i of %i Sentinels: odd %s', (quorum, count, isOdd) => {
    const group = withSentinelMaster(known(count), { quorum })
    expect(judge(quorumNotMajority, group).length).toBe(isOdd ? 1 : 0)
  })

  it('corrects the quorum on every Sentinel', () => {
    const verdict = fired(quorumNotMajority, withSentinelMaster(known(3), { quorum: 1 }))
    expect(verdict.remedy).toEqual(
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(
        (host) => `redis-cli -h ${host} -p 26379 SENTINEL SET mymaster quorum 2`,
      ),
    )
  })
})

describe('sentinels-colocated', () => {
  const on = (host: string): GroupSnapshot => ({
    ...healthyGroup(),
    sentinels: [`${host}:26379`, `${host}:26380`, '10.0.0.3:26379'],
  })

  it('says nothing when each has a host of its own, one beside the master too', () => {
    expect(judge(sentinelsColocated, healthyGroup())).toEqual([])
    const beside = { ...healthyGroup(), sentinels: ['10.0.0.5:26379', S2, S3] }
    expect(judge(sentinelsColocated, beside)).toEqual([])
  })

  it('names a host with two of them', () => {
    const verdict = fired(sentinelsColocated, on('10.0.0.1'))
    expect(verdict.severity).toBe('warning')
    expect(verdict.title).toContain('10.0.0.1 has 2 of 3 Sentinels')
    expect(verdict.remedy.join()).toContain('10.0.0.1:26380')
  })

  it('names a single Sentinel on the host of the master', () => {
    const group = { ...healthyGroup(), sentinels: ['10.0.0.5:26379'], knownSentinels: 1 }
    expect(fired(sentinelsColocated, group).title).toContain('and the master')
  })

  it.each(['127.0.0.1', '[::1]', 'localhost'])('keeps quiet on %s', (host) => {
    expect(judge(sentinelsColocated, on(host))).toEqual([])
  })

  it('keeps quiet in a lab', () => {
    expect(judge(sentinelsColocated, on('10.0.0.1'), { environment: 'lab' })).toEqual([])
  })
})

describe('tilt', () => {
  const tilted = withNode(healthyGroup(), S2, (node) => ({
    ...node,
    sentinel: { myId: runId(201), tilt: true, groups: ['mymaster'] },
    info: infoReply({ sentinel: { masters: 1, tilt: true, tiltSinceSeconds: 7 } }),
  }))

  it('says nothing of a Sentinel that trusts its clock, or does not say', () => {
    expect(judge(tilt, healthyGroup())).toEqual([])
    const silent = withNode(healthyGroup(), S2, (node) => ({ ...node, sentinel: undefined }))
    expect(judge(tilt, silent)).toEqual([])
  })

  it('names the Sentinel and since when', () => {
    const verdict = fired(tilt, tilted)
    expect(verdict).toMatchObject({
      severity: 'warning',
      subject: { kind: 'node', id: S2 },
      knownSince: FIXTURE_AT - 7000,
    })
    expect(verdict.evidence).toContainEqual(expect.objectContaining({ node: S2, field: 'sentinel_tilt', value: 1 }))
  })

  it('leaves out a Sentinel that no longer answers', () => {
    expect(
      judge(
        tilt,
        withNode(tilted, S2, (node) => ({ ...node, reachability: 'hung' })),
      ),
    ).toEqual([])
  })
})

function facts(view: SentinelView): NonNullable<SentinelView['facts']> {
  if (view.facts === undefined) throw new Error('a view without facts')
  return view.facts
}
