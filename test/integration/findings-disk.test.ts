import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { infoOf, redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'
import { followRemedy, shown, watchFindings } from '../support/watch-findings.ts'

const MB = 1024 * 1024
const write = (lab: TestLab, from: number, keys: number, bytes: number) =>
  redisCli(
    lab,
    lab.master,
    ...['EVAL', "for i=ARGV[1],ARGV[2] do redis.call('set','k'..i,string.rep('x',ARGV[3])) end", '0'],
    ...[from, from + keys - 1, bytes].map(String),
  )

/** A folder that is a file system of its own of so many bytes; undefined where this user may not mount one. */
function smallDisk(bytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'repliscope-small-disk-'))
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  onTestFinished(() => {
    execFileSync('/bin/umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return folder
}

describe('a disk that fails', () => {
  it('tells an append-only file that cannot be written, until there is space again', async ({ skip }) => {
    const disk = smallDisk(8 * MB)
    if (disk === undefined) skip('only root may mount the small tmpfs that gets full')
    const dir = String(disk)
    writeFileSync(join(dir, 'ballast'), Buffer.alloc(7 * MB))
    const lab = await withLab({
      ...{ replicas: 1, chained: 0, sentinels: 0, persistence: 'aof' },
      setNode: { master: { dir } },
    })
    const watch = await watchFindings({ nodes: [lab.master.address] })
    expect(watch.find('aof-write-error')).toBeUndefined()
    await write(lab, 1, 20, 100_000)
    const found = await watch.appears('aof-write-error', { severity: 'critical', subject: lab.master.id })
    expect(shown(found, 'aof_last_write_status')).toEqual(['err'])
    expect((await infoOf(lab, lab.master, 'persistence')).get('aof_last_write_status')).toBe('err')
    expect(await redisCli(lab, lab.master, 'SET', 'a', 'b')).toMatch(/^MISCONF/)
    rmSync(join(dir, 'ballast'))
    await watch.clears('aof-write-error')
    expect(await redisCli(lab, lab.master, 'SET', 'a', 'b')).toBe('OK')
  })

  it('tells a failed save that blocks writes and blinds Sentinel to a living master, until a save succeeds', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, downAfterMs: 60_000, set: { save: '3600 1' } })
    const watch = await watchFindings({ sentinels: lab.sentinels.map((node) => node.address) })
    const obstacle = join(lab.master.dir, 'dump.rdb')
    await redisCli(lab, lab.master, 'SET', 'a', 'b')
    rmSync(obstacle, { force: true })
    // A finished dump cannot be put where a folder is.
    mkdirSync(join(obstacle, 'in-the-way'), { recursive: true })
    await waitFor(async () => /started/.test(await redisCli(lab, lab.master, 'BGSAVE')), { what: 'a save begun' })
    const found = await watch.appears('rdb-save-failed', { severity: 'critical', subject: lab.master.id })
    expect(shown(found, 'rdb_last_bgsave_status')).toEqual(['err'])
    expect(shown(found, 'stop-writes-on-bgsave-error')).toEqual(['yes'])
    expect(found.why).toMatch(/refused with MISCONF now/)
    expect(await redisCli(lab, lab.master, 'SET', 'a', 'b')).toMatch(/^MISCONF/)
    const blind = await watch.appears('sentinel-blind-to-master', { severity: 'critical', title: /MISCONF/ })
    expect(shown(blind, 'rdb_last_bgsave_status')).toEqual(['err'])
    for (const sentinel of lab.sentinels)
      if (shown(blind, 'last-ok-ping-reply', sentinel.id).length > 0)
        expect(Number(shown(blind, 'last-ok-ping-reply', sentinel.id)[0])).toBeGreaterThan(
          Number(shown(blind, 'last-ping-reply', sentinel.id)[0]),
        )
    expect(watch.group().master).toBe(lab.master.id)
    rmSync(obstacle, { recursive: true })
    await followRemedy(found, (line) => line.includes('BGSAVE'))
    for (const code of ['rdb-save-failed', 'sentinel-blind-to-master']) await watch.clears(code)
    expect(await redisCli(lab, lab.master, 'SET', 'a', 'b')).toBe('OK')
  })
})

describe('memory that is full', () => {
  it('tells a full master that refuses writes, then one that evicts what never expires, until it is over', async () => {
    const lab = await withLab({ replicas: 0, sentinels: 0, set: { maxmemory: '12mb' } })
    const watch = await watchFindings({ nodes: [lab.master.address], thresholds: { evictingWindowSeconds: 8 } })
    expect(watch.find('memory-full-writes-fail')).toBeUndefined()
    // A script that began below the limit may pass it.
    await write(lab, 1, 1000, 20_000)
    expect(await redisCli(lab, lab.master, 'SET', 'a', 'b')).toMatch(/^OOM/)
    const full = await watch.appears('memory-full-writes-fail', { severity: 'critical', subject: lab.master.id })
    const memory = await infoOf(lab, lab.master, 'memory')
    expect(shown(full, 'maxmemory')).toEqual([Number(memory.get('maxmemory'))])
    expect(shown(full, 'maxmemory_policy')).toEqual(['noeviction'])
    expect(shown(full, 'errorstat_OOM')).toEqual([1])
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await watch.clears('memory-full-writes-fail')
    let next = 1000
    const found = await waitFor(
      async () => {
        await write(lab, (next += 10), 10, 20_000)
        return watch.find('evicting', { severity: 'warning', subject: lab.master.id })
      },
      { what: 'evictions told', everyMs: 200 },
    )
    expect(shown(found, 'expires')).toEqual([0])
    expect(shown(found, 'maxmemory_policy')).toEqual(['allkeys-lru'])
    const [now, before] = shown(found, 'evicted_keys').map(Number)
    expect(now).toBeGreaterThan(before ?? Infinity)
    expect(Number((await infoOf(lab, lab.master, 'stats')).get('evicted_keys'))).toBeGreaterThanOrEqual(now ?? Infinity)
    // Nobody writes any more: the next samples show no rise.
    await watch.clears('evicting')
  })
})

describe('what a restart would bring', () => {
  it('tells settings made by hand that the file does not have, until they are written there', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, persistence: 'rdb' })
    const watch = await watchFindings({ nodes: [lab.master.address] })
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'min-replicas-to-write', '1', 'maxmemory', '100mb')
    // Settings are asked for every 30 s.
    watch.leap(31_000)
    const found = await watch.appears('restart-loses-runtime-config', { severity: 'warning', subject: lab.master.id })
    expect(found.title).toMatch(/min-replicas-to-write and maxmemory$/)
    expect(shown(found, 'maxmemory')).toEqual(['104857600'])
    expect(shown(found, 'maxmemory in the file')).toEqual(['0'])
    expect(shown(found, 'config_file')).toEqual([lab.master.configFile])
    await followRemedy(found)
    expect(readFileSync(lab.master.configFile, 'utf8')).toMatch(/^maxmemory 100mb$/m)
    watch.leap(31_000)
    await watch.clears('restart-loses-runtime-config', { subject: lab.master.id })
  })

  it('tells the trap of an append-only file enabled in the configuration file alone; the remedy as printed disarms it', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0, persistence: 'rdb' })
    await write(lab, 1, 100, 10)
    await waitFor(async () => (await redisCli(lab, lab.master, 'SAVE')) === 'OK', { what: 'a save' })
    appendFileSync(lab.master.configFile, 'appendonly yes\n')
    const watch = await watchFindings({ nodes: [lab.master.address] })
    const found = await watch.appears('enable-aof-trap', { severity: 'critical', subject: lab.master.id })
    expect(shown(found, 'aof_enabled')).toEqual([false])
    expect(shown(found, 'appendonly in the file')).toEqual(['yes'])
    expect(shown(found, 'config_file')).toEqual([lab.master.configFile])
    await followRemedy(found)
    await watch.clears('enable-aof-trap')
    await waitFor(
      async () => {
        const info = await infoOf(lab, lab.master, 'persistence')
        return info.get('aof_rewrite_in_progress') === '0' && info.get('aof_last_bgrewrite_status') === 'ok'
      },
      { what: 'the first append-only file' },
    )
    await lab.kill(lab.master)
    await lab.restart(lab.master)
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('100')
  })

  it('is right about the trap: a restart loads nothing', async () => {
    const lab = await withLab({ replicas: 0, sentinels: 0, persistence: 'rdb' })
    await write(lab, 1, 100, 10)
    await waitFor(async () => (await redisCli(lab, lab.master, 'SAVE')) === 'OK', { what: 'a save' })
    appendFileSync(lab.master.configFile, 'appendonly yes\n')
    await lab.kill(lab.master)
    await lab.restart(lab.master)
    expect(await redisCli(lab, lab.master, 'DBSIZE')).toBe('0')
  })
})
