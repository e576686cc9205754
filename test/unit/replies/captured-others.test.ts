import { describe, expect, it } from 'vitest'
import { parseReplicaClients } from '../../../src-main/domain/replies/client-list.ts'
import {
  outputBufferLimit,
  configInteger,
  parseConfig,
  savePoints,
} from '../../../src-main/domain/replies/config-get.ts'
import { parseInfo } from '../../../src-main/domain/replies/info.ts'
import { parseQuorumCheck } from '../../../src-main/domain/replies/quorum-check.ts'
import type { Parsed } from '../../../src-main/domain/replies/raw.ts'
import { parseRole } from '../../../src-main/domain/replies/role.ts'
import {
  parseSentinelMasters,
  parseSentinelPeers,
  parseSentinelReplicas,
} from '../../../src-main/domain/replies/sentinel-maps.ts'
import {
  asRecord,
  asResp3Map,
  CAPTURED_VERSIONS,
  capturedBytes,
  capturedReply,
  capturedText,
} from '../../support/captured-replies.ts'
import type { RawReply } from '../../../src-main/domain/replies/raw.ts'

function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.problem.detail)
  return parsed.value
}

/** The independent reading of a flat map: the bulk text that follows a key in the raw bytes, at its nth occurrence. */
function after(bytes: string, key: string, nth = 0): string | undefined {
  return [...bytes.matchAll(new RegExp(`\r\n${key}\r\n\\$\\d+\r\n(.*)\r\n`, 'g'))][nth]?.[1]
}

const SENTINEL_LISTS = ['sentinel.masters', 'sentinel.replicas', 'sentinel.replicas-one-stopped', 'sentinel.sentinels']

describe.each(CAPTURED_VERSIONS)('replies captured on %s', (version) => {
  const reply = (name: string) => capturedReply(version, name)
  const info = (name: string) => parseInfo(capturedText(version, name))
  const port = (name: string) => info(name).server.tcpPort

  it('ROLE of the master lists its replicas and an offset near that of INFO', () => {
    const role = valueOf(parseRole(reply('role.master')))
    if (role.role !== 'master') throw new Error('not a master')
    expect(role.replicas.map((replica) => replica.port)).toEqual(
      info('info.master').replication.replicas.map((replica) => replica.port),
    )
    expect(role.offset).toBe(Number(/\r\n:(\d+)\r\n/.exec(capturedBytes(version, 'role.master'))?.[1]))
    expect(role.replicas.every((replica) => (replica.ackOffset ?? Infinity) <= (role.offset ?? 0))).toBe(true)
  })

  it.each(['replica', 'replica-with-replica', 'chained-replica'])('ROLE of the %s agrees with INFO', (name) => {
    const { masterHost, masterPort } = info(`info.${name}`).replication
    expect(valueOf(parseRole(reply(`role.${name}`)))).toMatchObject({
      role: 'replica',
      master: { host: masterHost, port: masterPort },
      state: 'connected',
      offset: Number(capturedBytes(version, `role.${name}`).trim().split(':').at(-1)),
    })
  })

  it('ROLE of a replica without its master has no offset', () => {
    const role = valueOf(parseRole(reply('role.replica-master-gone')))
    expect(role).toMatchObject({ role: 'replica', offset: undefined })
    expect(['connect', 'connecting']).toContain(role.role === 'replica' ? role.state : '')
  })

  it('ROLE of a Sentinel names its group', () => {
    expect(valueOf(parseRole(reply('sentinel.role')))).toEqual({ role: 'sentinel', masterNames: ['orders'] })
  })

  it.each(['client-list-replica.master', 'client-list-replica.master-one-replica-stopped'])(
    '%s has two replicas',
    (name) => {
      const text = capturedText(version, name)
      const clients = parseReplicaClients(text)
      const field = (key: string) =>
        [...text.matchAll(new RegExp(`(?:^| )${key}=(\\S*)`, 'gm'))].map((match) => match[1])
      const numbers = (key: string) => (field(key).length === 0 ? [undefined, undefined] : field(key).map(Number))
      expect(clients).toHaveLength(2)
      expect(clients.map((client) => client.id)).toEqual(field('id'))
      expect(clients.map((client) => client.addr)).toEqual(field('addr'))
      expect(clients.map((client) => client.flags)).toEqual(['S', 'S'])
      expect(clients.map((client) => client.idleSeconds)).toEqual(numbers('idle'))
      expect(clients.map((client) => client.outputBufferBytes)).toEqual(numbers('omem'))
      expect(clients.map((client) => client.outputListLength)).toEqual(numbers('oll'))
      expect(clients.map((client) => client.totalMemoryBytes)).toEqual(numbers('tot-mem'))
    },
  )

  it('SENTINEL MASTERS and MASTER describe the group', () => {
    const bytes = capturedBytes(version, 'sentinel.masters')
    const masters = valueOf(parseSentinelMasters(reply('sentinel.masters')))
    expect(masters).toHaveLength(1)
    expect(masters[0]).toMatchObject({
      name: 'orders',
      host: '127.0.0.1',
      port: port('info.master'),
      runId: info('info.master').server.runId,
      flags: new Set(['master']),
      downAfterMs: 3000,
      quorum: 2,
      replicaTotal: 2,
      otherSentinelTotal: 2,
      failoverTimeoutMs: 180_000,
      parallelSyncs: 1,
      configEpoch: 0,
      roleReported: 'master',
      sDownMs: undefined,
      oDownMs: undefined,
      failoverState: undefined,
      lastOkPingReplyMs: Number(after(bytes, 'last-ok-ping-reply')),
      infoRefreshMs: Number(after(bytes, 'info-refresh')),
    })
    expect(valueOf(parseSentinelMasters(reply('sentinel.master')))[0]?.name).toBe('orders')
  })

  it('SENTINEL MASTER after the failover names the promoted replica and a later epoch', () => {
    const [master] = valueOf(parseSentinelMasters(reply('sentinel.master-after-failover')))
    expect(master?.port).toBe(port('info.replica'))
    expect(master?.configEpoch).toBeGreaterThan(0)
  })

  it('SENTINEL REPLICAS lists both replicas of the master', () => {
    const bytes = capturedBytes(version, 'sentinel.replicas')
    const replicas = valueOf(parseSentinelReplicas(reply('sentinel.replicas')))
    expect(replicas).toHaveLength(2)
    replicas.forEach((replica, nth) => {
      expect(replica).toMatchObject({
        name: after(bytes, 'name', nth),
        port: Number(after(bytes, 'port', nth)),
        runId: after(bytes, 'runid', nth),
        flags: new Set(['slave']),
        masterLink: 'up',
        masterLinkDownMs: 0,
        neverConnected: false,
        masterPort: port('info.master'),
        priority: Number(after(bytes, 'slave-priority', nth)),
        offset: Number(after(bytes, 'slave-repl-offset', nth)),
        announced: bytes.includes('replica-announced') ? true : undefined,
        sDownMs: undefined,
      })
    })
    expect(replicas.map((replica) => replica.priority ?? 0).sort((a, b) => a - b)).toEqual([80, 90])
  })

  it('SENTINEL REPLICAS shows the stopped replica as subjectively down', () => {
    const replicas = valueOf(parseSentinelReplicas(reply('sentinel.replicas-one-stopped')))
    const down = replicas.filter((replica) => replica.flags.has('s_down'))
    expect(down).toHaveLength(1)
    expect(down[0]?.sDownMs).toBeGreaterThan(0)
    expect(down[0]?.port).toBe(port('info.replica'))
    expect(down[0]?.lastPingSentMs).toBeGreaterThan(3000)
  })

  it('SENTINEL SENTINELS lists the two others', () => {
    const bytes = capturedBytes(version, 'sentinel.sentinels')
    const peers = valueOf(parseSentinelPeers(reply('sentinel.sentinels')))
    expect(peers).toHaveLength(2)
    peers.forEach((peer, nth) => {
      expect(peer).toMatchObject({
        runId: after(bytes, 'runid', nth),
        flags: new Set(['sentinel']),
        lastHelloMs: Number(after(bytes, 'last-hello-message', nth)),
        votedLeader: undefined,
        votedLeaderEpoch: 0,
      })
    })
    expect(peers.map((peer) => peer.runId)).not.toContain(info('sentinel.info').server.runId)
  })

  it.each(SENTINEL_LISTS)('%s reads the same as flat arrays, maps and records', (name) => {
    const flat = reply(name) as readonly RawReply[]
    for (const parse of [parseSentinelMasters, parseSentinelReplicas, parseSentinelPeers]) {
      const expected = parse(flat)
      expect(expected.ok).toBe(true)
      expect(parse(flat.map(asResp3Map))).toEqual(expected)
      expect(parse(flat.map(asRecord))).toEqual(expected)
    }
  })

  it('CONFIG GET gives the values as sent, in every form of reply', () => {
    const flat = reply('config-get.client-output-buffer-limit')
    const config = valueOf(parseConfig(flat))
    expect(outputBufferLimit(config, 'replica')).toEqual({
      hardBytes: 268_435_456,
      softBytes: 67_108_864,
      softSeconds: 60,
    })
    expect(outputBufferLimit(config, 'pubsub')).toEqual({
      hardBytes: 33_554_432,
      softBytes: 8_388_608,
      softSeconds: 60,
    })
    expect(outputBufferLimit(config, 'normal')).toEqual({ hardBytes: 0, softBytes: 0, softSeconds: 0 })
    expect(valueOf(parseConfig(asResp3Map(flat)))).toEqual(config)
    expect(valueOf(parseConfig(asRecord(flat)))).toEqual(config)
    expect(savePoints(valueOf(parseConfig(reply('config-get.save'))))).toEqual(
      capturedBytes(version, 'config-get.save').includes('900 1') ? [{ seconds: 900, changes: 1 }] : [],
    )
    expect(configInteger(valueOf(parseConfig(reply('config-get.repl-backlog-size'))), 'repl-backlog-size')).toBe(
      info('info.master').replication.backlogSizeBytes,
    )
    expect(valueOf(parseConfig(reply('config-get.appendonly'))).get('appendonly')).toBe('yes')
  })

  it('CKQUORUM counts three usable Sentinels', () => {
    const check = valueOf(parseQuorumCheck(capturedText(version, 'sentinel.ckquorum')))
    expect(check).toMatchObject({ isReachable: true, usable: 3 })
    expect(check.text).toMatch(/^OK 3 usable/)
  })
})
