import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLocalConfig } from '../../../src-main/app/local-config.ts'

let dir: string
let file: string
let server: ReturnType<typeof spawn>

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'repliscope-config-'))
  file = join(dir, 'redis.conf')
  writeFileSync(file, 'appendonly yes\n')
  // Stands in for a server: a process whose command line says redis-server and its port.
  server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'redis-server', '127.0.0.1:6391'])
  await once(server, 'spawn')
})
afterEach(async () => {
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
  rmSync(dir, { recursive: true, force: true })
})

const onLinux = process.platform === 'linux'

describe('the configuration file of a server', () => {
  it.runIf(onLinux)('is read where its process runs on this machine', async () => {
    expect(await readLocalConfig({ host: '127.0.0.1', port: 6391 }, file, server.pid ?? 0)).toBe('appendonly yes\n')
  })

  it('is not read for another port, another process, another machine or a path that is no file', async () => {
    const pid = server.pid ?? 0
    expect(await readLocalConfig({ host: '127.0.0.1', port: 6392 }, file, pid)).toBeUndefined()
    expect(await readLocalConfig({ host: '127.0.0.1', port: 6391 }, file, 1)).toBeUndefined()
    expect(await readLocalConfig({ host: '203.0.113.9', port: 6391 }, file, pid)).toBeUndefined()
    expect(await readLocalConfig({ host: '127.0.0.1', port: 6391 }, dir, pid)).toBeUndefined()
    expect(await readLocalConfig({ host: '127.0.0.1', port: 6391 }, 'redis.conf', pid)).toBeUndefined()
  })
})
