import { describe, expect, it, onTestFinished } from 'vitest'
import { createLines } from '../../../src-main/actions/lines.ts'
import type { ActionDialler } from '../../../src-main/actions/ports.ts'
import { formatAddress } from '../../../src-main/domain/address.ts'
import type { CommandWords } from '../../../src-main/domain/plans/model.ts'
import { systemClock } from '../../../src-main/monitor/system-clock.ts'
import { isActionAllowed } from '../../../src-main/redis/action-allow-list.ts'
import { createActionDialler } from '../../../src-main/redis/action-dialler.ts'
import { isAllowed } from '../../../src-main/redis/allow-list.ts'
import {
  array,
  bulk,
  error,
  integer,
  startFakeServer,
  status,
  type FakeOptions,
} from '../../support/fake-resp-server.ts'

function dialler(options: { readonly password?: string; readonly timeoutMs?: number } = {}): ActionDialler {
  const made = createActionDialler({
    timeoutMs: options.timeoutMs ?? 500,
    node: options.password === undefined ? {} : { password: options.password },
    sentinel: {},
    nat: [],
    clock: systemClock,
  })
  onTestFinished(() => made.dispose())
  return made
}

async function server(options: FakeOptions = {}) {
  const fake = await startFakeServer(options)
  onTestFinished(() => fake.close())
  return fake
}

const master = array(bulk('master'), integer(100), '*0\r\n')

describe('a line of an action', () => {
  it('gives its name first and answers each command in order', async () => {
    const fake = await server({ answers: { ROLE: master, INFO: bulk('role:master'), 'CONFIG SET': status('OK') } })
    const line = await dialler().open(formatAddress(fake.address), 'server', 'repliscope-act-1')
    if (!line.ok) throw new Error('no line')
    const sent = await line.value.send([['ROLE'], ['CONFIG', 'SET', 'a-b', '1'], ['INFO']], 1000)
    expect(sent).toMatchObject({
      state: 'answered',
      replies: [{ value: ['master', '100', []] }, { value: 'OK' }, { value: 'role:master' }],
    })
    expect(fake.commands[0]).toEqual(['CLIENT', 'SETNAME', 'repliscope-act-1'])
  })

  it('says unknown when the answer never comes, is closed then, and sends nothing again', async () => {
    const fake = await server({ answers: { SHUTDOWN: () => 'HANG', ROLE: master } })
    const line = await dialler().open(formatAddress(fake.address), 'server', 'repliscope-act-1')
    if (!line.ok) throw new Error('no line')
    const sent = await line.value.send([['SHUTDOWN', 'SAVE']], 100)
    expect(sent).toMatchObject({ state: 'unknown', isClosed: false })
    expect(line.value.isOpen()).toBe(false)
    expect(await line.value.send([['ROLE']], 100)).toMatchObject({ state: 'not-sent' })
    expect(fake.commands.filter(([name]) => name === 'SHUTDOWN')).toHaveLength(1)
    expect(fake.connectionsTotal()).toBe(1)
  })

  it('tells a peer that closed instead of answering, and never dials again by itself', async () => {
    const fake = await server({ answers: { SHUTDOWN: () => 'CLOSE' } })
    const line = await dialler().open(formatAddress(fake.address), 'server', 'repliscope-act-1')
    if (!line.ok) throw new Error('no line')
    expect(await line.value.send([['SHUTDOWN']], 1000)).toMatchObject({ state: 'unknown', isClosed: true })
    expect(fake.connectionsTotal()).toBe(1)
  })

  it('is refused by a server that refuses the password, which comes back in no error', async () => {
    const fake = await server({ answers: { AUTH: error('WRONGPASS invalid username-password pair hunter22') } })
    const line = await dialler({ password: 'hunter22' }).open(formatAddress(fake.address), 'server', 'repliscope-act-1')
    expect(line).toMatchObject({ ok: false, failure: { kind: 'auth' } })
    expect(JSON.stringify(line)).not.toContain('hunter22')
  })

  it('fails where nothing listens', async () => {
    const fake = await startFakeServer()
    const node = formatAddress(fake.address)
    await fake.close()
    expect(await dialler().open(node, 'server', 'repliscope-act-1')).toMatchObject({
      ok: false,
      failure: { kind: 'unreachable', cause: 'refused' },
    })
  })
})

describe('a change', () => {
  const order = (node: string, commands: readonly CommandWords[], isAtomic = false) =>
    ({ node, peer: 'server', needsRole: 'master', commands, isAtomic, timeoutMs: 500 }) as const

  it('goes out on the socket on which ROLE was asked, after it', async () => {
    const fake = await server({ answers: { ROLE: master, REPLICAOF: status('OK') } })
    const lines = createLines(dialler(), 'repliscope-act-1')
    await lines.change(order(formatAddress(fake.address), [['REPLICAOF', 'h', '1']]))
    expect(fake.commands.map(([name]) => name)).toEqual(['CLIENT', 'ROLE', 'REPLICAOF'])
    expect(fake.connectionsTotal()).toBe(1)
  })

  it('is not sent to a node that has another role by now', async () => {
    const fake = await server({
      answers: { ROLE: array(bulk('slave'), bulk('h'), integer(1), bulk('connected'), integer(5)) },
    })
    const lines = createLines(dialler(), 'repliscope-act-1')
    expect(await lines.change(order(formatAddress(fake.address), [['FLUSHALL', 'ASYNC']]))).toEqual({
      state: 'wrong-role',
      role: 'replica',
    })
    expect(fake.commands.some(([name]) => name === 'FLUSHALL')).toBe(false)
  })

  it('in one transaction is answered command by command, with errors among them', async () => {
    const fake = await server({
      answers: {
        ROLE: master,
        MULTI: status('OK'),
        CONFIG: status('QUEUED'),
        EXEC: array(status('OK'), error('ERR The server is running without a config file')),
      },
    })
    const lines = createLines(dialler(), 'repliscope-act-1')
    const commands: readonly CommandWords[] = [
      ['CONFIG', 'SET', 'a', '1'],
      ['CONFIG', 'REWRITE'],
    ]
    expect(await lines.change(order(formatAddress(fake.address), commands, true))).toMatchObject({
      state: 'answered',
      replies: [{ value: 'OK' }, { error: 'ERR The server is running without a config file' }],
    })
  })

  it('is dialled anew only while nothing was sent', async () => {
    const fake = await server({ answers: { ROLE: master, BGSAVE: status('Background saving started') } })
    const lines = createLines(dialler(), 'repliscope-act-1')
    const node = formatAddress(fake.address)
    await lines.read(node, 'server', [['ROLE']], 500)
    fake.drop()
    await fake.until(() => fake.connectionsOpen() === 0)
    expect(await lines.change(order(node, [['BGSAVE']]))).toMatchObject({ state: 'answered' })
    expect(fake.commands.filter(([name]) => name === 'BGSAVE')).toHaveLength(1)
  })
})

describe('the list of what an action may send', () => {
  it.each([
    'ROLE',
    'CONFIG SET min-replicas-to-write 2',
    'CONFIG REWRITE',
    'CLIENT PAUSE 5000 WRITE',
    'CLIENT UNPAUSE',
    'CLIENT KILL TYPE normal',
    'SENTINEL FAILOVER mymaster',
    'SENTINEL GET-MASTER-ADDR-BY-NAME mymaster',
    'SENTINEL RESET mymaster',
    'SENTINEL SET mymaster quorum 2',
    'REPLICAOF NO ONE',
    'SHUTDOWN SAVE',
    'FLUSHALL ASYNC',
    'WAIT 2 1000',
    'SET repliscope:probe:1 1 PX 60000',
    'DEL repliscope:probe:1',
  ])('has %s, which the monitor may not send unless it only reads', (text) => {
    const words = text.split(' ')
    expect(isActionAllowed(words)).toBe(true)
    expect(isAllowed(words)).toBe(text === 'ROLE' || text.startsWith('SENTINEL GET-'))
  })

  it.each([
    'DEBUG SLEEP 1',
    'EVAL return 1',
    'KEYS *',
    'SET app:key 1 PX 100',
    'DEL app:key',
    'WAIT 1 0',
    'CLIENT PAUSE 20000 WRITE',
    'CLIENT PAUSE 1000 ALL',
    'CLIENT KILL ID 3',
    'CLIENT KILL TYPE replica',
    'CONFIG GET *',
    'CONFIG GET requirepass',
    'CONFIG SET requirepass x',
    'SENTINEL RESET *',
    'SENTINEL SET g auth-pass x',
    'SENTINEL SIMULATE-FAILURE crash-after-election',
    'SENTINEL IS-MASTER-DOWN-BY-ADDR h 1 1 x',
    'SHUTDOWN NOSAVE FORCE',
    'ACL SETUSER x on',
    'FAILOVER',
    'CLUSTER FAILOVER',
  ])('has not %s: not a byte of it leaves', async (text) => {
    const words = text.split(' ') as unknown as CommandWords
    expect(isActionAllowed(words)).toBe(false)
    const fake = await server()
    const line = await dialler().open(formatAddress(fake.address), 'server', 'repliscope-act-1')
    if (!line.ok) throw new Error('no line')
    expect(await line.value.send([['ROLE'], words], 100)).toMatchObject({
      state: 'not-sent',
      failure: { kind: 'refused-by-guard' },
    })
    expect(fake.commands).toHaveLength(1)
  })

  it('knows no way round by case', () => {
    expect(isActionAllowed(['sentinel', 'simulate-failure', 'x'])).toBe(false)
    expect(isActionAllowed(['config', 'set', 'MASTERAUTH', 'x'])).toBe(false)
  })
})
