import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProfiles, exportProfiles, importProfiles } from '../../../src-main/storage/profiles.ts'
import { isProfileName } from '../../../src-main/storage/profiles-shape.ts'
import type { Profile } from '../../../src-main/storage/profiles-shape.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiles-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const path = () => join(folder, 'profiles.json')
const content = () => JSON.parse(readFileSync(path(), 'utf8')) as { schema: string; profiles: Profile[] }
const profileOf = (name: string, fields: Partial<Profile> = {}): Profile => ({
  id: `profile-of-${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')}`,
  name,
  environment: 'staging',
  colour: null,
  sentinels: ['10.0.0.5:26379'],
  nodes: [],
  addresses: [],
  group: 'orders',
  user: 'inspector',
  password: 'keychain',
  sentinelUser: null,
  sentinelPassword: null,
  tls: null,
  sentinelTls: null,
  nat: [],
  timeoutMs: 2000,
  thresholds: {},
  ...fields,
})

it('is empty before anything was saved, and makes no file by being asked', async () => {
  expect(await createProfiles(folder).list()).toEqual({ ok: true, value: [] })
  expect(readdirSync(folder)).toEqual([])
})

it('writes a readable file of its own schema that only this user may read, sorted by name', async () => {
  const profiles = createProfiles(folder)
  await Promise.all(['zebra', 'apple', 'mango'].map((name) => profiles.put(profileOf(name))))
  expect(content().schema).toBe('repliscope/profiles@1')
  expect(content().profiles.map(({ name }) => name)).toEqual(['apple', 'mango', 'zebra'])
  expect(readFileSync(path(), 'utf8')).toContain('\n  "profiles": [')
  expect(statSync(path()).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['profiles.json'])
})

it('replaces by name and removes by name', async () => {
  const profiles = createProfiles(folder)
  await profiles.put(profileOf('a'))
  await profiles.put(profileOf('a', { group: 'other' }))
  const listed = await createProfiles(folder).list()
  expect(listed.ok && listed.value.map(({ group }) => group)).toEqual(['other'])
  const removed = await profiles.remove('a')
  expect(removed.ok && removed.value?.name).toBe('a')
  expect(await profiles.remove('a')).toEqual({ ok: true, value: undefined })
  expect(content().profiles).toEqual([])
})

it('keeps what it does not know of an entry', async () => {
  const profiles = createProfiles(folder)
  await profiles.put({ ...profileOf('a'), comment: 'mine' } as Profile)
  await profiles.put(profileOf('b'))
  expect(content().profiles[0]).toMatchObject({ comment: 'mine' })
})

describe('a file that cannot be used', () => {
  const good = JSON.stringify({ schema: 'repliscope/profiles@1', profiles: [profileOf('a')] })
  it.each([
    ['half a file', good.slice(0, -20)],
    ['a list', '[]'],
    ['no schema', '{"profiles":[]}'],
    ['another schema', '{"schema":"repliscope/recents@1","profiles":[]}'],
    ['no list', '{"schema":"repliscope/profiles@1","profiles":{}}'],
    ['an unknown environment', good.replace('staging', 'prod')],
    ['a password in it', good.replace('"keychain"', '"hunter2"')],
    ['a password beside it', good.replace('"colour"', '"masterpass":"hunter2","colour"')],
    ['a missing field', good.replace('"nat":[],', '')],
    ['a name that is a path', good.replace('"name":"a"', '"name":"../a"')],
    ['two of one name', good.replace(/\[(\{"id".*\})\]/, '[$1,$1]')],
  ])('is kept aside and named once, never overwritten: %s', async (_, text) => {
    writeFileSync(path(), text)
    const profiles = createProfiles(folder)
    const put = await profiles.put(profileOf('new'))
    expect(put).toMatchObject({ ok: false, failure: { kind: 'storage' } })
    const [kept, ...others] = readdirSync(folder)
    expect(others).toEqual([])
    expect(kept).toMatch(/^profiles\.json\.broken-/)
    expect(readFileSync(join(folder, kept ?? ''), 'utf8')).toBe(text)
    const words = !put.ok && put.failure.kind === 'storage' ? put.failure.detail : ''
    expect(words).toContain(kept)
    expect(words).not.toContain('hunter2')
    expect(await profiles.list()).toEqual({ ok: true, value: [] })
  })

  it('is left alone and refused when a newer version wrote it', async () => {
    const text = good.replace('profiles@1', 'profiles@2')
    writeFileSync(path(), text)
    const profiles = createProfiles(folder)
    for (const answer of [await profiles.list(), await profiles.put(profileOf('b')), await profiles.remove('a')])
      expect(answer).toMatchObject({ ok: false, failure: { detail: expect.stringContaining('newer version') } })
    expect(readdirSync(folder)).toEqual(['profiles.json'])
    expect(readFileSync(path(), 'utf8')).toBe(text)
  })

  it('is backed up before it is brought up to date', async () => {
    writeFileSync(path(), good)
    const raise = (value: Readonly<Record<string, unknown>>) => ({
      ...value,
      profiles: (value['profiles'] as Profile[]).map((one) => ({ ...one, timeoutMs: 5000 })),
    })
    const profiles = createProfiles(folder, [raise])
    const listed = await profiles.list()
    expect(listed.ok && listed.value[0]?.timeoutMs).toBe(5000)
    expect(content().schema).toBe('repliscope/profiles@2')
    const backup = readdirSync(folder).find((name) => name.startsWith('profiles.json.v1-backup-'))
    expect(readFileSync(join(folder, backup ?? ''), 'utf8')).toBe(good)
    await profiles.list()
    expect(readdirSync(folder)).toHaveLength(2)
  })

  it('says that it cannot be read where it is a folder', async () => {
    const listed = await createProfiles(join(folder, '..', folder.slice(folder.lastIndexOf('/') + 1))).list()
    expect(listed.ok).toBe(true)
    writeFileSync(join(folder, 'file'), '')
    const put = await createProfiles(join(folder, 'file')).put(profileOf('a'))
    expect(put).toMatchObject({ ok: false, failure: { kind: 'storage' } })
  })
})

describe('export and import', () => {
  const tls = {
    ca: null,
    cert: { pem: 'C' },
    key: 'keychain',
    serverName: null,
    serverNames: {},
    insecure: false,
  } as const

  it('carries everything but ids and secrets', () => {
    const exported = JSON.stringify(exportProfiles([profileOf('a', { tls })]))
    expect(exported).not.toMatch(/"id"|keychain/)
    const imported = importProfiles(JSON.parse(exported))
    expect(imported).toMatchObject({
      ok: true,
      value: [{ name: 'a', group: 'orders', password: 'ask', tls: { key: 'ask', cert: { pem: 'C' } } }],
    })
  })

  it('does not let a file from elsewhere point at what the keychain holds', () => {
    const mine = profileOf('mine')
    const theirs = { ...profileOf('theirs', { nodes: ['evil:6379'] }), id: mine.id, password: 'keychain' }
    const imported = importProfiles({ schema: 'repliscope/profiles@1', profiles: [theirs] })
    expect(imported.ok && imported.value[0]?.password).toBe('ask')
    expect(imported.ok && imported.value[0]?.id).not.toBe(mine.id)
  })

  it.each([
    null,
    'x',
    {},
    { schema: 'repliscope/profiles@9', profiles: [] },
    { schema: 'repliscope/profiles@1', profiles: [1] },
  ])('refuses %j', (value) => expect(importProfiles(value).ok).toBe(false))
})

it.each([
  ['orders production', true],
  ['Aufträge (EU-1)', true],
  ['a/b:c+d', true],
  ['', false],
  ['-rf', false],
  [' a', false],
  ['a ', false],
  ['a\nb', false],
  ['a\u202eb', false],
  ['x'.repeat(61), false],
])('takes %j for a name: %j', (name, isRight) => expect(isProfileName(name)).toBe(isRight))
