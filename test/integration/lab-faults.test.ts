import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ActiveFault, FaultRequest } from '../../src-main/domain/drills/faults.ts'
import { describeFailure } from '../../src-main/domain/failure.ts'
import { askOnce, isRespError } from '../../src-main/lab/resp-client.ts'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'

const CLIENT = '127.0.0.200'

let lab: TestLab

const first = (nodes: readonly LabNode[]): LabNode => {
  const [node] = nodes
  if (node === undefined) throw new Error('no such node')
  return node
}

async function broken(request: FaultRequest): Promise<ActiveFault> {
  const result = await lab.break(request)
  if (!result.ok) throw new Error(describeFailure(result.failure))
  return result.value
}

async function healed(id?: string): Promise<void> {
  const result = await lab.heal(id)
  if (!result.ok) throw new Error(describeFailure(result.failure))
}

/** Why it is refused; fails when it is not. */
async function refusal(request: FaultRequest): Promise<string> {
  const result = await lab.break(request)
  if (result.ok) throw new Error(`it was done: ${result.value.what}`)
  return describeFailure(result.failure)
}

const replication = async (node: LabNode, field: string) => (await infoOf(lab, node, 'replication')).get(field)

/** As a client does, through the relay; rejects when there is no answer within a second. */
function viaRelay(node: LabNode, localAddress: string, ...args: readonly string[]) {
  return askOnce(node.address, { timeoutMs: 1000, localAddress }, ...args)
}

const linkedUp = (node: LabNode) =>
  waitFor(async () => (await replication(node, 'master_link_status')) === 'up', { what: `${node.name} linked up` })

describe('faults of links', () => {
  beforeAll(async () => {
    lab = await withLab({ relay: true, replicas: 2, chained: 0, downAfterMs: 20_000 })
  })
  afterEach(() => healed())
  afterAll(() => lab.down())

  it('cut clients off and leave replicas and Sentinels at work', async () => {
    const { id } = await broken({ kind: 'partition', node: lab.master.id, peer: 'clients' })
    await expect(viaRelay(lab.master, CLIENT, 'PING')).rejects.toThrow('no reply')
    const offset = await replication(lab.master, 'master_repl_offset')
    await redisCli(lab, lab.master, 'SET', 'past', 'the relay')
    for (const replica of lab.replicas)
      await waitFor(async () => (await replication(replica, 'slave_repl_offset')) !== offset, {
        what: 'the replica hears of it',
      })
    await healed(id)
    expect(await viaRelay(lab.master, CLIENT, 'PING')).toBe('PONG')
  })

  it('cut one client off by the address that it calls from', async () => {
    await broken({ kind: 'partition', node: lab.master.id, peer: CLIENT })
    await expect(viaRelay(lab.master, CLIENT, 'PING')).rejects.toThrow('no reply')
    expect(await viaRelay(lab.master, '127.0.0.201', 'PING')).toBe('PONG')
  })

  it('cut one replica off from its master and from nobody else', async () => {
    const [replica, other] = lab.replicas
    const fault = await broken({ kind: 'partition', node: 'replica-1', peer: 'master' })
    expect(fault).toMatchObject({ node: replica?.id, peer: lab.master.id })
    await redisCli(lab, lab.master, 'SET', 'one', 'of two')
    await waitFor(async () => other && (await redisCli(lab, other, 'GET', 'one')) === 'of two', {
      what: 'the other replica has it',
    })
    expect(replica && (await redisCli(lab, replica, 'GET', 'one'))).toBe('')
    expect(replica && (await viaRelay(replica, CLIENT, 'PING'))).toBe('PONG')
    await healed(fault.id)
    await waitFor(async () => replica && (await redisCli(lab, replica, 'GET', 'one')) === 'of two', {
      what: 'what was held back arrives',
    })
  })

  it('cut one way only: the replica gets all and is not heard', async () => {
    const replica = first(lab.replicas)
    await broken({ kind: 'partition', node: replica.id, peer: lab.master.id, direction: 'from-node' })
    await redisCli(lab, lab.master, 'SET', 'one-way', 'street')
    await waitFor(async () => (await redisCli(lab, replica, 'GET', 'one-way')) === 'street', { what: 'it arrives' })
    const lag = async () =>
      Object.values(Object.fromEntries(await infoOf(lab, lab.master, 'replication')))
        .filter((line) => line.startsWith(`ip=${replica.address.host},`))
        .map((line) => Number(/lag=(\d+)/.exec(line)?.[1]))[0]
    await waitFor(async () => ((await lag()) ?? 0) >= 3, { what: 'the master misses its acknowledgements' })
  })

  it('make a round trip longer by twice the delay', async () => {
    await broken({ kind: 'delay', node: lab.master.id, peer: CLIENT, amount: 150 })
    const startedAt = performance.now()
    expect(await viaRelay(lab.master, CLIENT, 'PING')).toBe('PONG')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(298)
  })

  it('hold a large reply up on a narrow line', async () => {
    await redisCli(lab, lab.master, 'SETRANGE', 'large', '40000', 'x')
    await broken({ kind: 'bandwidth', node: lab.master.id, peer: CLIENT, amount: 50_000 })
    const startedAt = performance.now()
    await viaRelay(lab.master, CLIENT, 'GET', 'large')
    // A tenth of a second is credit.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(600)
  })

  it('slow a replica down, so that its master keeps the rest for it', async () => {
    const replica = first(lab.replicas)
    const fault = await broken({ kind: 'slow-replica', node: replica.id, amount: 20_000 })
    expect(fault.what).toContain(lab.master.id)
    const behind = async () =>
      Number(await replication(lab.master, 'master_repl_offset')) -
      Number(await replication(replica, 'slave_repl_offset'))
    const writer = { timeoutMs: 20_000 }
    for (let i = 0; i < 30; i++) await askOnce(lab.master.direct, writer, 'SET', `wide${i}`, 'x'.repeat(1_000_000))
    expect(await behind()).toBeGreaterThan(10_000_000)
    const other = lab.replicas[1]
    await waitFor(async () => other && (await redisCli(lab, other, 'STRLEN', 'wide29')) === '1000000', {
      what: 'the other replica is not held up',
    })
    await healed(fault.id)
    await waitFor(async () => (await behind()) < 1000, { what: 'it catches up', deadlineMs: 60_000 })
  })

  it('are listed while they are in force, and everybody who asked is told', async () => {
    const told: number[] = []
    const stop = lab.onFaults((faults) => told.push(faults.length))
    const one = await broken({ kind: 'delay', node: 'master', amount: 1 })
    const two = await broken({ kind: 'delay', node: 'replica-1', peer: 'processes', amount: 1 })
    expect(lab.faults()).toEqual([one, two])
    await healed(one.id)
    expect(lab.faults()).toEqual([two])
    await healed()
    stop()
    await broken({ kind: 'delay', node: 'master', amount: 1 })
    expect(told).toEqual([1, 2, 1, 0])
  })
})

describe('faults of processes and servers', () => {
  beforeAll(async () => {
    lab = await withLab({ relay: true, replicas: 1, chained: 1, sentinels: 1, persistence: 'aof', downAfterMs: 60_000 })
  })
  afterEach(() => healed())
  afterAll(() => lab.down())

  it('kill: who calls is refused until it is healed, that is started', async () => {
    const replica = first(lab.replicas)
    const { pid } = replica
    const { id } = await broken({ kind: 'kill', node: replica.id })
    expect(lab.isRunning(replica)).toBe(false)
    await waitFor(
      () => viaRelay(replica, CLIENT, 'PING').then(String, (error: Error) => /ECONNREFUSED/.test(error.message)),
      {
        what: 'the relay refuses',
      },
    )
    expect(await refusal({ kind: 'freeze', node: replica.id })).toMatch(/is not running$/)
    await healed(id)
    expect(lab.faults()).toEqual([])
    expect(replica.pid).not.toBe(pid)
    expect(await viaRelay(replica, CLIENT, 'PING')).toBe('PONG')
  })

  it('stop and start: the fault ends with the start', async () => {
    const replica = first(lab.replicas)
    await broken({ kind: 'stop', node: 'replica-1' })
    expect(lab.faults().map(({ kind }) => kind)).toEqual(['stop'])
    await broken({ kind: 'start', node: 'replica-1' })
    expect(lab.faults()).toEqual([])
    expect(await refusal({ kind: 'start', node: 'replica-1' })).toMatch(/runs already$/)
    await linkedUp(replica)
  })

  it('freeze: connections are taken and nothing is answered', async () => {
    const { id } = await broken({ kind: 'freeze', node: 'master' })
    await expect(viaRelay(lab.master, CLIENT, 'PING')).rejects.toThrow('no reply')
    await healed(id)
    expect(await viaRelay(lab.master, CLIENT, 'PING')).toBe('PONG')
  })

  it('restart-empty: neither RDB nor AOF is left of it', async () => {
    const chained = first(lab.chained)
    await linkedUp(chained)
    await redisCli(lab, lab.master, 'SET', 'kept', 'on disk')
    await waitFor(async () => (await redisCli(lab, chained, 'GET', 'kept')) === 'on disk', { what: 'it arrives' })
    await broken({ kind: 'partition', node: chained.id, peer: 'processes' })
    await broken({ kind: 'restart-empty', node: chained.id })
    expect(await redisCli(lab, chained, 'DBSIZE')).toBe('0')
    expect(lab.faults().map(({ kind }) => kind)).toEqual(['partition'])
  })

  it('busy: it is in force while it lasts, and the server answers afterwards', async () => {
    await broken({ kind: 'busy', node: 'master', amount: 2 })
    await expect(viaRelay(lab.master, CLIENT, 'PING')).rejects.toThrow('no reply')
    expect(lab.faults().map(({ kind }) => kind)).toEqual(['busy'])
    await waitFor(() => lab.faults().length === 0, { what: 'it passes' })
    expect(await viaRelay(lab.master, CLIENT, 'PING')).toBe('PONG')
  })

  it('output-buffer-limit: it is set for replicas, and what was there comes back', async () => {
    const limit = () => redisCli(lab, lab.master, 'CONFIG', 'GET', 'client-output-buffer-limit')
    const before = await limit()
    const { id } = await broken({ kind: 'output-buffer-limit', node: 'master', amount: 123_456 })
    expect(await limit()).toMatch(/(slave|replica) 123456 0 0/)
    await healed(id)
    expect(await limit()).toBe(before)
  })

  it('writable-replica: it has a key that its master has not', async () => {
    const replica = first(lab.replicas)
    await linkedUp(replica)
    const { id, what } = await broken({ kind: 'writable-replica', node: replica.id })
    const key = /repliscope:stray:\d+/.exec(what)?.[0] ?? ''
    expect(await redisCli(lab, replica, 'EXISTS', key)).toBe('1')
    expect(await redisCli(lab, lab.master, 'EXISTS', key)).toBe('0')
    await healed(id)
    expect(await replication(replica, 'slave_read_only')).toBe('1')
    expect(await refusal({ kind: 'writable-replica', node: 'master' })).toMatch(/is a master/)
  })

  it('second-master: it follows nobody, and healed it follows whom it did', async () => {
    const chained = first(lab.chained)
    await linkedUp(chained)
    const { id } = await broken({ kind: 'second-master', node: chained.id })
    expect(await replication(chained, 'role')).toBe('master')
    await healed(id)
    expect(await replication(chained, 'master_port')).toBe(String(first(lab.replicas).address.port))
    await linkedUp(chained)
  })

  it.runIf(process.getuid?.() === 0)(
    'disk-full: the append-only file cannot grow, writes are refused; healed they are taken',
    async () => {
      const { id } = await broken({ kind: 'disk-full', node: 'master' })
      const write = () => askOnce(lab.master.direct, {}, 'SET', 'more', 'x'.repeat(20_000))
      const refused = await waitFor(
        async () => {
          const reply = await write()
          return isRespError(reply) && reply.error
        },
        { what: 'a write is refused' },
      )
      expect(refused).toMatch(/^MISCONF .*No space left on device/)
      await healed(id)
      await waitFor(async () => (await write()) === 'OK', { what: 'writes are taken again' })
    },
  )

  it('are refused in one line when they make no sense, and change nothing', async () => {
    const requests: readonly (readonly [FaultRequest, RegExp])[] = [
      [{ kind: 'kill', node: '127.0.0.1:1' }, /^no process 127\.0\.0\.1:1 in this lab; known: master \(/],
      [{ kind: 'partition', node: 'master', peer: 'nobody' }, /^no process nobody in this lab/],
      [{ kind: 'partition', node: 'master', peer: 'master' }, /has no link with itself$/],
      [{ kind: 'delay', node: 'master', amount: 0 }, /from 1 ms to 60000 ms, not 0 ms$/],
      [{ kind: 'delay', node: 'master', amount: Number.NaN }, /not NaN ms$/],
      [{ kind: 'bandwidth', node: 'master', amount: 99 }, /from 100 B\/s to 1 GB\/s, not 99 B\/s$/],
      [{ kind: 'busy', node: 'master', amount: 61 }, /from 0\.1 s to 60 s, not 61 s$/],
      [{ kind: 'kill', node: 'master', amount: 1 }, /takes no amount$/],
      [{ kind: 'kill', node: 'master', peer: 'clients' }, /takes no peer and no direction$/],
      [{ kind: 'busy', node: 'sentinel-1' }, /is a Sentinel, and it is for data nodes$/],
      [{ kind: 'slow-replica', node: 'master' }, /is not a replica$/],
      [{ kind: 'second-master', node: 'master' }, /is a master, and it is for replicas$/],
      [{ kind: 'burn' as 'kill', node: 'master' }, /^no fault called burn; known: kill/],
    ]
    for (const [request, why] of requests) {
      const words = await refusal(request)
      expect(words).toMatch(why)
      expect(words).not.toContain('\n')
    }
    expect(lab.faults()).toEqual([])
    await broken({ kind: 'delay', node: 'master', amount: 5 })
    expect(await refusal({ kind: 'delay', node: 'master', amount: 9 })).toMatch(/^in force already: .*; heal it first$/)
    expect(await lab.heal('f999')).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
  })
})

describe('a master cut off from replicas and Sentinels', () => {
  it('goes on for its client while another is promoted, and is demoted when the cut is healed', async () => {
    lab = await withLab({ relay: true, replicas: 2, chained: 0 })
    await broken({ kind: 'partition', node: lab.master.id, peer: 'processes' })
    const sentinel = first(lab.sentinels)
    const promoted = await waitFor(
      async () => {
        const now = await masterAccordingTo(lab, sentinel, lab.group)
        return lab.replicas.find((replica) => replica.id === now)
      },
      { what: 'a failover', deadlineMs: 60_000 },
    )
    await waitFor(async () => (await replication(promoted, 'role')) === 'master', { what: 'a second master' })
    expect(await viaRelay(lab.master, CLIENT, 'SET', 'written', 'in vain')).toBe('OK')
    expect(await replication(lab.master, 'role')).toBe('master')
    await healed()
    await waitFor(async () => (await replication(lab.master, 'role')) === 'slave', {
      what: 'the old master is demoted',
      deadlineMs: 60_000,
    })
    await linkedUp(lab.master)
    expect(await redisCli(lab, lab.master, 'EXISTS', 'written')).toBe('0')
    expect(`${await replication(lab.master, 'master_host')}:${await replication(lab.master, 'master_port')}`).toBe(
      promoted.id,
    )
  })
})
