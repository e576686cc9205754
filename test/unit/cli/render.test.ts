import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InspectReport } from '../../../src-main/contract/inspect.ts'
import type { GroupLike } from '../../../src-main/contract/to-inspect.ts'
import { toInspectReport } from '../../../src-main/contract/to-inspect.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import { renderInspect } from '../../../src-main/hosts/cli/render/inspect.ts'
import { clean, lengthOf, shorten, wrap } from '../../../src-main/hosts/cli/render/text.ts'
import { placeMembers } from '../../../src-main/hosts/cli/render/topology.ts'
import { byteRange, bytes, count, duration, rate } from '../../../src-main/hosts/cli/render/units.ts'
import {
  FIXTURE_AT,
  groupSnapshot,
  HEALTHY,
  healthyGroup,
  infoReply,
  linkSnapshot,
  nodeSnapshot,
  withLink,
  withNode,
  withNodeInfo,
} from '../../support/facts.ts'

const report = (snapshot: GroupSnapshot, rest: Partial<GroupLike> = {}): InspectReport =>
  toInspectReport(
    [{ revision: 1, snapshot, exposure: undefined, electable: [], findings: [], notJudged: [], ...rest }],
    FIXTURE_AT,
    3,
  )
const show = (snapshot: GroupSnapshot, width = 200, rest: Partial<GroupLike> = {}): string =>
  renderInspect(report(snapshot, rest), { width, hasColour: false }).join('\n')

/** One of everything that can be wrong. */
function troubledGroup(): GroupSnapshot {
  let snapshot = healthyGroup()
  snapshot = withNode(snapshot, HEALTHY.replica2, (node) => ({
    ...node,
    reachability: 'hung',
    sampledAt: FIXTURE_AT - 40_000,
    failure: { kind: 'unreachable', at: node.id, cause: 'timeout', stage: 'command', detail: '' },
    notPermitted: ['CONFIG GET', 'CLIENT LIST'],
  }))
  snapshot = withNode(snapshot, HEALTHY.chained, (node) => ({
    ...node,
    reachability: 'unreachable',
    observedThrough: 'master-view',
    sampledAt: FIXTURE_AT - 1000,
    failure: { kind: 'unreachable', at: node.id, cause: 'refused', stage: 'connect', detail: '' },
  }))
  snapshot = withLink(snapshot, HEALTHY.replica1, {
    byteLag: undefined,
    byteLagReason: 'syncing',
    state: 'full-sync',
    sync: {
      stage: 'transfer',
      readBytes: 400,
      totalBytes: 1 << 30,
      bytesPerSecond: 31_457_280,
      etaSeconds: 12,
      doneRatio: 0.4,
    },
  })
  return {
    ...snapshot,
    agreed: false,
    views: snapshot.views.map((view, index) =>
      index === 0
        ? {
            ...view,
            master: HEALTHY.replica1,
            quorumCheck: { isReachable: false, usable: 1, text: 'NOQUORUM 1 usable' },
          }
        : view,
    ),
  }
}

describe('the picture of a healthy group', () => {
  it('is a tree with figures on a wide terminal', () => {
    expect(show(healthyGroup())).toMatchInlineSnapshot(`
      "mymaster  master 10.0.0.5:6379, 3 replicas, 3 Sentinels, agreed, quorum 2
        writes 1000 B/s, peak 19.5 KB/s · backlog 64 MB holds 18 h 38 m of them · writes need 1 good replica, 2 there

        NODE                 ROLE     STATE       LAG  ACK   MARGIN  MAY BE AWAY  IF DROPPED  KEYS          MEMORY  PERSISTENCE                      VERSION
        10.0.0.5:6379        master   up                                                      100k  191 MB of 4 GB  RDB 2 m ago (+12), AOF everysec  redis 8.6.6
        ├─ 10.0.0.6:6379     replica  online  10-20 B  0 s  64.0 MB    18 h 38 m  partial     100k  191 MB of 4 GB  RDB 2 m ago (+12), AOF everysec  redis 8.6.6
        │  └─ 10.0.0.8:6379  replica  online  50-60 B  0 s  64.0 MB    18 h 38 m  partial     100k  191 MB of 4 GB  RDB 2 m ago (+12), AOF everysec  redis 8.6.6
        └─ 10.0.0.7:6379     replica  online  30-40 B  1 s  64.0 MB    18 h 38 m  partial     100k  191 MB of 4 GB  RDB 2 m ago (+12), AOF everysec  redis 8.6.6

        SENTINEL        STATE  BELIEVES MASTER  EPOCH  QUORUM  DOWN-AFTER  CKQUORUM
        10.0.0.1:26379  up     10.0.0.5:6379        3       2         5 s  OK
        10.0.0.2:26379  up     10.0.0.5:6379        3       2         5 s  OK
        10.0.0.3:26379  up     10.0.0.5:6379        3       2         5 s  OK"
    `)
  })

  it('moves what does not fit below each row on a narrow one, and loses nothing', () => {
    expect(show(healthyGroup(), 60)).toMatchInlineSnapshot(`
      "mymaster  master 10.0.0.5:6379, 3 replicas, 3 Sentinels,
          agreed, quorum 2
        writes 1000 B/s, peak 19.5 KB/s ·
          backlog 64 MB holds 18 h 38 m of them ·
          writes need 1 good replica, 2 there

        NODE                 ROLE     STATE       LAG  IF DROPPED
        10.0.0.5:6379        master   up
          keys 100k · memory 191 MB of 4 GB ·
          persistence RDB 2 m ago (+12), AOF everysec ·
          version redis 8.6.6
        ├─ 10.0.0.6:6379     replica  online  10-20 B  partial
             ack 0 s · margin 64.0 MB · may be away 18 h 38 m ·
             keys 100k · memory 191 MB of 4 GB ·
             persistence RDB 2 m ago (+12), AOF everysec ·
             version redis 8.6.6
        │  └─ 10.0.0.8:6379  replica  online  50-60 B  partial
                ack 0 s · margin 64.0 MB · may be away 18 h 38 m ·
                keys 100k · memory 191 MB of 4 GB ·
                persistence RDB 2 m ago (+12), AOF everysec ·
                version redis 8.6.6
        └─ 10.0.0.7:6379     replica  online  30-40 B  partial
             ack 1 s · margin 64.0 MB · may be away 18 h 38 m ·
             keys 100k · memory 191 MB of 4 GB ·
             persistence RDB 2 m ago (+12), AOF everysec ·
             version redis 8.6.6

        SENTINEL        STATE  BELIEVES MASTER  EPOCH  CKQUORUM
        10.0.0.1:26379  up     10.0.0.5:6379        3  OK
          quorum 2 · down-after 5 s
        10.0.0.2:26379  up     10.0.0.5:6379        3  OK
          quorum 2 · down-after 5 s
        10.0.0.3:26379  up     10.0.0.5:6379        3  OK
          quorum 2 · down-after 5 s"
    `)
  })

  it('has no escape sequence without colour, and only well-formed ones with it', () => {
    const { groups, ...rest } = report(troubledGroup())
    const plain = renderInspect({ groups, ...rest }, { width: 120, hasColour: false }).join('\n')
    const coloured = renderInspect({ groups, ...rest }, { width: 120, hasColour: true }).join('\n')
    expect(plain).not.toContain('\u001b')
    expect(coloured).toContain('\u001b[1;31m')
    // oxlint-disable-next-line no-control-regex -- escape sequences are what is being removed
    const stripped = coloured.replace(/\u001b\[[0-9;]*m/g, '')
    expect(stripped).toBe(plain)
  })
})

describe('the picture of a group in trouble', () => {
  it('says what is hung, unreachable, syncing, disputed and not permitted', () => {
    expect(show(troubledGroup(), 120)).toMatchInlineSnapshot(`
      "mymaster  master 10.0.0.5:6379, 3 replicas, 3 Sentinels, quorum 2
        ! THE SENTINELS DISAGREE about the master: 1 say 10.0.0.6:6379, 2 say 10.0.0.5:6379
        writes 1000 B/s, peak 19.5 KB/s · backlog 64 MB holds 18 h 38 m of them · writes need 1 good replica, 2 there

        NODE                 ROLE     STATE            LAG  ACK   MARGIN  MAY BE AWAY  IF DROPPED
        10.0.0.5:6379        master   up
          keys 100k · memory 191 MB of 4 GB · persistence RDB 2 m ago (+12), AOF everysec · version redis 8.6.6
        ├─ 10.0.0.6:6379     replica  full-sync    syncing       64.0 MB    18 h 38 m  partial
             keys 100k · memory 191 MB of 4 GB · persistence RDB 2 m ago (+12), AOF everysec · version redis 8.6.6
             full sync: transfer 40 % of 1 GB, 30 MB/s, 12 s left
        │  └─ 10.0.0.8:6379  replica  unreachable  50-60 B  0 s  64.0 MB    18 h 38 m  partial
                keys 100k · memory 191 MB of 4 GB · persistence RDB 2 m ago (+12), AOF everysec · version redis 8.6.6
                ! nothing listens on that port (connection refused); shown as its master sees it
        └─ 10.0.0.7:6379     replica  hung         30-40 B  1 s  64.0 MB    18 h 38 m  partial
             keys 100k · memory 191 MB of 4 GB · persistence RDB 2 m ago (+12), AOF everysec · version redis 8.6.6
             ! took the connection but did not answer in time; as of 40 s ago

        SENTINEL        STATE  BELIEVES MASTER  EPOCH  QUORUM  DOWN-AFTER  CKQUORUM
        10.0.0.1:26379  up     ! 10.0.0.6:6379      3       2         5 s  NO QUORUM
        10.0.0.2:26379  up     10.0.0.5:6379        3       2         5 s  OK
        10.0.0.3:26379  up     10.0.0.5:6379        3       2         5 s  OK

        not permitted: CONFIG GET, CLIENT LIST on 10.0.0.7:6379
          ACL SETUSER <user> +config|get +client|list"
    `)
  })

  it('never prints a line wider than the terminal, from 60 columns on', () => {
    const reports = [healthyGroup(), troubledGroup(), longNames(), deepChain()].map((snapshot) => report(snapshot))
    for (let width = 60; width <= 260; width += 1)
      for (const one of reports)
        for (const line of renderInspect(one, { width, hasColour: false }))
          expect(lengthOf(line), line).toBeLessThanOrEqual(width)
  })

  it('shows more than one master as such', () => {
    const snapshot = groupSnapshot({
      nodes: ['a:1', 'b:1'].map((id) => nodeSnapshot({ id, info: infoReply({ replication: { role: 'master' } }) })),
    })
    const text = show(snapshot)
    expect(text).toContain('! 2 nodes say that they are master: a:1, b:1')
    expect(text).toMatch(/b:1 +MASTER TOO/)
  })

  it('says that a replica is ahead instead of a negative lag', () => {
    expect(show(withLink(healthyGroup(), HEALTHY.replica1, { byteLag: { low: -20, high: -14 } }))).toContain(
      'ahead 14 B',
    )
  })

  it('says why there is no lag', () => {
    const none = { byteLag: undefined, byteLagReason: 'different-history' } as const
    expect(show(withLink(healthyGroup(), HEALTHY.replica1, none))).toContain('different history')
  })

  it('never shows an unknown figure as 0', () => {
    const snapshot = groupSnapshot({
      master: 'a:1',
      masters: ['a:1'],
      replicas: ['b:1'],
      nodes: [
        nodeSnapshot({ id: 'a:1', role: 'master' }),
        nodeSnapshot({ id: 'b:1', role: 'replica', observedThrough: undefined, sampledAt: undefined }),
      ],
      links: [linkSnapshot({ replica: 'b:1', upstream: 'a:1', byteLagReason: 'not-sampled' })],
    })
    const text = show(snapshot)
    expect(text).toContain('not sampled')
    expect(text).toContain('nothing known of it')
    expect(text.replace(/[ab]:1/g, '')).not.toMatch(/\b0\b/)
  })

  it('marks broken persistence in words', () => {
    const broken = withNodeInfo(healthyGroup(), HEALTHY.master, { persistence: { lastBgsaveStatus: 'err' } })
    expect(show(broken)).toContain('RDB FAILS')
    const aof = withNodeInfo(healthyGroup(), HEALTHY.master, { persistence: { aofLastWriteStatus: 'err' } })
    expect(show(aof)).toContain('AOF FAILS')
  })

  it('tells findings by severity, the worst first, with the first thing to do', () => {
    const finding = (code: string, severity: 'critical' | 'info') => ({
      code,
      severity,
      subject: { kind: 'group', id: 'mymaster' } as const,
      title: `about ${code}`,
      evidence: [],
      why: '',
      remedy: [`do ${code}`, 'later'],
      since: FIXTURE_AT,
      held: severity === 'info',
    })
    const text = show(healthyGroup(), 120, { findings: [finding('small', 'info'), finding('large', 'critical')] })
    expect(text.indexOf('CRITICAL large mymaster: about large (not yet held)')).toBeGreaterThan(0)
    expect(text.indexOf('INFO small')).toBeGreaterThan(text.indexOf('do large'))
    expect(text).not.toContain('later')
  })

  it('says once what is found on many nodes, and no address twice', () => {
    const finding = (id: string) => ({
      code: 'no-auth',
      severity: 'warning' as const,
      subject: { kind: 'node', id } as const,
      title: `${id} needs no password`,
      evidence: [],
      why: '',
      remedy: [`see to ${id}`],
      since: FIXTURE_AT,
      held: true,
    })
    const nodes = [HEALTHY.master, HEALTHY.replica1, HEALTHY.replica2]
    const text = show(healthyGroup(), 120, { findings: nodes.map(finding) })
    expect(text).toContain('  WARNING no-auth 10.0.0.5:6379 needs no password\n')
    expect(text).toContain('    the same of 10.0.0.6:6379, 10.0.0.7:6379\n    see to 10.0.0.5:6379')
    expect(text.match(/needs no password/g)).toHaveLength(1)
  })

  it('begins with what a crash of the master would cost, when that is known', () => {
    const text = show(healthyGroup(), 200, {
      exposure: {
        masterCrash: { lossBytes: { low: 10, high: 20 }, lossSeconds: 0.02, promotes: HEALTHY.replica1, reason: 'r' },
        partition: { acceptedForSeconds: 11, isUnbounded: false, boundedBy: 'min-replicas', reason: '' },
        masterRestartsEmpty: { wipes: false, reason: '' },
        powerLoss: [],
      },
    })
    expect(text).toContain('If 10.0.0.5:6379 died now: 10.0.0.6:6379 takes over, 10-20 B (0.02 s of writes) lost (r)')
  })
})

describe('hostile text', () => {
  it('cannot drive the terminal', () => {
    const snapshot = {
      ...withNode(healthyGroup(), HEALTHY.replica1, (node) => ({
        ...node,
        failure: { kind: 'misconf', at: node.id, reply: 'x\u001b]0;owned\u0007\u202e\r\n' } as const,
        notPermitted: ['\u001b[2J'],
      })),
      name: 'my\u001b[31mmaster',
    }
    const lines = renderInspect(report(snapshot), { width: 100, hasColour: false })
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    expect(clean('a\u001b[0mb\u202ec')).toBe('a?[0mb?c')
  })
})

describe('the tree', () => {
  const group = (links: readonly [string, string][], masters: readonly string[]) => {
    const replicas = links.map(([replica]) => replica)
    const snapshot = groupSnapshot({
      master: masters[0],
      masters,
      replicas,
      links: links.map(([replica, upstream]) => linkSnapshot({ replica, upstream })),
    })
    const whole = report(snapshot)
    const first = whole.groups[0]
    if (first === undefined) throw new Error('no group')
    return placeMembers(first, whole.links).map((placed) => `${placed.prefix}${placed.id}`)
  }

  it('hangs replicas below what they follow', () => {
    expect(
      group(
        [
          ['b', 'a'],
          ['c', 'b'],
          ['d', 'a'],
        ],
        ['a'],
      ),
    ).toEqual(['a', '├─ b', '│  └─ c', '└─ d'])
  })

  it('shows each member once, even in a loop or when a node follows itself', () => {
    expect(
      group(
        [
          ['b', 'c'],
          ['c', 'b'],
          ['e', 'e'],
        ],
        ['a'],
      ),
    ).toEqual(['a', 'b', '└─ c', 'e'])
  })

  it('shows a replica of a node that is not known at the top', () => {
    expect(group([['b', 'gone']], ['a'])).toEqual(['a', 'b'])
  })
})

describe('figures', () => {
  it.each([
    [bytes(0), '0 B'],
    [bytes(1023), '1023 B'],
    [bytes(1536), '1.50 KB'],
    [bytes(67_108_864), '64 MB'],
    [bytes(-2048), '-2 KB'],
    [byteRange({ low: 14, high: 28 }), '14-28 B'],
    [byteRange({ low: 5, high: 5 }), '5 B'],
    [byteRange({ low: 0, high: 2048 }), '0-2 KB'],
    [byteRange({ low: -5, high: 3 }), '-5 to 3 B'],
    [rate(1234), '1.21 KB/s'],
    [duration(0.02), '0.02 s'],
    [duration(0.25), '0.3 s'],
    [duration(0), '0 s'],
    [duration(59.6), '1 m'],
    [duration(61), '1 m 1 s'],
    [duration(15_120), '4 h 12 m'],
    [duration(273_600), '3 d 4 h'],
    [count(9999), '9999'],
    [count(12_345), '12.3k'],
    [count(4_560_000), '4.56M'],
  ])('reads %s', (shown, wanted) => {
    expect(shown).toBe(wanted)
  })

  it('keeps both ends of a long name', () => {
    expect(shorten('redis-0.redis.svc.cluster.local:6379', 20)).toBe('redis-0.re…ocal:6379')
    expect(shorten('short', 20)).toBe('short')
  })

  it('breaks lines at spaces and cuts only what no line can hold', () => {
    const text = (width: number, words: string) =>
      wrap([{ text: words, tone: 'plain' }], width, 2).map((line) =>
        line
          .map((piece) => piece.text)
          .join('')
          .trimEnd(),
      )
    expect(text(22, 'one two three four five six seven eight')).toEqual([
      'one two three four',
      '  five six seven eight',
    ])
    expect(text(30, 'a'.repeat(35))).toEqual(['a'.repeat(30), '  aaaaa'])
  })

  it('never exceed the width, whatever the pieces, and lose no character', () => {
    const piece = fc.record({ text: fc.stringMatching(/^[a-c ]{0,40}$/), tone: fc.constant('plain' as const) })
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 25, max: 60 }), fc.nat(30), (pieces, width, indent) => {
        const lines = wrap(pieces, width, indent).map((line) => line.map((part) => part.text).join(''))
        for (const line of lines) expect(lengthOf(line.trimEnd())).toBeLessThanOrEqual(width)
        const letters = (text: string): string => text.replaceAll(' ', '')
        expect(letters(lines.join(''))).toBe(letters(pieces.map((one) => one.text).join('')))
      }),
    )
  })
})

function longNames(): GroupSnapshot {
  const name = (n: number) => `${'a-very-long-host-name.'.repeat(6)}example.com:${6379 + n}`
  return groupSnapshot({
    name: 'a-long-group-name-'.repeat(8),
    nodes: [0, 1, 2].map((n) =>
      nodeSnapshot({ id: name(n), info: infoReply({ replication: { role: n === 0 ? 'master' : 'replica' } }) }),
    ),
    links: [
      linkSnapshot({ replica: name(1), upstream: name(0) }),
      linkSnapshot({ replica: name(2), upstream: name(1) }),
    ],
  })
}

function deepChain(): GroupSnapshot {
  const id = (n: number) => `10.0.0.${n}:6379`
  const depth = 40
  return groupSnapshot({
    master: id(0),
    masters: [id(0)],
    replicas: Array.from({ length: depth }, (_, n) => id(n + 1)),
    nodes: Array.from({ length: depth + 1 }, (_, n) =>
      nodeSnapshot({
        id: id(n),
        info: infoReply({
          server: { flavour: 'redis', version: '7.0.15' },
          keyspace: [{ db: 0, keys: n, expires: 0 }],
        }),
        failure: { kind: 'loading', at: id(n) },
        reachability: 'loading',
      }),
    ),
    links: Array.from({ length: depth }, (_, n) => linkSnapshot({ replica: id(n + 1), upstream: id(n), depth: n + 1 })),
  })
}
