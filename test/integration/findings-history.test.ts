import { describe, expect, it } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { untilLevel } from '../support/lab/level.ts'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'
import { followRemedy, shown, watchFindings } from '../support/watch-findings.ts'

const addressesOf = (nodes: readonly LabNode[]) => nodes.map((node) => node.address)
const only = (nodes: readonly LabNode[], at = 0): LabNode => {
  const node = nodes[at]
  if (node === undefined) throw new Error('the lab has no such node')
  return node
}
const dbsize = async (lab: TestLab, node: LabNode) => Number(await redisCli(lab, node, 'DBSIZE'))
const fill = (lab: TestLab, node: LabNode, keys: number) =>
  redisCli(lab, node, 'EVAL', "for i=1,ARGV[1] do redis.call('set','k'..i,string.rep('x',100)) end", '0', String(keys))
/** Its link stays as it is; lost, it does not come back: a password where none is wanted. */
const holdBack = (lab: TestLab, replica: LabNode) => redisCli(lab, replica, 'CONFIG', 'SET', 'masterauth', 'unwanted')
const letBack = (lab: TestLab, replica: LabNode) => redisCli(lab, replica, 'CONFIG', 'SET', 'masterauth', '')
const follow = (lab: TestLab, node: LabNode, upstream: LabNode) =>
  redisCli(lab, node, 'REPLICAOF', upstream.address.host, String(upstream.address.port))
const linkUp = (lab: TestLab, replica: LabNode) =>
  waitFor(async () => (await infoOf(lab, replica, 'replication')).get('master_link_status') === 'up', {
    what: `${replica.name} linked up`,
  })

describe('two histories', () => {
  it('tells a split brain by hand, with both sides taking writes, until one side gives in', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    const other = only(lab.replicas)
    const watch = await watchFindings({
      nodes: addressesOf([lab.master, other]),
      thresholds: { splitBrainGraceSeconds: 1 },
    })
    expect(watch.find('split-brain')).toBeUndefined()
    await redisCli(lab, other, 'REPLICAOF', 'NO', 'ONE')
    const quiet = await watch.appears('split-brain', { severity: 'warning' })
    expect(shown(quiet, 'role')).toEqual(['master', 'master'])
    const found = await waitFor(
      async () => {
        for (const node of [lab.master, other]) await redisCli(lab, node, 'INCR', 'written')
        return watch.find('split-brain', { severity: 'critical' })
      },
      { what: 'a critical split brain' },
    )
    expect(found.title).toContain(lab.master.id)
    expect(found.title).toContain(other.id)
    for (const node of [lab.master, other])
      expect(shown(found, 'rdb_changes_since_last_save (rise within 60 s)', node.id)[0]).toBeGreaterThan(0)
    expect(found.why).toMatch(/stream beyond the point/)
    await follow(lab, other, lab.master)
    await watch.clears('split-brain')
  })

  it('tells a replica that is ahead of a rolled-back master, until that copy is given up', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, persistence: 'rdb' })
    const replica = only(lab.replicas)
    await fill(lab, lab.master, 10)
    // Refused for as long as the child of the first sync is there.
    await waitFor(async () => (await redisCli(lab, lab.master, 'SAVE')) === 'OK', { what: 'a save' })
    await fill(lab, lab.master, 100)
    await untilLevel(lab)
    const watch = await watchFindings({ nodes: addressesOf([lab.master, replica]) })
    await holdBack(lab, replica)
    await lab.kill(lab.master)
    await lab.restart(lab.master)
    const found = await watch.appears('replica-ahead', { severity: 'critical', subject: replica.id })
    const [master, own] = await Promise.all([
      infoOf(lab, lab.master, 'replication'),
      infoOf(lab, replica, 'replication'),
    ])
    expect(shown(found, 'slave_repl_offset')).toEqual([Number(own.get('slave_repl_offset'))])
    expect(shown(found, 'master_replid', replica.id)).toEqual([own.get('master_replid')])
    expect(shown(found, 'second_repl_offset')).toEqual([Number(master.get('second_repl_offset'))])
    expect(await dbsize(lab, replica)).toBe(100)
    expect(await dbsize(lab, lab.master)).toBe(10)
    await letBack(lab, replica)
    await watch.clears('replica-ahead')
    await linkUp(lab, replica)
    expect(await dbsize(lab, replica)).toBe(10)
  })

  it('tells a candidate that holds a foreign history, until it has resynced', async () => {
    const lab = await withLab({ chained: 0, downAfterMs: 20_000 })
    const stranger = only(lab.replicas)
    const watch = await watchFindings({ sentinels: addressesOf(lab.sentinels) })
    await holdBack(lab, stranger)
    await redisCli(lab, stranger, 'REPLICAOF', 'NO', 'ONE')
    await fill(lab, stranger, 500)
    await follow(lab, stranger, lab.master)
    const found = await watch.appears('foreign-history-candidate', { severity: 'critical', subject: stranger.id })
    expect(shown(found, 'master_replid', stranger.id)).toEqual([
      (await infoOf(lab, stranger, 'replication')).get('master_replid'),
    ])
    expect(shown(found, 'master_replid', lab.master.id)).toEqual([
      (await infoOf(lab, lab.master, 'replication')).get('master_replid'),
    ])
    await watch.appears('diverged-history', { severity: 'warning', subject: stranger.id })
    await watch.appears('auth-asymmetric', { severity: 'critical', subject: stranger.id })
    await letBack(lab, stranger)
    for (const code of ['foreign-history-candidate', 'diverged-history', 'auth-asymmetric']) await watch.clears(code)
  })
})

describe('a dataset that goes', () => {
  it('tells a master that came back empty and whom its emptiness reaches; the remedy as printed saves the data', async () => {
    const lab = await withLab({ chained: 0 })
    const [keeper, taker] = [only(lab.replicas), only(lab.replicas, 1)]
    await fill(lab, lab.master, 1000)
    await untilLevel(lab)
    const watch = await watchFindings({ sentinels: addressesOf(lab.sentinels) })
    const before = (await infoOf(lab, lab.master, 'server')).get('run_id')
    for (const replica of lab.replicas) await holdBack(lab, replica)
    // Faster than down-after: no Sentinel notices.
    await lab.kill(lab.master)
    await lab.restart(lab.master)
    const empty = await watch.appears('empty-master', { severity: 'critical', subject: lab.master.id })
    expect(shown(empty, 'run_id')).toContain(before)
    expect(shown(empty, 'keyspace keys', keeper.id)).toEqual([1000])
    expect(watch.find('recent-failover')).toBeUndefined()
    // A transfer that takes a while: the data of a replica goes only when it loads.
    await fill(lab, lab.master, 20)
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'rdb-key-save-delay', '400000')
    await letBack(lab, taker)
    const spreading = await watch.appears('emptiness-propagating', { severity: 'critical', title: /still hold/ })
    expect(spreading.title).toContain(taker.id)
    expect(shown(spreading, 'keyspace keys', taker.id)).toEqual([1000])
    const commands = await followRemedy(empty)
    expect(commands.join('\n')).toContain('REPLICAOF NO ONE')
    const saved = await waitFor(
      async () => {
        for (const node of lab.replicas)
          if ((await infoOf(lab, node, 'replication')).get('role') === 'master') return node
        return undefined
      },
      { what: 'a saved replica' },
    )
    await waitFor(() => watch.group().master === saved.id, { what: 'the saved copy as the master' })
    expect(await dbsize(lab, saved)).toBe(1000)
    await watch.clears('empty-master')
    await watch.clears('emptiness-propagating')
  })

  it('tells a flush while the process and its history stay, until the data is back', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    await fill(lab, lab.master, 1000)
    const watch = await watchFindings({ nodes: [lab.master.address] })
    // A sample that knows the keys and the calls: one is kept every 5 s.
    watch.leap(5000)
    await waitFor(() => watch.past(lab.master.id).some((sample) => sample.keys === 1000 && sample.flushCalls === 0), {
      what: 'a sample with keys and calls',
    })
    await redisCli(lab, lab.master, 'FLUSHALL')
    // Command statistics are asked for every 30 s.
    watch.leap(31_000)
    const found = await watch.appears('dataset-flushed', { severity: 'critical', subject: lab.master.id })
    expect(shown(found, 'keyspace keys')).toEqual([1000, 0])
    expect(shown(found, 'cmdstat_flushall + cmdstat_flushdb calls')).toEqual([0, 1])
    await fill(lab, lab.master, 1000)
    await watch.clears('dataset-flushed')
  })
})

describe('nodes that follow nobody', () => {
  it('tells a node that follows itself and two that follow each other; each remedy as printed ends it', async () => {
    const lab = await withLab({ chained: 0, failoverTimeoutMs: 180_000, downAfterMs: 20_000 })
    const [one, two] = [only(lab.replicas), only(lab.replicas, 1)]
    const watch = await watchFindings({
      sentinels: addressesOf(lab.sentinels),
      thresholds: { splitBrainGraceSeconds: 1 },
    })
    await follow(lab, one, one)
    const self = await watch.appears('self-replica', { severity: 'critical', subject: one.id })
    expect(shown(self, 'master_port').map(String)).toEqual([String(one.address.port)])
    await followRemedy(self)
    await watch.clears('self-replica')
    await follow(lab, one, two)
    await follow(lab, two, one)
    const loop = await watch.appears('replication-loop', { severity: 'critical' })
    expect(shown(loop, 'master_host:master_port', one.id)).toEqual([two.id])
    expect(shown(loop, 'master_host:master_port', two.id)).toEqual([one.id])
    await followRemedy(loop)
    await watch.clears('replication-loop')
    await linkUp(lab, one)
    await linkUp(lab, two)
  })

  it('tells a master whose replicas are all gone, and a backlog freed meanwhile, until they are back', async () => {
    const lab = await withLab({ chained: 0, set: { 'repl-backlog-ttl': '1' }, downAfterMs: 20_000 })
    const watch = await watchFindings({
      sentinels: addressesOf(lab.sentinels),
      thresholds: { noReplicaHoldSeconds: 1, splitBrainGraceSeconds: 1 },
    })
    for (const replica of lab.replicas) await lab.kill(replica)
    const found = await watch.appears('no-replica', { severity: 'critical', subject: lab.master.id })
    expect(shown(found, 'connected_slaves')).toEqual([0])
    expect(shown(found, 'SENTINEL MASTERS num-slaves')).toEqual([2, 2, 2])
    for (const replica of lab.replicas) {
      expect(found.title).toContain(replica.id)
      await watch.appears('replica-link-down', { severity: 'critical', subject: replica.id })
    }
    const freed = await watch.appears('backlog-inactive', { severity: 'warning' })
    expect(shown(freed, 'repl-backlog-ttl')).toEqual(['1'])
    await lab.restart(only(lab.replicas))
    for (const code of ['no-replica', 'backlog-inactive']) await watch.clears(code)
    await watch.appears('replica-link-down', { severity: 'warning', subject: only(lab.replicas, 1).id })
    await lab.restart(only(lab.replicas, 1))
    await watch.clears('replica-link-down')
  })
})
