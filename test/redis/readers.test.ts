import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  array,
  bulk,
  bulks,
  error,
  integer,
  status,
  type FakeAnswer,
  type FakeServer,
} from '../support/fake-resp-server.ts'
import { connector, endAfterEach, failureOf, fake, valueOf } from './adapter.ts'

endAfterEach()

const REPLIES = new URL('../replies/', import.meta.url)
const VERSIONS = readdirSync(REPLIES).filter((name) => /^(redis|valkey)-/.test(name))
const captured = (version: string, name: string): Buffer => readFileSync(new URL(`${version}/${name}.resp`, REPLIES))

const NOPERM = error('NOPERM this user has no permissions to run this command')
const INFO_7 = bulk(
  '# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n# Replication\r\nrole:master\r\nmaster_repl_offset:7\r\n',
)
const INFO_6 = INFO_7.replace('7.0.15', '6.2.16')
const ROLE = array(bulk('master'), integer(7), '*0\r\n')

/** A data node with good answers, some of them replaced. */
async function dataNode(answers: Readonly<Record<string, FakeAnswer>> = {}): Promise<FakeServer> {
  return fake({ answers: { INFO: INFO_7, ROLE, 'CLIENT LIST': bulk(''), 'CONFIG GET': bulks('save', ''), ...answers } })
}

function sent(server: FakeServer): readonly string[] {
  return server.commands.map((command) => command.join(' '))
}

describe.each(VERSIONS)('the replies of %s', (version) => {
  it('are read from a data node', async () => {
    const server = await fake({
      answers: {
        INFO: captured(version, 'info.master'),
        ROLE: captured(version, 'role.master'),
        'CLIENT LIST TYPE REPLICA': captured(version, 'client-list-replica.master'),
        'CONFIG GET': captured(version, 'config-get.appendonly'),
      },
    })
    const reader = connector().dataNode(server.address)
    const vitals = valueOf(await reader.vitals({ role: true, replicaClients: true }))
    expect(vitals.info.server).toMatchObject({ flavour: version.split('-')[0], version: version.split('-')[1] })
    expect(vitals.role?.role).toBe('master')
    expect(vitals.replicaClients).toHaveLength(2)
    expect(vitals.notPermitted).toEqual([])
    expect(valueOf(await reader.settings()).config?.get('appendonly')).toBe('yes')
  })

  it('are read from a Sentinel', async () => {
    const server = await fake({
      answers: {
        INFO: captured(version, 'sentinel.info'),
        'SENTINEL MASTERS': captured(version, 'sentinel.masters'),
        'SENTINEL REPLICAS': captured(version, 'sentinel.replicas'),
        'SENTINEL SENTINELS': captured(version, 'sentinel.sentinels'),
        'SENTINEL CKQUORUM': captured(version, 'sentinel.ckquorum'),
        'SENTINEL MYID': bulk('a'.repeat(40)),
      },
    })
    const reader = connector().sentinel(server.address)
    const overview = valueOf(await reader.overview())
    expect(overview.masters.map((master) => master.name)).toEqual(['orders'])
    expect(overview).toMatchObject({ myId: 'a'.repeat(40), notPermitted: [] })
    const group = valueOf(await reader.group('orders'))
    expect(group.replicas).toHaveLength(2)
    expect(group.peers).toHaveLength(2)
    expect(group.quorumCheck).toMatchObject({ isReachable: true, usable: 3 })
  })

  it('of a Sentinel asked as a data node say what it is', async () => {
    const server = await fake({
      answers: { INFO: captured(version, 'sentinel.info'), ROLE: captured(version, 'sentinel.role') },
    })
    expect(failureOf(await connector().dataNode(server.address).replication(true))).toMatchObject({
      kind: 'not-a-data-node',
    })
  })
})

describe('the fast tier', () => {
  it('asks a plain INFO first, and a few sections once the server told that it is 7.0 or later', async () => {
    const server = await dataNode()
    const reader = connector().dataNode(server.address)
    await reader.replication(false)
    await reader.replication(true)
    expect(sent(server).slice(1)).toEqual(['INFO', 'INFO server replication persistence', 'ROLE'])
  })

  it('goes on with plain INFO on older servers', async () => {
    const server = await dataNode({ INFO: INFO_6 })
    const reader = connector().dataNode(server.address)
    await reader.replication(false)
    await reader.replication(false)
    expect(sent(server).slice(1)).toEqual(['INFO', 'INFO'])
  })

  it('asks again with a plain INFO when an older server took the place of a newer one', async () => {
    const server = await dataNode({ 'INFO SERVER': error('ERR syntax error') })
    const reader = connector().dataNode(server.address)
    await reader.replication(false)
    expect(valueOf(await reader.replication(false)).info.replication.offset).toBe(7)
    expect(sent(server).slice(1)).toEqual(['INFO', 'INFO server replication persistence', 'INFO'])
  })

  it('answers from INFO alone when ROLE is not permitted, and says so', async () => {
    const server = await dataNode({ ROLE: NOPERM })
    const answer = valueOf(await connector().dataNode(server.address).replication(true))
    expect(answer).toMatchObject({ role: undefined, notPermitted: ['ROLE'] })
    expect(answer.info.replication.role).toBe('master')
  })

  it('answers from ROLE alone when INFO is not permitted, and knows nothing more', async () => {
    const server = await dataNode({ INFO: NOPERM })
    const answer = valueOf(await connector().dataNode(server.address).replication(true))
    expect(answer).toMatchObject({ role: { role: 'master', offset: 7 }, notPermitted: ['INFO'] })
    expect(answer.info.replication.offset).toBeUndefined()
    expect(answer.info.sections).toEqual([])
  })

  it('fails when neither is permitted', async () => {
    const server = await dataNode({ INFO: NOPERM, ROLE: NOPERM })
    expect(failureOf(await connector().dataNode(server.address).replication(true))).toMatchObject({
      kind: 'not-permitted',
      command: 'INFO',
    })
  })

  it('names a command that was renamed or disabled as not permitted', async () => {
    const server = await dataNode({
      ROLE: error("ERR unknown command 'ROLE', with args beginning with: "),
      'CLIENT LIST': error('ERR this managed service has no such thing'),
    })
    expect(
      valueOf(await connector().dataNode(server.address).vitals({ role: true, replicaClients: true })).notPermitted,
    ).toEqual(['ROLE', 'CLIENT LIST'])
  })

  it.each([
    ['NOAUTH Authentication required.', { kind: 'auth', reply: 'NOAUTH Authentication required.' }],
    ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', { kind: 'busy' }],
    ['LOADING Valkey is loading the dataset in memory', { kind: 'loading' }],
    ['MISCONF Errors writing to the AOF file: No space', { kind: 'misconf' }],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", { kind: 'masterdown' }],
    ["READONLY You can't write against a read only replica.", { kind: 'readonly' }],
    ['NOREPLICAS Not enough good replicas to write.', { kind: 'noreplicas' }],
    ["OOM command not allowed when used memory > 'maxmemory'.", { kind: 'oom' }],
    ['WHATEVER from the future', { kind: 'not-permitted' }],
  ])('turns %j into its failure', async (line, failure) => {
    const server = await dataNode({ INFO: error(line), ROLE: error(line) })
    const got = failureOf(await connector().dataNode(server.address).replication(true))
    if (failure.kind === 'not-permitted')
      expect(got).toMatchObject({ kind: 'unreadable-reply', command: 'INFO', detail: `error reply: ${line}` })
    else expect(got).toMatchObject({ ...failure, at: `127.0.0.1:${server.address.port}` })
  })

  it('answers while the server loads its dataset', async () => {
    const server = await dataNode({
      INFO: bulk('# Server\r\nredis_version:7.0.15\r\n# Persistence\r\nloading:1\r\nloading_loaded_perc:12.5\r\n'),
    })
    expect(valueOf(await connector().dataNode(server.address).replication(true)).info.persistence.loading).toBe(true)
  })

  it.each([
    ['an integer', integer(1)],
    ['a text without a section', bulk('hello')],
    ['an empty text', bulk('')],
    ['an array', '*1\r\n$1\r\na\r\n'],
    ['a null', '$-1\r\n'],
  ])('calls INFO unreadable when it is %s', async (_, reply) => {
    const server = await dataNode({ INFO: reply })
    expect(failureOf(await connector().dataNode(server.address).replication(true))).toMatchObject({
      kind: 'unreadable-reply',
      command: 'INFO',
    })
  })

  it('does not round an offset beyond 2^53', async () => {
    const server = await dataNode({ ROLE: array(bulk('master'), integer('9007199254740993'), '*0\r\n') })
    expect(valueOf(await connector().dataNode(server.address).replication(true)).role).toMatchObject({
      offset: undefined,
    })
  })
})

describe('the slow tier', () => {
  it('asks every audited key in one command on 7.0 and later', async () => {
    const server = await dataNode({
      'INFO COMMANDSTATS': bulk('# Commandstats\r\ncmdstat_info:calls=3,usec=90,usec_per_call=30.00\r\n'),
    })
    const reader = connector().dataNode(server.address)
    await reader.replication(false)
    const settings = valueOf(await reader.settings())
    expect(settings.commandStats?.get('info')).toEqual({ calls: 3, usec: 90 })
    expect(server.commands.filter(([name]) => name === 'CONFIG')).toHaveLength(1)
  })

  it('asks narrow patterns of older servers and keeps the audited keys only', async () => {
    const server = await dataNode({
      INFO: INFO_6,
      'CONFIG GET MAX*': bulks('maxmemory', '0', 'maxmemory-samples', '5'),
    })
    const reader = connector().dataNode(server.address)
    await reader.replication(false)
    const { config } = valueOf(await reader.settings())
    expect([...(config ?? [])]).toEqual([
      ['save', ''],
      ['maxmemory', '0'],
    ])
  })

  it('goes on without CONFIG when it is not permitted', async () => {
    const server = await dataNode({ 'CONFIG GET': NOPERM })
    expect(valueOf(await connector().dataNode(server.address).settings())).toMatchObject({
      config: undefined,
      notPermitted: ['CONFIG GET'],
    })
  })
})

describe('a Sentinel', () => {
  const masters = captured('redis-7.2.6', 'sentinel.masters')
  const info = captured('redis-7.2.6', 'sentinel.info')

  it('that is a data node is told as such', async () => {
    const server = await dataNode()
    expect(failureOf(await connector().sentinel(server.address).overview())).toMatchObject({ kind: 'not-a-sentinel' })
    expect(failureOf(await connector().sentinel(server.address).group('orders'))).toMatchObject({
      kind: 'not-a-sentinel',
    })
  })

  it('of an old version has no MYID, which denies nothing', async () => {
    const server = await fake({
      answers: {
        INFO: info,
        'SENTINEL MASTERS': masters,
        'SENTINEL MYID': error("ERR Unknown sentinel subcommand 'MYID'"),
      },
    })
    expect(valueOf(await connector().sentinel(server.address).overview())).toMatchObject({
      myId: undefined,
      notPermitted: [],
    })
  })

  it('that does not permit MASTERS fails, because no list is not an empty list', async () => {
    const server = await fake({ answers: { INFO: info, 'SENTINEL MASTERS': NOPERM, 'SENTINEL MYID': NOPERM } })
    expect(failureOf(await connector().sentinel(server.address).overview())).toMatchObject({
      kind: 'not-permitted',
      command: 'SENTINEL MASTERS',
    })
  })

  it('that wants a password says auth, not that it is no Sentinel', async () => {
    const server = await fake({ answers: { INFO: error('NOAUTH x'), SENTINEL: error('NOAUTH x') } })
    expect(failureOf(await connector().sentinel(server.address).overview())).toMatchObject({ kind: 'auth' })
  })

  it('without quorum answers with an error that is an answer', async () => {
    const server = await fake({
      answers: {
        SENTINEL: '*0\r\n',
        'SENTINEL CKQUORUM': error('NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority'),
      },
    })
    expect(valueOf(await connector().sentinel(server.address).group('orders'))).toMatchObject({
      quorumCheck: { isReachable: false, usable: 1 },
      notPermitted: [],
    })
  })

  it('that does not know the group says not-found', async () => {
    const server = await fake({ answers: { SENTINEL: error('ERR No such master with that name') } })
    expect(failureOf(await connector().sentinel(server.address).group('x'))).toMatchObject({ kind: 'not-found' })
    expect(failureOf(await connector().sentinel(server.address).infoCache('x'))).toMatchObject({ kind: 'not-found' })
  })

  it('tells what it last heard of nodes', async () => {
    const server = await fake({
      answers: { 'SENTINEL INFO-CACHE': array(bulk('orders'), array(array(integer(1200), INFO_7))) },
    })
    const cached = valueOf(await connector().sentinel(server.address).infoCache('orders'))
    expect(cached).toMatchObject([{ ageMs: 1200, info: { server: { version: '7.0.15' } } }])
  })
})

describe('credentials', () => {
  it('of nodes and of Sentinels are kept apart', async () => {
    const node = await dataNode()
    const sentinel = await fake({ answers: { INFO: INFO_7, SENTINEL: '*0\r\n' } })
    const made = connector({ node: { user: 'n', password: 'node-pw' }, sentinel: { password: 'sentinel-pw' } })
    await made.dataNode(node.address).replication(false)
    await made.sentinel(sentinel.address).overview()
    expect(node.commands[0]).toEqual(['AUTH', 'n', 'node-pw'])
    expect(sentinel.commands[0]).toEqual(['AUTH', 'sentinel-pw'])
  })
})

describe('a NAT map', () => {
  it('dials the reachable address and speaks of the announced one', async () => {
    const server = await dataNode({ INFO: NOPERM, ROLE: NOPERM })
    const announced = { host: '10.0.0.5', port: 6379 }
    const made = connector({ nat: [{ from: announced, to: server.address }] })
    expect(made.reachable(announced)).toEqual(server.address)
    expect(made.announced(server.address)).toEqual(announced)
    expect(made.reachable({ host: '10.0.0.6', port: 6379 })).toEqual({ host: '10.0.0.6', port: 6379 })
    const reader = made.dataNode(announced)
    expect(reader.address).toEqual(announced)
    expect(failureOf(await reader.replication(true))).toMatchObject({ at: '10.0.0.5:6379' })
    expect(server.connectionsTotal()).toBe(1)
  })
})

describe('an IPv6 address', () => {
  it('is dialled without brackets and named with them', async () => {
    const server = await fake({ host: '::1', answers: { INFO: error('BUSY'), ROLE: status('x') } })
    expect(
      failureOf(await connector().dataNode({ host: '::1', port: server.address.port }).replication(false)),
    ).toEqual({
      kind: 'busy',
      at: `[::1]:${server.address.port}`,
    })
  })
})
