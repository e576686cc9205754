import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { liveSession, onlyGroup } from '../support/live-session.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import { labTls, makeTestCa } from '../support/lab/test-ca.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab } from '../support/lab/with-lab.ts'

describe('a node in trouble shows its own state and leaves the others alone', () => {
  it('busy with a script', async () => {
    const lab = await withLab({ chained: 0, set: { 'busy-reply-threshold': '50' } })
    const session = await liveSession({ nodes: [lab.master.address], intervalMs: 250, timeoutMs: 800 })
    const [victim, other] = lab.replicas
    if (victim === undefined || other === undefined) throw new Error('two replicas expected')
    const script = redisCli(lab, victim, 'EVAL', 'while true do end', '0').catch(() => undefined)
    await waitFor(() => onlyGroup(session).nodes.get(victim.id)?.reachability === 'busy', { what: 'busy' })
    expect(onlyGroup(session).nodes.get(other.id)?.reachability).toBe('up')
    expect(onlyGroup(session).nodes.get(victim.id)?.role).toBe('replica')
    await redisCli(lab, victim, 'SCRIPT', 'KILL')
    await script
    await waitFor(() => onlyGroup(session).nodes.get(victim.id)?.reachability === 'up', { what: 'up again' })
  })

  it('loading its dataset, with progress', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, persistence: 'rdb' })
    const [replica] = lab.replicas
    if (replica === undefined) throw new Error('a replica expected')
    const session = await liveSession({ nodes: [lab.master.address], intervalMs: 100 })
    await redisCli(lab, lab.master, 'EVAL', "for i=1,20000 do redis.call('set','k'..i,string.rep('x',200)) end", '0')
    await redisCli(lab, replica, 'CONFIG', 'SET', 'key-load-delay', '200')
    await redisCli(lab, replica, 'CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024')
    await redisCli(lab, lab.master, 'CLIENT', 'KILL', 'TYPE', 'replica')
    await redisCli(lab, replica, 'REPLICAOF', 'NO', 'ONE')
    await redisCli(lab, replica, 'REPLICAOF', lab.master.address.host, String(lab.master.address.port))
    await waitFor(() => onlyGroup(session).nodes.get(replica.id)?.reachability === 'loading', { what: 'loading' })
    const link = await waitFor(
      () => {
        const found = onlyGroup(session).links.find((one) => one.replica === replica.id)
        return found?.sync?.stage === 'load' && found
      },
      { what: 'the load as a stage of the sync' },
    )
    expect(link.state).toBe('loading')
    expect(link.byteLag).toBeUndefined()
    await redisCli(lab, replica, 'CONFIG', 'SET', 'key-load-delay', '0')
    await waitFor(() => onlyGroup(session).links.find((one) => one.replica === replica.id)?.state === 'online', {
      what: 'online after the load',
    })
  })

  it('refusing writes because it cannot save: still up, with the status shown', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, set: { save: '"1 1"' } })
    const session = await liveSession({ nodes: [lab.master.address], intervalMs: 250 })
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'rdbcompression', 'no')
    await redisCli(lab, lab.master, 'SET', 'a', 'b')
    // Without its folder the child cannot create the dump.
    rmSync(lab.master.dir, { recursive: true, force: true })
    await redisCli(lab, lab.master, 'BGSAVE').catch(() => undefined)
    await waitFor(() => onlyGroup(session).nodes.get(lab.master.id)?.info?.persistence.lastBgsaveStatus === 'err', {
      what: 'a failed save',
    })
    await expect(redisCli(lab, lab.master, 'PING')).resolves.toMatch(/MISCONF/)
    expect(onlyGroup(session).nodes.get(lab.master.id)?.reachability).toBe('up')
  })

  it('a port that speaks HTTP, and one that wants TLS', async () => {
    const http = createServer((_, answer) => answer.end('hello'))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void http.close())
    const bound = http.address()
    if (bound === null || typeof bound === 'string') throw new Error('no port')
    const asNode = await liveSession({ nodes: [{ host: '127.0.0.1', port: bound.port }] })
    expect(asNode.state()).toMatchObject({ phase: 'failed', failures: [{ kind: 'not-redis' }] })
    const ca = await makeTestCa()
    const lab = await withLab({ replicas: 0, sentinels: 0, tls: await labTls(ca) })
    const plain = await liveSession({ nodes: [lab.master.address] })
    expect(plain.state().phase).toBe('failed')
    expect(JSON.stringify(plain.state().failures)).toMatch(/--tls/)
  })
})
