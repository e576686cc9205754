import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SENTINEL_RULES } from '../../../../src-main/domain/findings/catalogue-sentinel.ts'
import { failoverImpossible } from '../../../../src-main/domain/findings/rules/sentinel/failover-impossible.ts'
import type { SentinelMaster } from '../../../../src-main/domain/replies/reply-types.ts'
import type { NodeSnapshot, SentinelView } from '../../../../src-main/domain/topology/model.ts'
import {
  groupSnapshot,
  healthyGroup,
  infoReply,
  linkSnapshot,
  nodeSnapshot,
  sentinelMaster,
  sentinelPeer,
  sentinelReplica,
  sentinelView,
  withSentinelMaster,
} from '../../../support/facts.ts'
import { contextOf, judge, withViews } from './judging.ts'

/** Every field of an instance map that a server may leave out. */
const UNTOLD = {
  host: undefined,
  port: undefined,
  runId: undefined,
  flags: new Set<string>(),
  lastPingSentMs: undefined,
  lastOkPingReplyMs: undefined,
  lastPingReplyMs: undefined,
  sDownMs: undefined,
  oDownMs: undefined,
  downAfterMs: undefined,
  linkPendingCommands: undefined,
  infoRefreshMs: undefined,
  roleReported: undefined,
  roleReportedMs: undefined,
}

const UNTOLD_MASTER: Partial<SentinelMaster> = {
  ...UNTOLD,
  configEpoch: undefined,
  replicaTotal: undefined,
  otherSentinelTotal: undefined,
  quorum: undefined,
  failoverTimeoutMs: undefined,
  parallelSyncs: undefined,
  failoverState: undefined,
}

const MASTER = '10.0.0.1:6379'
const serverId = (n: number) => `10.0.0.${n + 1}:6379`
const sentinelId = (n: number) => `10.0.1.${n + 1}:26379`

const server = (n: number): fc.Arbitrary<NodeSnapshot> =>
  fc
    .record({
      hasInfo: fc.boolean(),
      reachability: fc.constantFrom<NodeSnapshot['reachability']>(
        'up',
        'loading',
        'busy',
        'hung',
        'unreachable',
        'not-permitted',
      ),
      observedThrough: fc.constantFrom<NodeSnapshot['observedThrough']>(
        'direct',
        'sentinel-cache',
        'master-view',
        undefined,
      ),
    })
    .map(({ hasInfo, reachability, observedThrough }) =>
      nodeSnapshot({
        id: serverId(n),
        role: n === 0 ? 'master' : 'replica',
        reachability,
        observedThrough,
        info: hasInfo ? infoReply({ replication: { role: n === 0 ? 'master' : 'replica' } }) : undefined,
        rttMs: undefined,
        sampledAt: undefined,
        lastSeenAt: undefined,
      }),
    )

const view = (n: number, servers: number): fc.Arbitrary<SentinelView> =>
  fc
    .record({ hasFacts: fc.boolean(), isReachable: fc.boolean(), lists: fc.boolean(), names: fc.boolean() })
    .map(({ hasFacts, isReachable, lists, names }) =>
      sentinelView({
        sentinel: sentinelId(n),
        isReachable,
        at: undefined,
        master: names ? MASTER : undefined,
        facts: hasFacts ? sentinelMaster(UNTOLD_MASTER) : undefined,
        replicas: lists
          ? Array.from({ length: servers - 1 }, (_, i) =>
              sentinelReplica({
                ...UNTOLD,
                node: serverId(i + 1),
                masterLinkDownMs: undefined,
                masterLink: undefined,
                priority: undefined,
                offset: undefined,
                announced: undefined,
              }),
            )
          : undefined,
        peers: lists ? [sentinelPeer({ ...UNTOLD, node: sentinelId(n + 1), lastHelloMs: undefined })] : undefined,
        quorumCheck: undefined,
      }),
    )

const untold = fc
  .record({ servers: fc.integer({ min: 2, max: 4 }), sentinels: fc.integer({ min: 0, max: 3 }) })
  .chain(({ servers, sentinels }) =>
    fc.record({
      nodes: fc.tuple(...Array.from({ length: servers }, (_, n) => server(n))),
      views: fc.tuple(...Array.from({ length: sentinels }, (_, n) => view(n, servers))),
    }),
  )
  .map(({ nodes, views }) =>
    groupSnapshot({
      nodes,
      master: MASTER,
      views,
      sentinels: views.map((one) => one.sentinel),
      knownSentinels: 0,
      links: nodes.slice(1).map((node) => linkSnapshot({ replica: node.id })),
    }),
  )

describe('the rules about Sentinel', () => {
  it('say nothing of a healthy group', () => {
    const verdicts = SENTINEL_RULES.flatMap((rule) => judge(rule, healthyGroup()).map((one) => [rule.code, one.kind]))
    expect(verdicts).toEqual([])
  })

  it('neither fire nor judge on an empty snapshot', () => {
    expect(SENTINEL_RULES.flatMap((rule) => judge(rule, groupSnapshot()))).toEqual([])
  })

  it('never fire on fields that were not sent', () => {
    fc.assert(
      fc.property(untold, (snapshot) => {
        const context = contextOf(snapshot)
        const fired = SENTINEL_RULES.flatMap((rule) =>
          rule.judge(context).flatMap((verdict) => (verdict.kind === 'fires' ? [rule.code] : [])),
        )
        expect(fired).toEqual([])
      }),
    )
  })

  it('say what is missing when Sentinels may not tell', () => {
    const noQuorum = withSentinelMaster(healthyGroup(), { quorum: undefined })
    expect(judge(failoverImpossible, noQuorum)).toMatchObject([
      { kind: 'not-judged', reason: expect.stringContaining('quorum') as string },
    ])
    const noList = withViews({ ...healthyGroup(), replicas: [], links: [] }, () => ({ replicas: undefined }))
    expect(judge(failoverImpossible, noList)).toMatchObject([{ kind: 'not-judged' }])
  })

  it.each(SENTINEL_RULES.map((rule) => [rule.code, rule] as const))('%s describes itself', (code, rule) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(rule.section).toBe('sentinel')
    for (const words of [rule.fires, rule.matters, rule.advice]) expect(words.length).toBeGreaterThan(20)
  })
})
