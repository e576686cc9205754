import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findServer } from '../../../src-main/lab/servers.ts'

const folders: string[] = []

/** A folder with the tool that is the server by another name, as Debian's redis-tools has it. */
function toolsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'servers-'))
  folders.push(folder)
  writeFileSync(join(folder, 'redis-check-rdb'), '#!/bin/sh\necho "Redis server v=7.0.15 sha=0:0"\n', { mode: 0o755 })
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('a server under another name', () => {
  it('is called by the right one, through a link in the cache folder', async () => {
    const folder = toolsFolder()
    const found = await findServer({ path: folder, cacheDir: join(folder, 'cache') })
    expect(found).toMatchObject({ ok: true, value: { flavour: 'redis', version: '7.0.15' } })
    expect(found.ok && found.value.path).toBe(join(folder, 'cache', 'servers', 'redis-tools', 'redis-server'))
  })

  it('is told of in one line where no link can be kept', async () => {
    const folder = toolsFolder()
    const cacheDir = join(folder, 'a-file')
    writeFileSync(cacheDir, '')
    const found = await findServer({ path: folder, cacheDir })
    expect(found).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
    expect(!found.ok && found.failure).toMatchObject({ detail: expect.stringContaining('XDG_CACHE_HOME') })
  })
})

describe('a server that is given', () => {
  const detailOf = async (given: string) => {
    const found = await findServer({ given })
    return found.ok ? found.value.path : 'detail' in found.failure ? found.failure.detail : ''
  }

  it('is found from the folder that one stands in, and known by its whole path: nodes start in folders of their own', async () => {
    const folder = toolsFolder()
    const server = join(folder, 'redis-server')
    writeFileSync(server, '#!/bin/sh\necho "Redis server v=7.0.15 sha=0:0"\n', { mode: 0o755 })
    expect(await detailOf(relative(process.cwd(), server))).toBe(server)
    expect(await detailOf(relative(process.cwd(), folder))).toBe(server)
  })

  it('and is none is told of by what is wrong with it', async () => {
    const folder = toolsFolder()
    const file = join(folder, 'notes.txt')
    writeFileSync(file, '', { mode: 0o644 })
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    expect(await detailOf(join(folder, 'nowhere'))).toMatch(/^there is no .*nowhere; give the path of a redis-server/)
    expect(await detailOf(empty)).toMatch(/^there is no redis-server or valkey-server in .*empty$/)
    expect(await detailOf(file)).toMatch(/notes.txt is not a redis-server or valkey-server: it may not be executed$/)
    expect(await detailOf(process.execPath)).toMatch(/is not a redis-server or valkey-server$/)
  })
})
