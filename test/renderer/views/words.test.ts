import { describe, expect, test } from 'vitest'
import {
  notPermitted,
  PERSISTENCE_COLUMNS,
  sayAof,
  sayFsync,
  sayPowerLoss,
  sayRdb,
  toPersistenceRows,
} from '../../../src-renderer/features/persistence/persistence-rows.ts'
import { REPLICA_COLUMNS } from '../../../src-renderer/features/replicas/replica-columns.ts'
import { chosenColumns, toReplicaRows } from '../../../src-renderer/features/replicas/replica-rows.ts'
import { bufferGrowth, syncingLinks, toStages } from '../../../src-renderer/features/sync/sync-words.ts'
import { MASTER, nodeOf, NOW, troubledSlice } from '../support/views-samples.ts'

describe('replica columns', () => {
  const rows = toReplicaRows(troubledSlice(), NOW)
  const read = (id: string, column: string) => {
    const row = rows.find((one) => one.id === id)!
    const found = REPLICA_COLUMNS.find((one) => one.id === column)!
    return { text: found.text(row), value: found.value(row), tone: found.tone?.(row) ?? null }
  }

  test.each([
    ['10.0.0.7:6379', 'lag', { text: '305–306 KB', value: 312_910, tone: null }],
    ['10.0.0.8:6379', 'lag', { text: 'stale', value: null, tone: null }],
    ['10.0.0.10:6379', 'lag', { text: 'syncing', value: null, tone: null }],
    ['10.0.0.7:6379', 'stale', { text: '4.1 s', value: 4.1, tone: null }],
    ['10.0.0.9:6379', 'depth', { text: 'chained · 2', value: 2, tone: null }],
    ['10.0.0.8:6379', 'state', { text: 'down', value: 'down', tone: 'crit' }],
    ['10.0.0.10:6379', 'margin', { text: '–', value: null, tone: null }],
    ['10.0.0.10:6379', 'link', { text: 'never up', value: 'down', tone: 'crit' }],
    ['10.0.0.8:6379', 'link', { text: 'down 41 s', value: 'down', tone: 'crit' }],
    ['10.0.0.9:6379', 'transport', { text: 'TLS · NAT', value: 'TLS · NAT', tone: null }],
    ['10.0.0.8:6379', 'keys', { text: '–', value: null, tone: null }],
    ['10.0.0.8:6379', 'seen', { text: '41 s ago · by Sentinel', value: NOW - 41_000, tone: 'stale' }],
    ['10.0.0.6:6379', 'persistence', { text: 'RDB 4 m · AOF off', value: 'RDB 4 m · AOF off', tone: null }],
  ])('%s, %s', (id, column, expected) => {
    expect(read(id, column)).toEqual(expected)
  })

  test('a replica that only its master tells of is a row all the same', () => {
    const slice = troubledSlice()
    const [row] = toReplicaRows({ ...slice, nodes: [] }, NOW)
    const texts = REPLICA_COLUMNS.map((column) => column.text(row!))
    expect(texts[0]).toBe('10.0.0.6:6379')
    expect(texts.at(-1)).toBe('never')
  })

  test('a saved choice keeps the table’s order, drops unknown names and never hides the first column', () => {
    const chosen = chosenColumns(REPLICA_COLUMNS, ['keys', 'lag', 'gone'])
    expect(chosen.map((column) => column.id)).toEqual(['replica', 'lag', 'keys'])
    expect(chosenColumns(REPLICA_COLUMNS, undefined).map((column) => column.id)).not.toContain('transport')
  })
})

describe('persistence', () => {
  const rows = toPersistenceRows(troubledSlice(), NOW)
  const rowOf = (id: string) => rows.find((row) => row.id === id)!
  const with_ = (persistence: Partial<NonNullable<ReturnType<typeof nodeOf>['persistence']>>, rest = {}) => ({
    ...rowOf(MASTER),
    node: nodeOf(MASTER, { persistence: { ...nodeOf('x').persistence!, ...persistence }, ...rest }),
  })
  const aof = nodeOf('x').persistence!.aof
  const rdb = nodeOf('x').persistence!.rdb

  test('the master comes first and Sentinels are no servers', () => {
    expect(rows.map((row) => row.id)).toEqual([
      MASTER,
      '10.0.0.6:6379',
      '10.0.0.7:6379',
      '10.0.0.8:6379',
      '10.0.0.9:6379',
      '10.0.0.10:6379',
    ])
  })

  test('what was not sent is unknown, what was refused says so', () => {
    expect(sayRdb(rowOf('10.0.0.8:6379')).text).toBe('–')
    const refused = with_({ aof: { ...aof, enabled: true, fsync: null } }, { notPermitted: ['CONFIG GET'] })
    expect(sayFsync(refused)).toMatchObject({ text: 'not permitted', tone: 'stale' })
    expect(sayFsync(with_({ aof: { ...aof, enabled: true, fsync: null } })).text).toBe('–')
  })

  test('a failed save or write is critical, and both kinds off is too', () => {
    expect(sayRdb(with_({ rdb: { ...rdb, lastStatus: 'err' } }))).toMatchObject({ text: 'save failed', tone: 'crit' })
    expect(sayAof(with_({ aof: { ...aof, enabled: true, lastWriteStatus: 'err' } }))).toMatchObject({ tone: 'crit' })
    expect(sayRdb(with_({ rdb: { ...rdb, enabled: false } }))).toMatchObject({ text: 'off', tone: 'crit' })
    expect(sayRdb(with_({ rdb: { ...rdb, enabled: false }, aof: { ...aof, enabled: true } })).tone).toBe('warn')
  })

  test('save rules that nobody told are not "off"', () => {
    expect(sayRdb(with_({ rdb: { ...rdb, enabled: null } }))).toMatchObject({ text: 'rules unknown', tone: 'stale' })
  })

  test('a power loss is told in time and changes, endless and unknown apart', () => {
    const loss = (part: object) =>
      sayPowerLoss({
        ...rowOf(MASTER),
        powerLoss: {
          node: MASTER,
          lossSeconds: null,
          lossSecondsUnbounded: false,
          lossChanges: null,
          reason: 'r',
          ...part,
        },
      })
    expect(loss({ lossSeconds: 250, lossChanges: 28_114 })).toMatchObject({
      text: 'up to 4 m 10 s, 28,114 changes',
      tone: 'warn',
    })
    expect(loss({ lossSecondsUnbounded: true })).toMatchObject({ text: 'everything', tone: 'crit' })
    expect(loss({ lossSeconds: 0, lossChanges: 0 })).toMatchObject({ text: 'nothing', tone: null })
    expect(loss({})).toMatchObject({ text: '–', tone: null })
    expect(sayPowerLoss({ ...rowOf(MASTER), powerLoss: null }).text).toBe('–')
  })

  test('a loading node tells how far it is', () => {
    const seen = PERSISTENCE_COLUMNS.find((column) => column.id === 'seen')!
    expect(seen.text(rowOf('10.0.0.10:6379'))).toBe('loading 41%, 38 s left')
  })

  test('refusals come with the line that lifts them', () => {
    expect(notPermitted(troubledSlice())).toEqual([
      { id: '10.0.0.10:6379', commands: ['CONFIG GET'], hint: 'ACL SETUSER repliscope +config|get' },
    ])
  })
})

describe('a full resync', () => {
  test('stages before the present one are done, those after are to come', () => {
    expect(toStages('transfer').map((stage) => stage.state)).toEqual(['done', 'done', 'done', 'present', 'to come'])
  })

  test('the buffer’s growth needs two known sizes apart in time', () => {
    expect(bufferGrowth({ at: 0, bytes: 1000 }, { at: 2000, bytes: 5000 })).toBe(2000)
    expect(bufferGrowth({ at: 0, bytes: 1000 }, { at: 100, bytes: 5000 })).toBeNull()
    expect(bufferGrowth({ at: 0, bytes: null }, { at: 2000, bytes: 5000 })).toBeNull()
    expect(bufferGrowth(null, { at: 2000, bytes: 5000 })).toBeNull()
  })

  test('only links that sync are listed', () => {
    expect(syncingLinks(troubledSlice().links).map((link) => link.replica)).toEqual(['10.0.0.10:6379'])
  })
})
