import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SentinelEvent } from '../../src-main/domain/replies/reply-types.ts'
import { startSimulator, type Simulator } from '../support/simulator.ts'
import { connector, endAfterEach, failureOf, valueOf } from './adapter.ts'

endAfterEach()

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ groups: 2, replicas: 2, sentinels: 3, downAfterMs: 0 })
})
afterAll(() => simulator.close())

const at = (port: number) => ({ host: '127.0.0.1', port })

function first(): {
  readonly name: string
  readonly master: number
  readonly replicas: readonly number[]
  readonly sentinel: number
} {
  const [group] = simulator.layout.groups
  const [sentinel] = simulator.layout.sentinels
  if (group === undefined || sentinel === undefined) throw new Error('nothing simulated')
  return { ...group, sentinel }
}

describe('the simulator', () => {
  it('answers every question of the adapter as a server does', async () => {
    const { name, master, replicas, sentinel } = first()
    const made = connector()
    const vitals = valueOf(await made.dataNode(at(master)).vitals({ role: true, replicaClients: true }))
    expect(vitals.info.replication.replicas.map((replica) => replica.port)).toEqual(replicas)
    expect(vitals.info.unreadable).toEqual([])
    expect(vitals.replicaClients).toHaveLength(2)
    expect(vitals.notPermitted).toEqual([])
    const { info } = valueOf(await made.dataNode(at(replicas[0] ?? 0)).replication(true))
    expect(info.replication).toMatchObject({
      role: 'replica',
      masterPort: master,
      masterLink: 'up',
      replid: vitals.info.replication.replid,
    })
    const settings = valueOf(await made.dataNode(at(master)).settings())
    expect(settings.config?.get('repl-backlog-size')).toBe('1048576')
    const reader = made.sentinel(at(sentinel))
    expect(valueOf(await reader.overview()).masters.map((one) => one.port)).toEqual(
      simulator.layout.groups.map((group) => group.master),
    )
    const group = valueOf(await reader.group(name))
    expect(group).toMatchObject({ quorumCheck: { isReachable: true, usable: 3 }, notPermitted: [] })
    expect([group.replicas?.length, group.peers?.length]).toEqual([2, 2])
    expect(valueOf(await reader.infoCache(name))).toHaveLength(3)
  })

  it('fails over, kills, stops and starts again when told to', async () => {
    const { name, master, replicas, sentinel } = first()
    const made = connector()
    const reader = made.sentinel(at(sentinel))
    let switched: (event: SentinelEvent) => void = () => {}
    const event = new Promise<SentinelEvent>((resolve) => (switched = resolve))
    const live = new Promise<void>((resolve) => {
      reader.events(
        (got) => {
          if (got.channel === '+switch-master') switched(got)
        },
        () => {
          resolve()
        },
      )
    })
    await live
    const node = made.dataNode(at(master))
    const before = valueOf(await node.replication(true))
    const after = await simulator.order({ failover: name })
    expect((await event).switched?.to.port).toBe(after.groups[0]?.master)
    expect(after.groups[0]?.master).toBe(replicas[0])
    const demoted = valueOf(await node.replication(true))
    expect(demoted.info.replication).toMatchObject({ role: 'replica', replid2: before.info.replication.replid })
    await simulator.order({ hang: master })
    expect(failureOf(await node.replication(true))).toMatchObject({
      kind: 'unreachable',
      cause: 'timeout',
      stage: 'command',
    })
    await simulator.order({ kill: master })
    expect(failureOf(await made.dataNode(at(master)).replication(true))).toMatchObject({
      kind: 'unreachable',
      cause: 'refused',
    })
    await simulator.order({ start: master })
    const reborn = valueOf(await made.dataNode(at(master)).replication(true))
    expect(reborn.info.server.runId).not.toBe(before.info.server.runId)
    await expect(simulator.order({ kill: 1 })).rejects.toThrow('nothing listens on 1')
  })
})
