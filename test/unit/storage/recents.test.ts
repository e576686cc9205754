import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dataFolder } from '../../../src-main/storage/data-folder.ts'
import { createRecents } from '../../../src-main/storage/recents.ts'
import type { RecentConnection } from '../../../src-main/storage/recents.ts'

let parent: string
let folder: string
let kept: string[]
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'recents-'))
  folder = join(parent, 'repliscope')
  kept = []
})
afterEach(() => rmSync(parent, { recursive: true }))

const one = (addresses: string): RecentConnection => ({
  addresses,
  kind: 'sentinel',
  group: null,
  usesTls: false,
  needsPassword: true,
})
const make = () => createRecents(folder, (keptAs) => kept.push(keptAs))
const path = () => join(folder, 'recents.json')

it('is empty before anything was remembered, and makes no file by being asked', async () => {
  expect(await make().list()).toEqual({ ok: true, value: [] })
  expect(readdirSync(parent)).toEqual([])
})

it('remembers the newest first, each connection once, over a restart', async () => {
  const recents = make()
  await recents.remember(one('a:1'), 'a', 1000)
  await recents.remember(one('b:1'), 'b', 2000)
  await recents.remember(one('a:1'), 'a again', 3000)
  const listed = await make().list()
  expect(listed.ok && listed.value.map(({ label, lastUsedAt }) => [label, lastUsedAt])).toEqual([
    ['a again', '1970-01-01T00:00:03.000Z'],
    ['b', '1970-01-01T00:00:02.000Z'],
  ])
})

it('loses none of several remembered at once, and keeps twenty', async () => {
  const recents = make()
  await Promise.all(Array.from({ length: 25 }, (_, n) => recents.remember(one(`h:${n}`), `h${n}`, n)))
  const listed = await recents.list()
  expect(listed.ok && listed.value.map(({ label }) => label)).toEqual(
    Array.from({ length: 20 }, (_, n) => `h${24 - n}`),
  )
  expect(readdirSync(folder)).toEqual(['recents.json'])
})

it('removes one, and takes the removal of an unknown one for done', async () => {
  const recents = make()
  await recents.remember(one('a:1'), 'a', 1)
  const listed = await recents.list()
  const id = listed.ok ? (listed.value[0]?.id ?? '') : ''
  expect(await recents.remove('nobody')).toMatchObject({ ok: true })
  expect(await recents.remove(id)).toMatchObject({ ok: true })
  expect(await recents.list()).toEqual({ ok: true, value: [] })
})

it('is for this user only', async () => {
  await make().remember(one('a:1'), 'a', 1)
  expect(statSync(path()).mode & 0o077).toBe(0)
  expect(statSync(folder).mode & 0o077).toBe(0)
})

it.each([
  '{"schema":"repliscope/recents@1","recents":[',
  '[]',
  'null',
  '{"schema":"repliscope/recents@1","recents":[{"id":1}]}',
])('keeps a broken file aside, names it and starts anew: %s', async (text) => {
  await make().remember(one('a:1'), 'a', 1)
  writeFileSync(path(), text)
  expect(await make().list()).toEqual({ ok: true, value: [] })
  expect(kept).toHaveLength(1)
  expect(readFileSync(kept[0] ?? '', 'utf8')).toBe(text)
  expect(await make().remember(one('b:1'), 'b', 2)).toMatchObject({ ok: true })
})

it('leaves a file of a newer version alone', async () => {
  await make().remember(one('a:1'), 'a', 1)
  const newer = '{"schema":"repliscope/recents@2","recents":{}}'
  writeFileSync(path(), newer)
  expect(await make().list()).toMatchObject({ ok: false, failure: { kind: 'storage' } })
  expect(await make().remember(one('b:1'), 'b', 2)).toMatchObject({ ok: false, failure: { kind: 'storage' } })
  expect(readFileSync(path(), 'utf8')).toBe(newer)
})

it('says so as data when the folder cannot be written', async () => {
  writeFileSync(folder, 'a file where the folder should be')
  expect(await make().remember(one('a:1'), 'a', 1)).toMatchObject({ ok: false, failure: { kind: 'storage' } })
})

it.each([
  [{ REPLISCOPE_HOME: '/own' }, 'linux', '/own'],
  [{ REPLISCOPE_HOME: '' }, 'linux', '/home/u/.local/share/repliscope'],
  [{ XDG_DATA_HOME: '/xdg' }, 'linux', '/xdg/repliscope'],
  [{}, 'darwin', '/home/u/Library/Application Support/repliscope'],
])('keeps data where the environment %j says on %s', (env, platform, folder) => {
  expect(dataFolder(env, platform, '/home/u')).toBe(folder)
})
