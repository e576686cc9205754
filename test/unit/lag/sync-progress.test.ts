import { describe, expect, it } from 'vitest'
import { syncProgress, type SyncFacts } from '../../../src-main/domain/lag/sync-progress.ts'
import { infoReply, type InfoPartial } from '../../support/facts.ts'

function look(partial: InfoPartial, state: string | undefined, upstreamState?: string, at = 10_000): SyncFacts {
  return {
    at,
    info: infoReply(partial),
    role: state === undefined ? undefined : { role: 'replica', master: undefined, state, offset: undefined },
    upstreamState,
  }
}
const transfer = (read: number, total: number | undefined, at?: number) =>
  look(
    { replication: { masterLink: 'down', syncInProgress: true, syncReadBytes: read, syncTotalBytes: total } },
    'sync',
    'send_bulk',
    at,
  )

describe('sync progress', () => {
  it('is absent on a healthy link and on a master', () => {
    expect(syncProgress(look({ replication: { masterLink: 'up' } }, 'connected', 'online'), undefined)).toBeUndefined()
    expect(syncProgress(look({ replication: { role: 'master' } }, undefined), undefined)).toBeUndefined()
    expect(syncProgress(look({ replication: { masterLink: 'down' } }, undefined), undefined)).toBeUndefined()
  })

  it.each([
    ['connect', 'connect'],
    ['connecting', 'connect'],
    ['handshake', 'handshake'],
  ] as const)('tells ROLE state %s as stage %s', (state, stage) => {
    const progress = syncProgress(
      look({ replication: { masterLink: 'down', syncInProgress: false } }, state),
      undefined,
    )
    expect(progress).toMatchObject({ stage, readBytes: undefined, doneRatio: undefined })
  })

  it('waits for the fork while nothing has arrived, and transfers once something has, even if the upstream says wait_bgsave', () => {
    const at = (syncReadBytes: number) =>
      look({ replication: { masterLink: 'down', syncInProgress: true, syncReadBytes } }, 'sync', 'wait_bgsave')
    expect(syncProgress(at(0), undefined)?.stage).toBe('waiting-for-fork')
    expect(syncProgress(at(1), undefined)?.stage).toBe('transfer')
  })

  it('measures rate, share and time left from two looks', () => {
    expect(syncProgress(transfer(4000, 10_000, 11_000), transfer(2000, 10_000))).toEqual({
      stage: 'transfer',
      readBytes: 4000,
      totalBytes: 10_000,
      bytesPerSecond: 2000,
      etaSeconds: 3,
      doneRatio: 0.4,
    })
  })

  it('knows no share of a streamed RDB', () => {
    expect(syncProgress(transfer(4000, 0, 11_000), transfer(2000, 0))).toMatchObject({
      totalBytes: undefined,
      doneRatio: undefined,
      etaSeconds: undefined,
      bytesPerSecond: 2000,
    })
  })

  it('has no rate from one look, from another stage, from a counter that fell or from looks too close', () => {
    const now = transfer(4000, 10_000, 11_000)
    const fork = look({ replication: { masterLink: 'down', syncInProgress: true } }, 'sync', 'wait_bgsave')
    for (const before of [undefined, fork, transfer(5000, 10_000), transfer(3000, 10_000, 10_900)])
      expect(syncProgress(now, before)?.bytesPerSecond).toBeUndefined()
  })

  it('has no time left when nothing moves', () => {
    expect(syncProgress(transfer(2000, 10_000, 11_000), transfer(2000, 10_000))).toMatchObject({
      bytesPerSecond: 0,
      etaSeconds: undefined,
    })
  })

  it('counts a load by the loading fields, whichever way it loads', () => {
    const load = (persistence: InfoPartial['persistence'], at?: number) =>
      look(
        { persistence: persistence ?? {}, replication: { masterLink: 'down', syncInProgress: true, syncReadBytes: 7 } },
        'sync',
        'wait_bgsave',
        at,
      )
    const now = load({ loading: true, loadingLoadedBytes: 600, loadingTotalBytes: 1000, loadingPercent: 60 }, 12_000)
    const before = load({ loading: true, loadingLoadedBytes: 200, loadingTotalBytes: 1000 })
    expect(syncProgress(now, before)).toEqual({
      stage: 'load',
      readBytes: 600,
      totalBytes: 1000,
      bytesPerSecond: 200,
      etaSeconds: 2,
      doneRatio: 0.6,
    })
    expect(syncProgress(load({ asyncLoading: true, loadingEtaSeconds: 9 }), undefined)).toMatchObject({
      stage: 'load',
      etaSeconds: 9,
    })
  })
})
