import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRoster, type RosterInput, type RosterServer } from '../../../src-main/domain/topology/roster.ts'

const NOW = 1_000_000

function server(id: string, more: Partial<RosterServer> = {}): [string, RosterServer] {
  return [
    id,
    {
      id,
      isReachable: true,
      isSettled: true,
      role: 'master',
      follows: undefined,
      followers: [],
      lostSince: undefined,
      ...more,
    },
  ]
}

function input(more: Partial<RosterInput>): RosterInput {
  return {
    now: NOW,
    seedServers: [],
    seedSentinels: [],
    onlyGroups: undefined,
    sentinels: [],
    servers: new Map(),
    previous: undefined,
    ...more,
  }
}

const view = (name: string, master: string, replicas: string[] = []) => ({ name, master, replicas, peers: [] })

describe('the roster', () => {
  it('does not pull the master of another Sentinel group in through a moved replica', () => {
    const roster = decideRoster(
      input({
        sentinels: [{ id: 's:1', isReachable: true, groups: [view('a', 'a:1', ['a:2']), view('b', 'b:1', ['b:2'])] }],
        servers: new Map([
          server('a:1'),
          server('a:2', { role: 'replica', follows: 'b:1' }),
          server('b:1', { followers: ['b:2', 'a:2'] }),
          server('b:2', { role: 'replica', follows: 'b:1' }),
        ]),
      }),
    )
    expect(roster.groups.map((group) => [group.name, group.members])).toEqual([
      ['a', ['a:1', 'a:2']],
      ['b', ['b:1', 'b:2']],
    ])
  })

  it('does not believe a silent Sentinel where a living one speaks', () => {
    const roster = decideRoster(
      input({
        sentinels: [
          { id: 's:1', isReachable: true, groups: [view('a', 'a:1')] },
          { id: 's:2', isReachable: false, groups: [view('a', 'a:9')] },
        ],
      }),
    )
    expect(roster.groups[0]?.members).toEqual(['a:1'])
    expect(roster.groups[0]?.sentinels).toEqual(['s:1', 's:2'])
  })

  it('keeps a Sentinel that says hello and does not answer us with the group of the node it said it on', () => {
    const asked = (isReachable: boolean) =>
      decideRoster(
        input({
          seedServers: ['n:1', 'o:1'],
          servers: new Map([server('n:1'), server('o:1')]),
          sentinels: [{ id: 's:1', isReachable, groups: [] }],
          heard: new Map([['n:1', new Set(['s:1', 's:2'])]]),
        }),
      )
    expect(asked(false).groups.map((group) => [group.name, group.sentinels])).toEqual([
      ['n:1', ['s:1']],
      ['o:1', []],
    ])
    expect([...asked(false).sentinels]).toEqual(['s:1'])
    expect(asked(true).groups.map((group) => group.sentinels)).toEqual([[], []])
  })

  it('waits with a name until the climb from a chained replica is over', () => {
    const chained = server('n:3', { role: 'replica', follows: 'n:2' })
    const unsettled = server('n:2', { isSettled: false, isReachable: false, role: undefined })
    expect(decideRoster(input({ seedServers: ['n:3'], servers: new Map([chained, unsettled]) })).groups).toEqual([])
    const roster = decideRoster(
      input({
        seedServers: ['n:3'],
        servers: new Map([chained, server('n:2', { role: 'replica', follows: 'n:1' }), server('n:1')]),
      }),
    )
    expect(roster.groups.map((group) => [group.name, group.members])).toEqual([['n:1', ['n:1', 'n:2', 'n:3']]])
  })

  it('keeps the name of a group without Sentinel when another node becomes its master', () => {
    const servers = new Map([server('n:1'), server('n:2', { role: 'replica', follows: 'n:1' })])
    const before = decideRoster(input({ seedServers: ['n:2'], servers }))
    const after = decideRoster(
      input({
        seedServers: ['n:2'],
        previous: before,
        servers: new Map([server('n:1', { role: 'replica', follows: 'n:2' }), server('n:2')]),
      }),
    )
    expect(after.groups.map((group) => group.name)).toEqual(['n:1'])
  })

  it('forgets a lost member under Sentinel after a minute, and not before', () => {
    const sentinels = [{ id: 's:1', isReachable: true, groups: [view('a', 'a:1')] }]
    const previous = decideRoster(
      input({ sentinels: [{ id: 's:1', isReachable: true, groups: [view('a', 'a:1', ['a:2'])] }] }),
    )
    const lost = (ms: number) =>
      decideRoster(
        input({
          sentinels,
          previous,
          servers: new Map([server('a:1'), server('a:2', { isReachable: false, lostSince: NOW - ms })]),
        }),
      ).groups[0]?.members
    expect(lost(59_000)).toEqual(['a:1', 'a:2'])
    expect(lost(61_000)).toEqual(['a:1'])
  })

  it('ends and is complete on any shape of who follows whom', () => {
    const name = fc.integer({ min: 0, max: 7 }).map((n) => `n:${n}`)
    const shape = fc.array(
      fc.record({
        id: name,
        follows: fc.option(name, { nil: undefined }),
        followers: fc.array(name),
        up: fc.boolean(),
      }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(shape, fc.array(name, { minLength: 1 }), (shapes, seeds) => {
        const servers = new Map(
          shapes.map((one) =>
            server(one.id, {
              follows: one.follows,
              followers: one.followers,
              isReachable: one.up,
              role: one.follows === undefined ? 'master' : 'replica',
            }),
          ),
        )
        const first = decideRoster(input({ seedServers: seeds, servers }))
        const second = decideRoster(input({ seedServers: seeds, servers, previous: first }))
        for (const roster of [first, second]) {
          for (const seed of seeds) expect(roster.servers.has(seed)).toBe(true)
          for (const group of roster.groups) for (const id of group.members) expect(roster.servers.has(id)).toBe(true)
          const names = roster.groups.map((group) => group.name)
          expect(new Set(names).size).toBe(names.length)
        }
        expect(second.groups).toEqual(first.groups)
      }),
    )
  })
})
