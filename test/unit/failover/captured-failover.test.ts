import { describe, expect, it } from 'vitest'
import { forecastFailover } from '../../../src-main/domain/failover/forecast.ts'
import { parseInfo } from '../../../src-main/domain/replies/info.ts'
import { parseSentinelMasters, parseSentinelReplicas } from '../../../src-main/domain/replies/sentinel-maps.ts'
import { promoted } from '../../../src-main/domain/resync/parties.ts'
import { resyncVerdict, type ResyncParty, type ResyncPlan } from '../../../src-main/domain/resync/verdict.ts'
import type { GroupSnapshot, NodeSnapshot } from '../../../src-main/domain/topology/model.ts'
import { capturedReply, CAPTURED_VERSIONS, capturedText } from '../../support/captured-replies.ts'
import { FIXTURE_AT, groupSnapshot, linkSnapshot, nodeSnapshot, sentinelView } from '../../support/facts.ts'

/*
 * What real servers answered before a failover, and what they then did: the replica of priority 80 won over the one of
 * priority 90, although a chained replica had 70; the survivors were continued through second_repl_offset.
 */
describe.each(CAPTURED_VERSIONS)('a failover captured on %s', (version) => {
  const info = (name: string) => parseInfo(capturedText(version, name))
  const party = (name: string): ResyncParty => ({
    info: info(name),
    config: undefined,
    sentAt: FIXTURE_AT,
    at: FIXTURE_AT,
  })
  const verdict = (plan: ResyncPlan, upstream: ResyncParty, replica: ResyncParty) =>
    resyncVerdict({ plan, upstream, replica, now: FIXTURE_AT, bytesPerSecond: 0 })

  it('went to the replica that the forecast names, with certainty', () => {
    const forecast = forecastFailover(capturedGroup(version, 'sentinel.replicas'))
    const [after] = masters(version, 'sentinel.master-after-failover')
    expect(forecast.winner).toBe(`${after?.host}:${after?.port}`)
    expect(forecast).toMatchObject({ isCertain: true, unknowns: [] })
    expect(forecast.works.ok).toBe(true)
    expect(forecast.ranking.map((one) => [one.isEligible, one.priority])).toEqual([
      [true, 80],
      [true, 90],
      [false, 70],
    ])
  })

  it('would have gone to the other one while that replica was stopped', () => {
    const group = capturedGroup(version, 'sentinel.replicas-one-stopped')
    const forecast = forecastFailover(group)
    expect(forecast.ranking.map((one) => [one.isEligible, one.priority])).toEqual([
      [true, 90],
      [false, 80],
      [false, 70],
    ])
    expect(forecast.ranking[1]?.excludedBecause).toBe('subjectively down')
    expect(forecast.winner).toBe(forecast.ranking[0]?.node)
  })

  it('continued the survivor, as foreseen from before and as judged from the promoted node', () => {
    expect(verdict('reconnect', party('info.master'), party('info.replica')).verdict).toBe('partial')
    const before = party('info-replication.replica')
    const survivor = party('info-replication.replica-master-gone')
    expect(verdict('repoint', promoted(before), party('info-replication.chained-replica')).verdict).toBe('partial')
    expect(verdict('repoint', party('info-replication.promoted'), survivor).verdict).toBe('partial')
  })

  it('drew a new id and kept the old one up to where it stood, as the forecast supposes', () => {
    const after = info('info-replication.promoted').replication
    const supposed = promoted(party('info-replication.replica-master-gone')).info.replication
    expect(supposed.replid2).toBe(after.replid2)
    expect(supposed.secondOffset).toBe(after.secondOffset)
    expect(supposed.replid).not.toBe(after.replid2)
  })

  it('would not continue the master, which runs with AOF, if it restarted with replicaof set', () => {
    expect(verdict('restart-clean', party('info.master'), party('info.master')).decidedBy).toBe('row 2: R.aof_enabled')
  })
})

function masters(version: string, name: string) {
  const parsed = parseSentinelMasters(
    name === 'sentinel.masters' ? capturedReply(version, name) : [capturedReply(version, name)],
  )
  if (!parsed.ok) throw new Error(parsed.problem.detail)
  return parsed.value
}

/** One Sentinel's own replies, and the three replicas as they answered at that time. */
function capturedGroup(version: string, replicasFile: string): GroupSnapshot {
  const parsed = parseSentinelReplicas(capturedReply(version, replicasFile))
  const [facts] = masters(version, 'sentinel.masters')
  if (!parsed.ok || facts?.host === undefined || facts.port === undefined) throw new Error('unreadable capture')
  const isStopped = replicasFile.endsWith('stopped')
  const master = `${facts.host}:${facts.port}`
  const node = (id: string, name: string): NodeSnapshot => {
    const info = parseInfo(capturedText(version, name))
    return nodeSnapshot({ id, info, writeRate: { bytesPerSecond: 300, peakBytesPerSecond: 300 } })
  }
  const replicas = parsed.value.map((entry) => ({ ...entry, node: `${entry.host}:${entry.port}` }))
  const plain = replicas.find((entry) => entry.priority === 80)?.node ?? ''
  const middle = replicas.find((entry) => entry.priority === 90)?.node ?? ''
  const leaf = `${facts.host}:chained`
  const stopped = { ...node(plain, 'info.replica'), reachability: 'hung' as const }
  return groupSnapshot({
    name: facts.name,
    master,
    quorum: facts.quorum,
    knownSentinels: (facts.otherSentinelTotal ?? 0) + 1,
    sentinels: ['s:1'],
    views: [
      sentinelView({
        sentinel: 's:1',
        master,
        facts,
        replicas,
        peers: undefined,
        quorumCheck: { isReachable: true, usable: 3, text: 'OK' },
      }),
    ],
    nodes: [
      node(master, 'info.master'),
      isStopped ? stopped : node(plain, 'info.replica'),
      node(middle, 'info.replica-with-replica'),
      node(leaf, 'info.chained-replica'),
    ],
    links: [
      linkSnapshot({ replica: plain, upstream: master, master }),
      linkSnapshot({ replica: middle, upstream: master, master }),
      linkSnapshot({ replica: leaf, upstream: middle, master, depth: 2 }),
    ],
  })
}
