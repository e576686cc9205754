import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHello } from '../../../src-main/domain/replies/hello.ts'
import { parseInfoCache } from '../../../src-main/domain/replies/info-cache.ts'
import { parseQuorumCheck } from '../../../src-main/domain/replies/quorum-check.ts'
import { parseSentinelEvent } from '../../../src-main/domain/replies/sentinel-event.ts'
import {
  parseSentinelMasters,
  parseSentinelPeers,
  parseSentinelReplicas,
} from '../../../src-main/domain/replies/sentinel-maps.ts'
import { capturedText } from '../../support/captured-replies.ts'

const NOW = 1_795_163_761_000

describe('SENTINEL maps', () => {
  const replica = (...extra: string[]) => {
    const parsed = parseSentinelReplicas([['name', 'r', ...extra]])
    return parsed.ok ? parsed.value[0] : undefined
  }

  it('tell a replica that never connected from one whose link is down', () => {
    expect(replica('master-link-down-time', '-1000')).toMatchObject({
      masterLinkDownMs: undefined,
      neverConnected: true,
    })
    expect(replica('master-link-down-time', '4000', 'master-link-status', 'err')).toMatchObject({
      masterLinkDownMs: 4000,
      neverConnected: false,
      masterLink: 'down',
    })
    expect(replica()).toMatchObject({ masterLinkDownMs: undefined, neverConnected: false, masterLink: undefined })
  })

  it('leave an empty run id, an unknown master and an absent number undefined', () => {
    expect(replica('runid', '', 'master-host', '?', 'master-port', '0', 'port', 'x')).toMatchObject({
      runId: undefined,
      masterHost: undefined,
      masterPort: undefined,
      port: undefined,
      priority: undefined,
      announced: undefined,
    })
  })

  it('keep host names, IPv6 with a zone, and numbers that RESP3 sends as numbers', () => {
    const parsed = parseSentinelMasters([
      new Map<string, string | number>([
        ['name', 'a'],
        ['ip', 'fe80::1%eth0'],
        ['port', 6379],
        ['quorum', 2],
      ]),
    ])
    expect(parsed).toMatchObject({ ok: true, value: [{ host: 'fe80::1%eth0', port: 6379, quorum: 2 }] })
  })

  it('read every flag of a master that is down', () => {
    const parsed = parseSentinelMasters([
      ['name', 'a', 'flags', 's_down,o_down,master,disconnected', 'failover-state', 'wait_start'],
    ])
    expect(parsed.ok && parsed.value[0]?.flags).toEqual(new Set(['s_down', 'o_down', 'master', 'disconnected']))
    expect(parsed.ok && parsed.value[0]?.failoverState).toBe('wait_start')
  })

  it('are unreadable as a whole when one of them is, so that no shorter list passes for the whole', () => {
    for (const odd of ['text', ['name'], [], ['ip', '1'], null, 5])
      expect(parseSentinelPeers([['name', 'a'], odd]).ok, JSON.stringify(odd)).toBe(false)
    expect(parseSentinelPeers([])).toEqual({ ok: true, value: [] })
    expect(parseSentinelPeers(null)).toMatchObject({
      ok: false,
      problem: { detail: 'expected an array of Sentinel maps, got nothing' },
    })
  })
})

describe('SENTINEL INFO-CACHE', () => {
  const text = capturedText('redis-7.2.6', 'info.master')

  it('gives age and INFO of each node', () => {
    const parsed = parseInfoCache(
      [
        'orders',
        [
          [1234, text],
          [99, text],
        ],
      ],
      NOW,
    )
    expect(parsed).toMatchObject({ ok: true, value: [{ ageMs: 1234 }, { ageMs: 99 }] })
    expect(parsed.ok && parsed.value[0]?.info?.server.version).toBe('7.2.6')
  })

  it.each([NOW, NOW - 5, NOW + 86_400_000])('takes an age of %i for a node that was never polled', (age) => {
    expect(parseInfoCache(['orders', [[age, null]]], NOW)).toEqual({
      ok: true,
      value: [{ ageMs: undefined, info: undefined }],
    })
  })

  it('reads a Map as it reads an array', () => {
    const entries = [[12, text]]
    expect(parseInfoCache(new Map([['orders', entries]]), NOW)).toEqual(parseInfoCache(['orders', entries], NOW))
  })

  it('refuses another shape', () => {
    for (const odd of ['x', 5, null, ['orders', 5], ['orders', [5]], ['orders', [[1]]]])
      expect(parseInfoCache(odd, NOW).ok, JSON.stringify(odd)).toBe(false)
  })
})

describe('hello messages', () => {
  it('give both addresses, the epochs and the name', () => {
    expect(parseHello('10.0.0.1,26379,abc,7,orders,10.0.0.5,6379,3')).toEqual({
      ok: true,
      value: {
        sentinel: { host: '10.0.0.1', port: 26379 },
        sentinelId: 'abc',
        currentEpoch: 7,
        masterName: 'orders',
        master: { host: '10.0.0.5', port: 6379 },
        masterConfigEpoch: 3,
      },
    })
  })

  it('keep any name, also one with commas, and any host', () => {
    const host = fc.constantFrom('10.0.0.1', 'fe80::1%eth0', '::1', 'sentinel-1.example.org')
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), host, host, (name, a, b) => {
        expect(parseHello(`${a},26379,id,1,${name},${b},6379,0`)).toMatchObject({
          ok: true,
          value: { masterName: name, sentinel: { host: a }, master: { host: b } },
        })
      }),
    )
  })

  it('that are cut or have no address are unreadable', () => {
    for (const text of [
      '',
      ',,,,,,,',
      '10.0.0.1,26379,id,0,orders,10.0.0.5,6379',
      '10.0.0.1,x,id,0,orders,10.0.0.5,6379,0',
      '10.0.0.1,1,id,0,orders,,6379,0',
      'x'.repeat(5000),
    ])
      expect(parseHello(text).ok, text.slice(0, 40)).toBe(false)
  })
})

describe('CKQUORUM', () => {
  it('reads the error NOQUORUM as an answer', () => {
    const text =
      'NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master'
    expect(parseQuorumCheck(text)).toEqual({ ok: true, value: { isReachable: false, usable: 1, text } })
    expect(parseQuorumCheck(`-${text}\r\n`)).toEqual(parseQuorumCheck(text))
  })

  it('leaves the count undefined when there is none, and refuses any other text', () => {
    expect(parseQuorumCheck('OK')).toEqual({ ok: true, value: { isReachable: true, usable: undefined, text: 'OK' } })
    for (const text of ['', 'ERR No such master with that name', 'OKAY 3 usable Sentinels', 'NOPERM x'])
      expect(parseQuorumCheck(text).ok).toBe(false)
    const long = parseQuorumCheck(`OK 3 usable Sentinels. ${'x'.repeat(9000)}`)
    expect(long.ok && long.value.text).toHaveLength(256)
  })
})

describe('events', () => {
  it.each([
    ['+sdown', 'master orders 10.0.0.5 6379', 'orders'],
    ['+odown', 'master orders 10.0.0.5 6379 #quorum 2/2', 'orders'],
    ['+sdown', 'slave 10.0.0.6:6379 10.0.0.6 6379 @ orders 10.0.0.5 6379', 'orders'],
    ['+sentinel', 'sentinel abc 10.0.0.9 26379 @ orders 10.0.0.5 6379', 'orders'],
    ['+monitor', 'master orders 10.0.0.5 6379 quorum 2', 'orders'],
    ['+set', 'master orders 10.0.0.5 6379 quorum 3', 'orders'],
    ['+role-change', 'slave [::1]:6379 ::1 6379 @ orders ::1 6380 new reported role is master', 'orders'],
    ['+new-epoch', '7', undefined],
    ['+vote-for-leader', 'abc 7', undefined],
    ['+tilt', '#tilt mode entered', undefined],
    ['+sdown', 'slave r 10.0.0.6 6379', undefined],
    ['+switch-master', 'orders 10.0.0.5', undefined],
    ['+sdown', '', undefined],
  ])('%s "%s" names the group %s', (channel, payload, group) => {
    expect(parseSentinelEvent(channel, payload)).toEqual({ channel, payload, group, switched: undefined })
  })

  it('+switch-master gives both addresses', () => {
    expect(parseSentinelEvent('+switch-master', 'orders ::1 6379 replica-2.example.org 6380')).toMatchObject({
      group: 'orders',
      switched: { from: { host: '::1', port: 6379 }, to: { host: 'replica-2.example.org', port: 6380 } },
    })
    expect(parseSentinelEvent('+switch-master', 'my orders a 1 b 2').group).toBe('my orders')
    expect(parseSentinelEvent('+switch-master', 'orders a 1 b x').switched).toBeUndefined()
  })

  it('never throw and stay bounded', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 3000 }), (channel, payload) => {
        const event = parseSentinelEvent(channel, payload)
        expect(event.payload.length).toBeLessThanOrEqual(1024)
        expect(payload.startsWith(event.payload)).toBe(true)
      }),
    )
  })
})
