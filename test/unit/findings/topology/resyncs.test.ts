import { describe, expect, it } from 'vitest'
import { aofRestartFullSync } from '../../../../src-main/domain/findings/rules/topology/aof-restart-full-sync.ts'
import { backlogInactive } from '../../../../src-main/domain/findings/rules/topology/backlog-inactive.ts'
import { backlogTooSmall } from '../../../../src-main/domain/findings/rules/topology/backlog-too-small.ts'
import { fullSyncLoop } from '../../../../src-main/domain/findings/rules/topology/full-sync-loop.ts'
import { fullSyncRunning } from '../../../../src-main/domain/findings/rules/topology/full-sync-running.ts'
import { outputBufferPressure } from '../../../../src-main/domain/findings/rules/topology/output-buffer-pressure.ts'
import { outputBufferTooSmall } from '../../../../src-main/domain/findings/rules/topology/output-buffer-too-small.ts'
import { syncFanOut } from '../../../../src-main/domain/findings/rules/topology/sync-fan-out.ts'
import type { GroupEvent, GroupSnapshot, PastSample } from '../../../../src-main/domain/topology/model.ts'
import {
  HEALTHY,
  healthyGroup,
  replicaLine,
  runId,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
} from '../../../support/facts.ts'
import { ago, contextOf, fired, judge, linkEvent, pastOf, words } from '../judging.ts'

const { master, replica1, replica2, chained } = HEALTHY
const MIB = 1024 * 1024

/** One replica in a full sync. */
function syncing(group: GroupSnapshot, id: string): GroupSnapshot {
  const busy = withNodeInfo(group, id, { replication: { masterLink: 'down', syncInProgress: true } })
  return withLink(busy, id, { state: 'full-sync' })
}

describe('full-sync-loop', () => {
  /** Rounds of 40 s: 30 s of sync, 2 s online, 8 s down. */
  const rounds = (count: number, onlineSeconds = 2): readonly GroupEvent[] =>
    Array.from({ length: count }, (_, i) => 30 + (count - 1 - i) * 120).flatMap((begun) => [
      linkEvent(begun, replica1, 'down -> full-sync'),
      linkEvent(begun - 15, replica1, 'full-sync -> loading'),
      linkEvent(begun - 20, replica1, 'loading -> online'),
      linkEvent(begun - 20 - onlineSeconds, replica1, 'online -> down'),
    ])
  const group = syncing(healthyGroup(), replica1)
  const counters = (partial: Partial<PastSample>) =>
    pastOf(
      {
        [master]: [
          { at: ago(400), runId: runId(1), syncFull: 2, syncPartialErr: 0, outputBufferDisconnections: 0 },
          { at: ago(1), runId: runId(1), syncFull: 5, syncPartialErr: 0, outputBufferDisconnections: 0, ...partial },
        ],
      },
      { events: rounds(3) },
    )

  it.each([
    [2, 0],
    [3, 1],
  ])('%i full syncs within 10 min make %i findings', (count, findings) => {
    expect(judge(fullSyncLoop, group, { past: pastOf({}, { events: rounds(count) }) })).toHaveLength(findings)
  })

  it('does not take three restarts with a stable link in between for a loop', () => {
    expect(judge(fullSyncLoop, group, { past: pastOf({}, { events: rounds(3, 60) }) })).toEqual([])
  })

  it('tells the output-buffer limit, with a value from the write rate', () => {
    const verdict = fired(judge(fullSyncLoop, group, { past: counters({ outputBufferDisconnections: 3 }) }))
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'link', id: replica1 } })
    expect(verdict.title).toContain('output-buffer limit is too small')
    expect(verdict.remedy[0]).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET client-output-buffer-limit "replica ')
  })

  it('tells link flaps with a short backlog, a failing fork, and an unknown cause apart', () => {
    expect(fired(judge(fullSyncLoop, group, { past: counters({ syncPartialErr: 3 }) })).title).toContain('link flaps')
    const failed = withNodeInfo(group, master, { persistence: { lastBgsaveStatus: 'err' } })
    expect(fired(judge(fullSyncLoop, failed, { past: counters({}) })).title).toContain('fork or the disk')
    expect(fired(judge(fullSyncLoop, group, { past: counters({}) })).title).toContain('cannot be told')
  })

  it('tells the output-buffer limit where only the rate and the syncs cut short show it', () => {
    const cut = [0, 1, 2].flatMap((i) => [
      linkEvent(200 - i * 20, replica1, 'down -> full-sync'),
      linkEvent(200 - i * 20 - 15, replica1, 'full-sync -> down'),
    ])
    const past = { ...counters({ outputBufferDisconnections: undefined, syncPartialErr: 3 }), events: cut }
    const writing = (bytesPerSecond: number) =>
      withNode(
        withNodeConfig(group, master, { 'client-output-buffer-limit': `slave ${100 * MIB} 0 0` }),
        master,
        (n) => ({
          ...n,
          writeRate: { bytesPerSecond, peakBytesPerSecond: bytesPerSecond },
        }),
      )
    expect(fired(judge(fullSyncLoop, writing(7 * MIB), { past })).title).toContain('output-buffer limit is too small')
    expect(fired(judge(fullSyncLoop, writing(MIB), { past })).title).toContain('cannot be told')
  })

  it('tells a replica that cannot load, and rounds of repl-timeout', () => {
    const loads = [0, 1, 2].flatMap((i) => [
      linkEvent(300 - i * 100, replica1, 'down -> full-sync'),
      linkEvent(280 - i * 100, replica1, 'full-sync -> loading'),
      linkEvent(270 - i * 100, replica1, 'loading -> down'),
    ])
    const past = pastOf({}, { events: loads })
    expect(fired(judge(fullSyncLoop, group, { past })).title).toContain('cannot load')
    const stalls = [0, 1, 2].flatMap((i) => [
      linkEvent(200 - i * 61, replica1, 'down -> full-sync'),
      linkEvent(200 - i * 61 - 60, replica1, 'full-sync -> down'),
    ])
    expect(fired(judge(fullSyncLoop, group, { past: pastOf({}, { events: stalls }) })).title).toContain(
      'repl-timeout (60 s)',
    )
  })

  it('counts by the master where syncs are too quick to be seen one by one, but not those of backup clients', () => {
    const past = pastOf(counters({}).samples.size > 0 ? { [master]: counters({}).samples.get(master) ?? [] } : {})
    expect(fired(judge(fullSyncLoop, group, { past })).title).toContain('began 3 full syncs')
    const backup = withNodeInfo(group, master, {
      replication: { replicas: [replicaLine({ host: '10.0.0.9', port: 0 })] },
    })
    expect(judge(fullSyncLoop, backup, { past })).toEqual([])
  })

  it('cannot be judged from one sample, which matters only while one synchronises', () => {
    const past = pastOf({}, { isOneShot: true })
    expect(judge(fullSyncLoop, group, { past })).toMatchObject([{ kind: 'not-judged' }])
    expect(judge(fullSyncLoop, healthyGroup(), { past })).toEqual([])
  })
})

describe('full-sync-running', () => {
  it('informs with stage, share, rate and time left', () => {
    const group = withLink(syncing(healthyGroup(), replica1), replica1, {
      sync: {
        stage: 'transfer',
        readBytes: 50,
        totalBytes: 100,
        bytesPerSecond: 2 * MIB,
        etaSeconds: 30,
        doneRatio: 0.5,
      },
      outputBufferBytes: 10 * MIB,
    })
    const verdict = fired(judge(fullSyncRunning, group))
    expect(verdict.severity).toBe('info')
    expect(verdict.title).toBe(
      `${replica1} synchronises fully from ${master}: receiving the dataset, 50%, 2 MB/s, 30 s left`,
    )
    expect(verdict.why).toContain('10 MB of 256 MB')
  })

  it('does not take a load at the start of a process for a resync', () => {
    const loading = withLink(withNodeInfo(healthyGroup(), replica1, { persistence: { loading: true } }), replica1, {
      state: 'loading',
    })
    expect(judge(fullSyncRunning, loading)).toEqual([])
  })
})

describe('output-buffer-pressure', () => {
  const HARD = 268_435_456
  const holding = (bytes: number) =>
    withLink(withNodeConfig(healthyGroup(), master, { 'client-output-buffer-limit': `slave ${HARD} 0 0` }), replica1, {
      outputBufferBytes: bytes,
    })

  it.each([
    [0.6, undefined],
    [0.61, 'warning'],
    [0.9, 'warning'],
    [0.91, 'critical'],
  ])('at %f of the hard limit: %s', (share, severity) => {
    const [verdict] = judge(outputBufferPressure, holding(Math.floor(HARD * share)))
    expect(verdict?.kind === 'fires' ? verdict.severity : undefined).toBe(severity)
  })

  it('tells the time to the disconnect at the present growth', () => {
    const past = pastOf({
      [replica1]: [0, 1, 2].map((i) => ({
        at: ago(20 - i * 10),
        runId: runId(2),
        outputBufferBytes: HARD * (0.5 + i * 0.1),
      })),
    })
    const verdict = fired(judge(outputBufferPressure, holding(HARD * 0.7), { past }))
    expect(verdict.title).toContain('disconnect in 30 s')
    expect(words(verdict)).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET client-output-buffer-limit')
  })

  it('counts a soft limit that was held for half of its seconds as critical', () => {
    const soft = withLink(healthyGroup(), replica1, { outputBufferBytes: 80 * MIB })
    const held = (seconds: number) =>
      pastOf({
        [replica1]: Array.from({ length: seconds / 5 + 1 }, (_, i) => ({
          at: ago(seconds - i * 5),
          runId: runId(2),
          outputBufferBytes: 70 * MIB,
        })),
      })
    expect(fired(judge(outputBufferPressure, soft, { past: held(5) })).severity).toBe('warning')
    expect(fired(judge(outputBufferPressure, soft, { past: held(30) })).severity).toBe('critical')
  })

  it('takes 0 for no limit, and the backlog for the least hard limit from 7.0 on', () => {
    const none = withNodeConfig(holding(HARD * 10), master, { 'client-output-buffer-limit': 'slave 0 0 0' })
    expect(judge(outputBufferPressure, none)).toEqual([])
    const small = withNodeConfig(holding(10 * MIB), master, { 'client-output-buffer-limit': `slave ${11 * MIB} 0 0` })
    expect(judge(outputBufferPressure, small)).toEqual([])
    const old = withNodeInfo(small, master, { server: { version: '6.2.16' } })
    expect(fired(judge(outputBufferPressure, old)).severity).toBe('critical')
  })

  it('cannot be judged where CLIENT LIST or CONFIG is not permitted', () => {
    const blind = withNode(withLink(healthyGroup(), replica1, { outputBufferBytes: undefined }), master, (node) => ({
      ...node,
      notPermitted: ['CLIENT LIST'],
    }))
    expect(judge(outputBufferPressure, blind)).toMatchObject([{ kind: 'not-judged', subject: { id: replica1 } }])
    const noConfig = withNode(holding(10 * MIB), master, (node) => ({ ...node, config: undefined }))
    expect(judge(outputBufferPressure, noConfig)).toMatchObject([{ kind: 'not-judged' }])
  })
})

describe('output-buffer-too-small', () => {
  const limits = (text: string, version = '8.6.3') =>
    withNodeInfo(withNodeConfig(healthyGroup(), master, { 'client-output-buffer-limit': text }), master, {
      server: { version },
    })

  it.each<[string, string, string, number]>([
    ['a soft limit below the backlog from 7.0 on', 'slave 268435456 67108863 60', '8.6.3', 1],
    ['a soft limit equal to it', 'slave 268435456 67108864 60', '8.6.3', 0],
    ['no limits', 'slave 0 0 0', '8.6.3', 0],
    ['a low hard limit from 7.0 on, which counts as the backlog', 'slave 1048576 0 0', '8.6.3', 0],
    ['a hard limit below the backlog before 7.0', 'slave 67108863 0 0', '6.2.16', 1],
    ['a low soft limit before 7.0', 'slave 268435456 1048576 60', '6.2.16', 0],
  ])('%s', (_, text, version, count) => {
    expect(judge(outputBufferTooSmall, limits(text, version))).toHaveLength(count)
  })

  it('compares the hard limit with what is written during a full sync, unless a channel of its own carries it', () => {
    const slow = withNodeInfo(
      withNode(limits('slave 268435456 0 0'), master, (node) => ({
        ...node,
        writeRate: { bytesPerSecond: MIB, peakBytesPerSecond: 10 * MIB },
      })),
      master,
      { persistence: { lastBgsaveSeconds: 60 } },
    )
    const verdict = fired(judge(outputBufferTooSmall, slow))
    expect(verdict.title).toContain('600 MB are written')
    expect(verdict.remedy[0]).toMatch(
      /-h 10\.0\.0\.5 -p 6379 CONFIG SET client-output-buffer-limit "replica 943718400 0 60"/,
    )
    expect(judge(outputBufferTooSmall, withNodeConfig(slow, master, { 'repl-rdb-channel': 'yes' }))).toEqual([])
  })

  it('cannot be judged without CONFIG', () => {
    const denied = withNode(healthyGroup(), master, (node) => ({
      ...node,
      config: undefined,
      notPermitted: ['CONFIG GET'],
    }))
    expect(judge(outputBufferTooSmall, denied)).toMatchObject([{ kind: 'not-judged', subject: { id: master } }])
  })
})

describe('backlog-too-small', () => {
  const peak = (peakBytesPerSecond: number) =>
    withNode(healthyGroup(), master, (node) => ({ ...node, writeRate: { bytesPerSecond: 1, peakBytesPerSecond } }))

  it('is quiet as long as the peak needs 60 s', () => {
    expect(judge(backlogTooSmall, peak(HEALTHY.backlogBytes / 60))).toEqual([])
  })

  it('warns on every node, replicas too, with the size to set', () => {
    const verdicts = judge(backlogTooSmall, peak(HEALTHY.backlogBytes / 59))
    expect(verdicts.map((one) => one.subject.id)).toEqual([master, replica1, replica2, chained])
    const [first] = verdicts
    expect(first?.kind === 'fires' ? first.remedy[0] : '').toContain(
      '-h 10.0.0.5 -p 6379 CONFIG SET repl-backlog-size 102760448   # 98 MB of memory',
    )
  })

  it('says on 6.2 and older that a new size empties the backlog', () => {
    const old = withNodeInfo(peak(10 * MIB), master, { server: { version: '6.2.16' } })
    const [first, second] = judge(backlogTooSmall, old)
    expect(first?.kind === 'fires' ? first.remedy[1] : '').toContain('empties the backlog')
    expect(second?.kind === 'fires' ? second.remedy.join() : '').not.toContain('empties')
  })

  it('says nothing while the rate is not known', () => {
    expect(
      judge(
        backlogTooSmall,
        withNode(peak(1e12), master, (node) => ({ ...node, writeRate: undefined })),
      ),
    ).toEqual([])
  })
})

describe('backlog-inactive', () => {
  const freed = withNodeInfo(healthyGroup(), master, {
    replication: { backlogActive: false, connectedReplicas: 0, replicas: [] },
  })

  it('warns when known replicas are away', () => {
    expect(fired(judge(backlogInactive, freed))).toMatchObject({ severity: 'warning', subject: { id: master } })
  })

  it('is quiet with one attached, with a backlog, and without the field', () => {
    expect(judge(backlogInactive, withNodeInfo(freed, master, { replication: { connectedReplicas: 1 } }))).toEqual([])
    expect(judge(backlogInactive, withNodeInfo(freed, master, { replication: { backlogActive: undefined } }))).toEqual(
      [],
    )
    expect(judge(backlogInactive, { ...freed, replicas: [] })).toEqual([])
  })
})

describe('sync-fan-out', () => {
  const full = {
    verdict: 'full',
    reason: 'the backlog is too short',
    decidedBy: '',
    sendBytes: undefined,
    atRiskBytes: undefined,
  } as const
  const three = [replica1, replica2, chained].reduce(
    (group, id) => withLink(group, id, { upstream: master, depth: 1, resyncIfDropped: full }),
    healthyGroup(),
  )

  it('warns of three that would synchronise at once, not of two', () => {
    const verdict = fired(judge(syncFanOut, three))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { id: master } })
    expect(verdict.remedy.join('\n')).toContain('repl-diskless-sync-delay')
    expect(judge(syncFanOut, withLink(three, chained, { upstream: replica1 }))).toEqual([])
  })

  it('warns of a failover after which three would', () => {
    const afterwards = [replica2, chained, master].map((node) => ({ node, resync: full }))
    const forecast = { ...contextOf(healthyGroup()).forecast, winner: replica1, afterwards }
    expect(fired(judge(syncFanOut, healthyGroup(), { forecast })).title).toContain(`after a failover to ${replica1}`)
  })
})

describe('aof-restart-full-sync', () => {
  it('informs once a group, and names the nodes', () => {
    const some = withNodeConfig(
      withNodeInfo(healthyGroup(), replica2, { persistence: { aofEnabled: false } }),
      replica2,
      { appendonly: 'no' },
    )
    const verdict = fired(judge(aofRestartFullSync, some))
    expect(verdict).toMatchObject({ severity: 'info', subject: { kind: 'group', id: 'mymaster' } })
    expect(verdict.title).toContain(`${master}, ${replica1} and ${chained}`)
    expect(verdict.title).not.toContain(replica2)
  })

  it('is quiet in a group without replicas', () => {
    expect(judge(aofRestartFullSync, { ...healthyGroup(), replicas: [] })).toEqual([])
  })
})
