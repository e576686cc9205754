import { describe, expect, it } from 'vitest'
import type { StoredFiles } from '../../../src-main/domain/plans/flush-files.ts'
import { waysBack } from '../../../src-main/domain/plans/flush-ways-back.ts'

const files = (dir: string, rest: Partial<StoredFiles> = {}): StoredFiles => ({
  rdb: `${dir}/dump.rdb`,
  aof: `${dir}/appendonlydir`,
  isAofOn: false,
  isMultiPart: true,
  save: '3600 1',
  hasConfigFile: true,
  client: 'redis-cli',
  ...rest,
})

const flushed = (rest: Partial<Parameters<typeof waysBack>[0]> = {}): Parameters<typeof waysBack>[0] => ({
  group: 'g',
  master: 'm:1',
  nodes: [
    { node: 'r:1', files: files('/r'), hasAof: false, hasRdb: true },
    { node: 'm:1', files: files('/m'), hasAof: false, hasRdb: true },
  ],
  away: [],
  sentinels: ['s:1'],
  monitor: { quorum: 2, downAfterMs: 5000, failoverTimeoutMs: 60_000, parallelSyncs: 1 },
  word: 'FLUSHALL',
  isFresh: true,
  ...rest,
})

/** The lines under a heading. */
function under(lines: readonly string[], heading: string): readonly string[] {
  const from = lines.findIndex((line) => line.includes(heading))
  const end = lines.findIndex((line, n) => n > from && !line.startsWith('    '))
  return lines.slice(from + 1, end === -1 ? undefined : end).map((line) => line.trim())
}

describe('the ways back after a flush', () => {
  it('begin with the master, and end with everybody else and the Sentinels', () => {
    const lines = waysBack(flushed())
    expect(lines.filter((line) => /^ {2}\S.*dump\.rdb of/.test(line)).map((line) => line.trim())).toEqual([
      '/m/dump.rdb of m:1, saved right before the flush:',
      '/r/dump.rdb of r:1, saved right before the flush:',
    ])
    expect(under(lines, 'before any of them')).toEqual(['redis-cli -h s -p 1 SENTINEL REMOVE g'])
    expect(under(lines, 'afterwards')).toEqual([
      'redis-cli -h m -p 1 REPLICAOF HOST PORT',
      'redis-cli -h r -p 1 REPLICAOF HOST PORT',
    ])
    expect(under(lines, 'then every Sentinel')).toEqual([
      'redis-cli -h s -p 1 SENTINEL MONITOR g HOST PORT 2',
      'redis-cli -h s -p 1 SENTINEL SET g down-after-milliseconds 5000 failover-timeout 60000 parallel-syncs 1',
    ])
  })

  it('have a replica stop being one before it is started again, or its master empties it at once', () => {
    const lines = waysBack(flushed())
    expect(under(lines, '/r/dump.rdb of r:1')).toEqual([
      'redis-cli -h r -p 1 REPLICAOF NO ONE',
      'redis-cli -h r -p 1 CONFIG REWRITE',
      'redis-cli -h r -p 1 SHUTDOWN NOSAVE',
      'cp -p /r/dump.rdb.before-flush /r/dump.rdb',
      'start r:1 again: it is a master then',
    ])
    expect(under(lines, '/m/dump.rdb of m:1').join(' ')).not.toContain('REPLICAOF')
    const bare = { node: 'r:1', files: files('/r', { hasConfigFile: false }), hasAof: false, hasRdb: true }
    const told = under(waysBack(flushed({ nodes: [bare] })), '/r/dump.rdb of r:1')
    expect(told.join(' ')).not.toContain('CONFIG REWRITE')
    expect(told.at(-1)).toBe('start r:1 again, without --replicaof: it is a master then')
  })

  it('put the append-only file before the dump, and start from the dump without it', () => {
    const own = files('/m', { isAofOn: true })
    const lines = waysBack(flushed({ nodes: [{ node: 'm:1', files: own, hasAof: true, hasRdb: true }] }))
    const [aof, rdb] = ['append-only file of m:1', '/m/dump.rdb of m:1'].map((text) =>
      lines.findIndex((line) => line.includes(text)),
    )
    expect(aof).toBeLessThan(rdb ?? 0)
    expect(under(lines, '/m/dump.rdb of m:1').slice(-2)).toEqual([
      'start m:1 with --appendonly no',
      'redis-cli -h m -p 1 CONFIG SET appendonly yes',
    ])
  })

  it('put a node that was not linked first, and say when there is none at all', () => {
    const nodes = [{ node: 'r:1', files: files('/r'), hasAof: false, hasRdb: false }]
    const lines = waysBack(flushed({ nodes, away: ['r:1'] }))
    expect(under(lines, 'r:1 was not linked')).toEqual(['redis-cli -h r -p 1 REPLICAOF NO ONE'])
    expect(waysBack(flushed({ nodes, isFresh: false })).slice(1)).toEqual([
      '  none on these nodes: only copies made elsewhere',
    ])
  })
})
