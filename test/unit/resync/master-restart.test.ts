import { describe, expect, it } from 'vitest'
import type { Flavour } from '../../../src-main/domain/replies/info-reply.ts'
import { masterRestartVerdict } from '../../../src-main/domain/resync/master-restart.ts'
import type { ResyncParty } from '../../../src-main/domain/resync/verdict.ts'
import { FIXTURE_AT, infoReply, REPLID_A } from '../../support/facts.ts'

interface Case {
  readonly flavour?: Flavour
  readonly version?: string | undefined
  readonly aof?: boolean | undefined
  readonly save?: string | undefined
  readonly saved?: boolean
  readonly changes?: number | undefined
  readonly link?: 'up' | 'down'
}

function verdict(how: 'clean' | 'crash', c: Case = {}) {
  const pick = <K extends keyof Case>(key: K, otherwise: Case[K]): Case[K] => (key in c ? c[key] : otherwise)
  const save = pick('save', '3600 1')
  const master: ResyncParty = {
    info: infoReply({
      server: { flavour: c.flavour ?? 'redis', version: pick('version', '7.0.15'), uptimeSeconds: 1000 },
      persistence: {
        aofEnabled: pick('aof', false),
        changesSinceSave: pick('changes', 5),
        lastSaveAt: FIXTURE_AT - (c.saved === true ? 100_000 : 1_000_000),
      },
      replication: { role: 'master', replid: REPLID_A, offset: 1000, backlogActive: true },
    }),
    config: save === undefined ? undefined : new Map([['save', save]]),
    sentAt: FIXTURE_AT,
    at: FIXTURE_AT,
  }
  const info = infoReply({ replication: { role: 'replica', masterLink: c.link ?? 'up', appliedOffset: 1000 } })
  return masterRestartVerdict(how, master, { info, config: undefined, sentAt: FIXTURE_AT, at: FIXTURE_AT })
}

describe('a master that restarts in its place, as measured on real servers', () => {
  it('continues its replicas after a clean SHUTDOWN with save points from 7.0 on', () => {
    expect(verdict('clean')).toMatchObject({ verdict: 'partial' })
    expect(verdict('clean', { version: '8.6.3' }).verdict).toBe('partial')
    expect(verdict('clean', { flavour: 'valkey', version: '9.1.2' }).verdict).toBe('partial')
    expect(verdict('clean', { version: '6.2.16' })).toMatchObject({ verdict: 'full' })
  })

  it('is full with an append-only file, in every version and either way', () => {
    for (const how of ['clean', 'crash'] as const) {
      expect(verdict(how, { aof: true })).toMatchObject({ verdict: 'full', decidedBy: 'master restart: AOF' })
      expect(verdict(how, { aof: undefined }).verdict).toBe('unknown')
    }
  })

  it('empties its replicas when it persists nothing', () => {
    for (const how of ['clean', 'crash'] as const) {
      const empty = verdict(how, { save: '' })
      expect(empty.verdict).toBe('full')
      expect(empty.reason).toContain('EMPTY')
    }
  })

  it('takes its replicas back to an older RDB after a crash', () => {
    const crash = verdict('crash')
    expect(crash).toMatchObject({ verdict: 'full', decidedBy: 'master restart: rdb_changes_since_last_save' })
    expect(crash.reason).toContain('5 changes are undone')
    expect(verdict('clean', { save: '', saved: true }).reason).toContain('undone')
  })

  it('is undecided after a crash without changes: the same offset continues, a keep-alive later does not', () => {
    expect(verdict('crash', { changes: 0 }).verdict).toBe('unknown')
    expect(verdict('crash', { changes: 0, version: '6.2.16' }).verdict).toBe('full')
    expect(verdict('crash', { changes: undefined }).verdict).toBe('unknown')
  })

  it('does not continue a replica that is cut off at the shutdown', () => {
    expect(verdict('clean', { link: 'down' })).toMatchObject({ verdict: 'full' })
  })

  it('is unknown without CONFIG or without a version', () => {
    expect(verdict('clean', { save: undefined })).toMatchObject({
      verdict: 'unknown',
      decidedBy: 'master restart: save',
    })
    expect(verdict('clean', { version: undefined }).verdict).toBe('unknown')
    expect(verdict('crash', { save: undefined, saved: true, changes: 0 }).verdict).toBe('unknown')
  })
})
