import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../src-main/app/app.ts'
import type { App } from '../../../src-main/app/app.ts'
import { connectionFromFlags } from '../../../src-main/app/connection.ts'
import { environmentOf } from '../../../src-main/app/environment.ts'
import { createConnectionProfiles } from '../../../src-main/app/profiles.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import { calls } from '../../../src-main/contract/calls.ts'
import type { CallParams, TargetInput } from '../../../src-main/contract/calls.ts'
import { ok } from '../../../src-main/domain/failure.ts'
import type { LabRecord } from '../../../src-main/lab/record.ts'
import { markOf } from '../../../src-main/lab/processes.ts'
import { createVault } from '../../../src-main/storage/vault.ts'
import type { Keychain } from '../../../src-main/storage/vault-keychain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { contextOf, testPage, testSession } from './support/doubles.ts'
import { drillTools, labTools } from './support/lab-doubles.ts'
import { eventually } from '../../support/eventually.ts'

const SECRET = 'hunter2-very-secret'
let folder: string
let kept: Map<string, string>
let opened: ParsedTarget[]
let app: App

/** A keychain in memory. */
const keychain: Keychain = async (requests) =>
  ok(
    requests.map((request) => {
      if (request.op === 'set') kept.set(request.account, request.secret)
      if (request.op === 'delete') kept.delete(request.account)
      return { ok: true as const, secret: request.op === 'get' ? (kept.get(request.account) ?? null) : null }
    }),
  )

function start(withKeychain: boolean): App {
  return createApp({
    version: '1',
    host: 'serve',
    platform: 'linux x64',
    dataFolder: folder,
    clock: new FakeClock(),
    intervalMs: 1000,
    open: async (target) => {
      opened.push(target)
      return ok(testSession())
    },
    connect: () => expect.unreachable('no connection test is meant here'),
    labs: labTools(),
    drills: drillTools(),
    keychain: withKeychain ? keychain : undefined,
    warn: () => undefined,
  })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-profiles-'))
  kept = new Map()
  opened = []
  app = start(true)
})
afterEach(async () => {
  await app.dispose()
  rmSync(folder, { recursive: true })
})

const NO_TLS = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }
const typed = (fields: Partial<TargetInput> = {}): TargetInput => ({
  addresses: 'h:1',
  kind: 'node',
  group: null,
  node: { user: 'inspector', password: SECRET },
  sentinel: { user: null, password: null },
  nodeTls: NO_TLS,
  sentinelTls: NO_TLS,
  nat: '',
  timeoutMs: 2000,
  ...fields,
})
const page = testPage()
type SaveParams = CallParams<'profiles/save'>
const save = (fields: Partial<TargetInput> = {}, more: Partial<SaveParams> = {}) =>
  app.handlers['profiles/save'](
    {
      ...{ name: 'p', environment: 'staging', colour: 'teal', target: typed(fields), thresholds: {}, replace: false },
      edit: null,
      ...more,
    },
    contextOf(page),
  )
const show = async (name = 'p') => {
  const shown = await app.handlers['profiles/show']({ name }, contextOf(page))
  if (!shown.ok) throw new Error(shown.failure.message)
  return calls['profiles/show'].result.parse(shown.value)
}
/** Saves what the form was given, as a person who changed nothing but `change`. */
const edit = async (change: Partial<TargetInput> = {}, more: Partial<SaveParams> = {}) => {
  const { target, kept: parts, thresholds } = await show()
  const keep = parts.map(({ part }) => part)
  return save({ ...target, ...change }, { thresholds, edit: { name: 'p', keep }, ...more })
}
const importText = (text: string, replace = false) =>
  app.handlers['profiles/import']({ text, replace }, contextOf(page))
const exported = async () => {
  const file = await app.handlers['profiles/export']({}, contextOf(page))
  return file.ok ? file.value.text : ''
}
const open = (given: { password?: string } = {}) =>
  app.handlers['profiles/open']({ name: 'p', password: null, sentinelPassword: null, ...given }, contextOf(page))
const list = async () => {
  const listed = await app.handlers['profiles/list']({}, contextOf(page))
  if (!listed.ok) throw new Error(listed.failure.message)
  return calls['profiles/list'].result.parse(listed.value)
}
const onDisk = () =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join()

describe('profiles of the page', () => {
  it('are saved without the secret, which goes to the keychain, and opened with it under their name', async () => {
    expect(await save()).toMatchObject({ ok: true, value: { notice: null } })
    expect(onDisk()).not.toContain(SECRET)
    expect([...kept.values()]).toEqual([SECRET])
    const listed = await list()
    expect(listed.profiles).toMatchObject([{ name: 'p', hasSecrets: true, toBeGiven: [] }])
    expect(JSON.stringify(listed)).not.toContain(SECRET)
    const answer = await open()
    expect(opened[0]?.access.node).toEqual({ user: 'inspector', password: SECRET })
    const session = answer.ok ? answer.value.session : ''
    const state = await app.handlers['deployment/state']({ session }, contextOf(page))
    expect(state.ok && state.value.head).toMatchObject({ label: 'p', environment: 'staging', colour: 'teal' })
  })

  it('stay in memory without a keychain, say so, and ask again after the next start', async () => {
    app = start(false)
    const saved = await save()
    expect(saved.ok && saved.value.notice).toContain('stays in memory until Repliscope ends')
    expect(onDisk()).not.toContain(SECRET)
    expect((await list()).profiles[0]?.toBeGiven).toEqual([])
    expect((await open()).ok).toBe(true)
    app = start(false)
    expect((await list()).profiles[0]?.toBeGiven).toEqual(['password'])
    expect(await open()).toMatchObject({ ok: false, failure: { code: 'vault-unavailable' } })
    expect((await open({ password: SECRET })).ok).toBe(true)
    await eventually(async () => expect((await list()).profiles[0]?.toBeGiven).toEqual([]))
    expect((await open()).ok).toBe(true)
  })

  it('are replaced only when that is said, and keep the password at the same door only', async () => {
    await save()
    expect(await save()).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    const nothing = { node: { user: 'inspector', password: null } }
    await save({ ...nothing, timeoutMs: 500 }, { replace: true })
    await open()
    expect(opened.at(-1)?.access).toMatchObject({ timeoutMs: 500, node: { password: SECRET } })
    await save({ ...nothing, addresses: 'evil:1' }, { replace: true })
    await open()
    expect(opened.at(-1)?.access.node).toEqual({ user: 'inspector' })
    expect([...kept.values()]).toEqual([])
  })

  it('take a private key to the keychain too, and no text of it into the file', async () => {
    const { makeTestCa } = await import('../../support/lab/test-ca.ts')
    const { cert, key } = await (await makeTestCa()).issue(['h'])
    const saved = await save({ nodeTls: { ...NO_TLS, enabled: true, cert, key } })
    expect(saved).toMatchObject({ ok: true, value: { notice: null } })
    expect(onDisk()).toContain('BEGIN CERTIFICATE')
    expect(onDisk()).not.toContain('PRIVATE KEY')
    await open()
    expect(opened[0]?.access.nodeTls?.key).toContain('PRIVATE KEY')
  })

  it('are removed with their secrets', async () => {
    await save()
    expect(await app.handlers['profiles/remove']({ name: 'p' }, contextOf(page))).toMatchObject({
      ok: true,
      value: { notice: null },
    })
    expect([kept.size, (await list()).profiles]).toEqual([0, []])
    expect(await open()).toMatchObject({ ok: false, failure: { code: 'not-found' } })
  })

  it('say what is wrong with their file, and where it is kept', async () => {
    writeFileSync(join(folder, 'profiles.json'), '{')
    expect((await list()).trouble).toContain('profiles.json.broken-')
    expect((await list()).trouble).toBeNull()
  })

  it.each(['', ' ', '../x', 'a\nb'])('cannot be called %j', async (name) => {
    expect(await save({}, { name })).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    expect([...kept.keys()]).toEqual([])
  })
})

describe('a profile that is edited', () => {
  it('comes into the form without its secrets, and keeps them under another name', async () => {
    await save({ nat: '10.0.0.1:1=127.0.0.1:2' }, { thresholds: { lagBytes: 4096 } })
    const shown = await show()
    expect(JSON.stringify(shown)).not.toContain(SECRET)
    expect(shown).toMatchObject({
      target: { addresses: 'h:1', nat: '10.0.0.1:1=127.0.0.1:2', node: { user: 'inspector', password: null } },
      kept: [{ part: 'password', where: 'in the keychain' }],
      thresholds: { lagBytes: 4096 },
    })
    expect(await edit({ timeoutMs: 900 }, { name: 'q', environment: 'production' })).toMatchObject({ ok: true })
    expect((await list()).profiles.map(({ name, environment }) => [name, environment])).toEqual([['q', 'production']])
    await app.handlers['profiles/open']({ name: 'q', password: null, sentinelPassword: null }, contextOf(page))
    expect(opened[0]?.access).toMatchObject({ timeoutMs: 900, node: { password: SECRET } })
    expect(onDisk()).toContain('"lagBytes": 4096')
  })

  it('does not carry a secret to other servers or users, unless it is given again', async () => {
    await save()
    const before = onDisk()
    for (const change of [{ addresses: 'evil:1' }, { node: { user: 'other', password: null } }])
      expect(await edit(change)).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    expect(onDisk()).toBe(before)
    expect(await edit({ addresses: 'new:1', node: { user: 'inspector', password: 'again' } })).toMatchObject({
      ok: true,
    })
    await open()
    expect(opened[0]?.access.node.password).toBe('again')
  })

  it('drops what is not to stay, from the keychain too', async () => {
    await save()
    expect(await edit({}, { edit: { name: 'p', keep: [] } })).toMatchObject({ ok: true })
    expect([kept.size, (await show()).kept]).toEqual([0, []])
  })

  it('keeps certificates in files and a key in the keychain where they are', async () => {
    const { makeTestCa } = await import('../../support/lab/test-ca.ts')
    const { cert, key } = await (await makeTestCa()).issue(['h'])
    await save({ nodeTls: { ...NO_TLS, enabled: true, cert, key } })
    const path = join(folder, 'profiles.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"ca": null', '"ca": { "file": "/etc/ca.pem" }'))
    const shown = await show()
    expect(JSON.stringify(shown)).not.toContain('BEGIN')
    expect(shown.kept).toContainEqual({ part: 'ca', where: 'in /etc/ca.pem' })
    expect(await edit({ timeoutMs: 900 })).toMatchObject({ ok: true })
    const [profile] = (JSON.parse(readFileSync(path, 'utf8')) as { profiles: { tls: object }[] }).profiles
    expect(profile?.tls).toEqual({
      ca: { file: '/etc/ca.pem' },
      cert: { pem: cert.trim() },
      key: 'keychain',
      serverName: null,
      serverNames: {},
      insecure: false,
    })
  })

  it("does not take another's place unless that is said, and then the other's secret goes", async () => {
    await save()
    await save({}, { name: 'q' })
    expect(await edit({}, { name: 'q' })).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    expect(kept.size).toBe(2)
    expect(await edit({}, { name: 'q', replace: true })).toMatchObject({ ok: true })
    expect([(await list()).profiles.map(({ name }) => name), kept.size]).toEqual([['q'], 1])
  })

  it('is gone by the time that it is saved: nothing is saved', async () => {
    expect(await save({}, { edit: { name: 'gone', keep: [] } })).toMatchObject({
      ok: false,
      failure: { code: 'not-found' },
    })
    expect((await list()).profiles).toEqual([])
  })

  it.each([
    [{ lagBytes: -1 }, 'lagBytes'],
    [{ memoryWarnRatio: 1.2 }, 'from 0 to 1'],
    [{ lagBytes: 0.5 }, 'a whole number'],
    [{ noSuch: 1 }, 'no threshold'],
  ])('refuses the thresholds %j', async (thresholds, words) => {
    const refused = await save({}, { thresholds })
    expect(!refused.ok && refused.failure.message).toContain(words)
    expect((await list()).profiles).toEqual([])
  })

  it('is a session of its own by other thresholds', async () => {
    await save()
    const [first, second] = [await open(), await open()]
    expect(first).toEqual(second)
    await edit({}, { thresholds: { lagBytes: 1 } })
    expect(await open()).not.toEqual(first)
  })
})

describe('a file of profiles', () => {
  it('holds no secret, and comes back under free names, asking for its passwords', async () => {
    await save({ nat: '10.0.0.1:1=127.0.0.1:2' }, { thresholds: { lagBytes: 4096 } })
    const text = await exported()
    expect(text).not.toContain(SECRET)
    expect(text).not.toMatch(/keychain|"id"/)
    expect(await importText(text)).toEqual({
      ok: true,
      value: { taken: [], renamed: [{ from: 'p', to: 'p (2)' }], replaced: [], refused: [] },
    })
    expect((await list()).profiles).toMatchObject([{ name: 'p' }, { name: 'p (2)', toBeGiven: ['password'] }])
    expect((await show('p (2)')).thresholds).toEqual({ lagBytes: 4096 })
  })

  it('takes the place of a profile only when that is said; the secret of the old one goes', async () => {
    await save()
    const text = await exported()
    expect(await importText(text, true)).toMatchObject({ ok: true, value: { replaced: ['p'], renamed: [] } })
    expect([(await list()).profiles.length, kept.size]).toEqual([1, 0])
  })

  it('gives its good entries, and says of each other why not', async () => {
    await save()
    const file = JSON.parse(await exported()) as { profiles: Record<string, unknown>[] }
    const [good] = file.profiles
    file.profiles = [
      { ...good, name: 'a' },
      { ...good, name: 'a' },
      { ...good, name: '../b' },
      { ...good, name: 'c', environment: 'prod' },
      { ...good, name: 'd', thresholds: { lagBytes: -5 } },
      { ...good, name: 'e', masterauth: SECRET, password: SECRET },
    ]
    const answer = await importText(JSON.stringify(file))
    expect(answer.ok && answer.value.taken).toEqual(['a'])
    expect(answer.ok && answer.value.refused.map(({ name }) => name)).toEqual(['a', 'no. 3', 'c', 'd', 'e'])
    expect(JSON.stringify(answer)).not.toContain(SECRET)
    expect((await list()).profiles.map(({ name }) => name)).toEqual(['a', 'p'])
  })

  it.each([
    ['half a file', '{"schema":"repliscope/profi', 'not JSON'],
    ['another file', '{"schema":"repliscope/recents@1"}', 'holds no profiles'],
    ['of a newer version', '{"schema":"repliscope/profiles@9","profiles":[]}', 'newer version'],
  ])('that cannot be used changes nothing: %s', async (_, text, words) => {
    await save()
    const before = onDisk()
    const refused = await importText(text)
    expect(!refused.ok && refused.failure.message).toContain(words)
    expect(onDisk()).toBe(before)
  })
})

describe('another page', () => {
  it('that has the list is told of a change, once it is made; the one that made it is not', async () => {
    const [other, gone] = [testPage(), testPage()]
    for (const one of [page, other, gone]) await app.handlers['profiles/list']({}, contextOf(one))
    gone.leave()
    page.told.length = 0
    await save()
    await save()
    await app.handlers['profiles/remove']({ name: 'p' }, contextOf(page))
    expect([other.told.length, page.told.length, gone.told.length]).toEqual([2, 0, 0])
    expect(other.told[0]).toEqual(['profiles/changed', {}])
  })
})

describe('the access rights of a deployment', () => {
  it('are told for every kind of server in it', async () => {
    await save()
    const answer = await open()
    const session = answer.ok ? answer.value.session : ''
    const told = await app.handlers['acl/recipes']({ session }, contextOf(page))
    const value = calls['acl/recipes'].result.parse(told.ok ? told.value : {})
    expect(value.peers.map(({ kind }) => kind)).toContain('server')
    for (const { recipes } of value.peers) expect(recipes[0]?.purpose).toBe('observe')
  })
})

describe('the environment', () => {
  const target = (...ids: string[]): ParsedTarget => ({
    sentinels: [],
    nodes: ids.map((id) => ({ host: id.split(':')[0] ?? '', port: Number(id.split(':')[1]) })),
    undecided: [],
    group: undefined,
    access: { timeoutMs: 1, node: {}, sentinel: {}, nat: [] },
  })
  const node = (id: string, mark: LabRecord['nodes'][number]['process']) => ({ id, process: mark }) as never
  const labOf = (mark: LabRecord['nodes'][number]['process']): LabRecord => ({
    schema: 'repliscope/lab-record@1',
    name: 'l',
    dir: '/nowhere',
    server: 's',
    owner: undefined,
    nodes: [node('127.0.0.1:7001', mark), node('127.0.0.1:7002', undefined)],
  })
  const alive = async () => [labOf(markOf(process.pid))]

  it('is lab when every address belongs to a lab that runs, a killed server of it or not', async () => {
    expect(await environmentOf(target('127.0.0.1:7001', '127.0.0.1:7002'), undefined, alive)).toBe('lab')
  })
  it('is production for what a lab left behind, and where one address is not its own', async () => {
    expect(await environmentOf(target('127.0.0.1:7001'), undefined, async () => [labOf(undefined)])).toBe('production')
    expect(await environmentOf(target('127.0.0.1:7001', 'h:1'), undefined, alive)).toBe('production')
  })
  it('is what the profile says, whatever the addresses are', async () => {
    expect(await environmentOf(target('127.0.0.1:7001'), 'production', alive)).toBe('production')
    expect(await environmentOf(target('h:1'), 'development', alive)).toBe('development')
  })
})

describe('--profile', () => {
  const profiles = () => createConnectionProfiles(folder, createVault(keychain))
  const connect = (flags: object, env: Record<string, string> = {}) => connectionFromFlags(flags, env, profiles())

  it.each([
    [{ node: ['h:1'], user: 'ops' }, '--password-env'],
    [{ url: 'redis://ops@h:1' }, '--password-env'],
    [{ sentinel: ['h:1'], sentinelUser: 'ops' }, '--sentinel-password-env'],
  ])('refuses a user without a password, which would be asked as nobody (%o)', async (flags, option) => {
    expect(await connect(flags)).toMatchObject({
      ok: false,
      problem: { hint: expect.stringContaining(`${option} VAR`) },
    })
  })

  it('gives the target with its secrets, the tag and the thresholds', async () => {
    await save()
    const connection = await connect({ profile: 'p', group: 'g', timeout: '700' })
    expect(connection).toMatchObject({
      ok: true,
      value: {
        label: 'p',
        environment: 'staging',
        target: { group: 'g', nodes: [{ host: 'h', port: 1 }], access: { timeoutMs: 700, node: { password: SECRET } } },
      },
    })
  })

  it('puts a password from the environment before the kept one', async () => {
    await save()
    const connection = await connect({ profile: 'p', passwordEnv: 'PW' }, { PW: 'other' })
    expect(connection.ok && connection.value.target.access.node.password).toBe('other')
  })

  it.each([
    [{ node: ['h:1'] }, '--node'],
    [{ url: 'redis://h' }, '--url'],
    [{ tlsInsecure: true }, '--tls-insecure'],
    [{ environment: 'lab' }, 'environment staging'],
    [{ environment: 'prod' }, '--environment'],
    [{ passwordEnv: 'UNSET' }, 'UNSET'],
  ])('is refused beside %j', async (flags, words) => {
    await save()
    const refused = await connect({ profile: 'p', ...flags })
    expect(!refused.ok && 'problem' in refused && `${refused.problem.problem} ${refused.problem.hint}`).toContain(words)
  })

  it('names the profiles that there are when it knows none of that name', async () => {
    await save()
    expect(await connect({ profile: 'q' })).toMatchObject({ failure: { kind: 'not-found', known: ['p'] } })
  })
})
