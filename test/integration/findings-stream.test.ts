import { describe, expect, it, onTestFinished } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { untilLevel } from '../support/lab/level.ts'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'
import { shown, watchFindings } from '../support/watch-findings.ts'

const MB = 1024 * 1024

const theReplica = (lab: TestLab): LabNode => {
  const [replica] = lab.replicas
  if (replica === undefined) throw new Error('a replica expected')
  return replica
}
/** So many bytes of write stream, on one key: the dataset stays small. */
const stream = (lab: TestLab, bytes: number) =>
  redisCli(
    lab,
    lab.master,
    ...['EVAL', "local v=string.rep('x',65536) for i=1,ARGV[1] do redis.call('set','stream',v) end", '0'],
    String(Math.ceil(bytes / 65536)),
  )
/** What waits at the master for its only replica. */
const held = async (lab: TestLab) => {
  const clients = await redisCli(lab, lab.master, 'CLIENT', 'LIST', 'TYPE', 'replica')
  return Number(/ omem=(\d+)/.exec(clients)?.[1])
}
/** Writes until so many bytes wait; the sockets of a stopped replica take some before that. */
const fillBuffer = async (lab: TestLab, bytes: number) => {
  while ((await held(lab)) < bytes) await stream(lab, MB / 2)
}
const statOf = async (lab: TestLab, field: string) => Number((await infoOf(lab, lab.master, 'stats')).get(field))

describe('a replica that does not keep up', () => {
  it('tells the bytes it lags, its fall off the backlog and the full resync to come, until it has caught up', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, set: { 'repl-backlog-size': '4mb' } })
    const replica = theReplica(lab)
    const watch = await watchFindings({ nodes: [lab.master.address], thresholds: { lagHoldSeconds: 1 } })
    await stream(lab, MB)
    await untilLevel(lab)
    // It goes on reading and answering, and applies nothing.
    await redisCli(lab, replica, 'CLIENT', 'PAUSE', '120000', 'WRITE')
    await stream(lab, 2 * MB)
    const lagging = await watch.appears('replica-lag-bytes', { severity: 'warning', subject: replica.id })
    const applied = Number((await infoOf(lab, replica, 'replication')).get('slave_repl_offset'))
    expect(shown(lagging, 'slave_repl_offset')).toEqual([applied])
    expect(shown(lagging, 'byte lag, low')[0]).toBeGreaterThan(2 * MB)
    expect(lagging.why).toMatch(/received and not applied: 2/)
    const link = () => watch.group().links.find((one) => one.replica === replica.id)
    expect(link()?.resyncIfDropped.verdict).toBe('partial')
    await stream(lab, 4 * MB)
    const gone = await watch.appears('replica-lag-bytes', { severity: 'critical', title: /fallen off the backlog/ })
    expect(shown(gone, 'backlog margin')[0]).toBeLessThan(0)
    expect(link()?.resyncIfDropped.verdict).toBe('full')
    await redisCli(lab, replica, 'CLIENT', 'UNPAUSE')
    await watch.clears('replica-lag-bytes')
    expect(link()?.resyncIfDropped.verdict).toBe('partial')
  })

  it('tells a stopped replica whose place in the backlog was overwritten: its return is the full resync foretold', async () => {
    const lab = await withLab({
      ...{ replicas: 1, chained: 0, sentinels: 0 },
      set: { 'repl-backlog-size': '64kb', 'min-replicas-max-lag': '1' },
    })
    const replica = theReplica(lab)
    const watch = await watchFindings({
      nodes: [lab.master.address, replica.address],
      thresholds: { ackAgeSeconds: 1 },
    })
    const full = await statOf(lab, 'sync_full')
    lab.stop(replica)
    await waitFor(() => watch.group().nodes.get(replica.id)?.reachability === 'hung', { what: 'hung' })
    const silent = await watch.appears('replica-lag-seconds', { severity: 'warning', subject: replica.id })
    expect(shown(silent, 'slaveN lag')[0]).toBeGreaterThan(1)
    // What its socket holds it still reads when it goes on; what waits at the master is dropped with the link.
    await fillBuffer(lab, MB)
    await redisCli(lab, lab.master, 'CLIENT', 'KILL', 'TYPE', 'replica')
    const missing = await watch.appears('replica-link-down', { severity: 'critical', subject: replica.id })
    expect(shown(missing, 'connected_slaves')).toEqual([0])
    await waitFor(
      () => watch.group().links.find((one) => one.replica === replica.id)?.resyncIfDropped.verdict === 'full',
      { what: 'the verdict: a full resync' },
    )
    expect(watch.find('replica-link-down')?.why).toMatch(/a full resync/)
    lab.cont(replica)
    for (const code of ['replica-link-down', 'replica-lag-seconds']) await watch.clears(code)
    expect(await statOf(lab, 'sync_full')).toBe(full + 1)
  })

  it('tells how full its output buffer is, up to the brink, until it reads again', async () => {
    const lab = await withLab({
      ...{ replicas: 1, chained: 0, sentinels: 0 },
      set: { 'repl-backlog-size': '64kb', 'client-output-buffer-limit': 'replica 32mb 0 0' },
    })
    const replica = theReplica(lab)
    const watch = await watchFindings({ nodes: [lab.master.address, replica.address] })
    lab.stop(replica)
    await fillBuffer(lab, 22 * MB)
    const warned = await watch.appears('output-buffer-pressure', { severity: 'warning', subject: replica.id })
    expect(shown(warned, 'CLIENT LIST omem')).toEqual([await held(lab)])
    expect(shown(warned, 'client-output-buffer-limit')[0]).toMatch(/slave 33554432 0 0/)
    await fillBuffer(lab, 29.5 * MB)
    const brink = await watch.appears('output-buffer-pressure', { severity: 'critical', subject: replica.id })
    expect(brink.title).toMatch(/9\d% of the hard limit of 32/)
    lab.cont(replica)
    await watch.clears('output-buffer-pressure')
  })

  it('tells the spiral of full syncs that the output-buffer limit cuts off, until the limit is lifted', async () => {
    const lab = await withLab({
      ...{ replicas: 1, chained: 0, sentinels: 0 },
      set: { 'repl-backlog-size': '16kb', 'client-output-buffer-limit': 'replica 1mb 0 0' },
    })
    const replica = theReplica(lab)
    await redisCli(lab, lab.master, 'EVAL', "for i=1,2000 do redis.call('set','k'..i,i) end", '0')
    const watch = await watchFindings({ nodes: [lab.master.address, replica.address] })
    // A transfer of two seconds, and writes that do not wait for it.
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'rdb-key-save-delay', '1000')
    let isWriting = true
    const writing = (async () => {
      while (isWriting) {
        await stream(lab, MB / 4)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })()
    const stop = async () => {
      isWriting = false
      await writing
    }
    onTestFinished(stop)
    await redisCli(lab, replica, 'REPLICAOF', 'NO', 'ONE')
    await redisCli(lab, replica, 'SET', 'own', 'history')
    const { host, port } = lab.master.address
    await redisCli(lab, replica, 'REPLICAOF', host, String(port))
    const found = await watch.appears('full-sync-loop', { severity: 'critical', subject: replica.id })
    expect(shown(found, 'full syncs begun')[0]).toBeGreaterThanOrEqual(3)
    expect(found.title).toMatch(/output-buffer limit is too small/)
    expect(shown(found, 'sync_full')[0]).toBeGreaterThanOrEqual(3)
    expect(shown(found, 'master_link_status')).toEqual(['down'])
    expect((await infoOf(lab, replica, 'replication')).get('master_link_status')).toBe('down')
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'client-output-buffer-limit', 'replica 0 0 0')
    await watch.clears('full-sync-loop')
    expect((await infoOf(lab, replica, 'replication')).get('master_link_status')).toBe('up')
    await stop()
  })
})
