import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
