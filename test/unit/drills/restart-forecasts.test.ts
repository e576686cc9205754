import { describe, expect, it } from 'vitest'
import { expectCrash } from '../../../src-main/domain/drills/forecasts.ts'
import {
  changesUndone,
  expectMasterRestart,
  expectReconnect,
  expectRefusingMaster,
  saysItComesBackEmpty,
} from '../../../src-main/domain/drills/restart-forecasts.ts'
import type { GroupPast, GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  REPLID_A,
  REPLID_B,
  withLink,
  withNodeConfig,
  withNodeInfo,
} from '../../support/facts.ts'

const { master, replica1, replica2, chained, offset } = HEALTHY
const PAST: GroupPast = { samples: new Map(), events: [], since: FIXTURE_AT, isOneShot: false }

function pictureOf(snapshot: GroupSnapshot) {
  return { snapshot, past: PAST }
}

/** The master persists as told; a hundred changes are in no snapshot yet. */
function persisting(save: string, aofEnabled: boolean): GroupSnapshot {
  const group = withNodeConfig(healthyGroup(), master, { save, appendonly: aofEnabled ? 'yes' : 'no' })
  return withNodeInfo(group, master, { persistence: { aofEnabled, changesSinceSave: 100 } })
}

const verdicts = (said: { readonly resync: readonly { readonly replica: string; readonly verdict: string }[] }) =>
  new Map(said.resync.map(({ replica, verdict }) => [replica, verdict]))

describe('what is said of a master that is restarted in its place', () => {
  it('is partial for its direct replicas and nothing lost, when it is stopped cleanly and saves', () => {
    const said = expectMasterRestart(pictureOf(persisting('3600 1', false)), 'clean')
    expect(said).toMatchObject({ winner: null, certain: false, lossBytes: { low: 0, high: 0 } })
    expect([...verdicts(said)]).toEqual([
      [replica1, 'partial'],
      [replica2, 'partial'],
    ])
    expect(verdicts(said).has(chained)).toBe(false)
  })

  it('is full after a crash, and the loss is told in changes', () => {
    const picture = pictureOf(persisting('3600 1', false))
    const said = expectMasterRestart(picture, 'crash')
    expect(new Set(verdicts(said).values())).toEqual(new Set(['full']))
    expect(said.lossBytes).toBeNull()
    expect(changesUndone(picture)).toBe(100)
  })

  it('is full with an append-only file, however it is stopped', () => {
    for (const how of ['clean', 'crash'] as const) {
      const said = expectMasterRestart(pictureOf(persisting('', true)), how)
      expect(new Set(verdicts(said).values()), how).toEqual(new Set(['full']))
      expect(said.lossBytes, how).toBeNull()
    }
  })

  it('is that it comes back empty, without any persistence', () => {
    const neverSaved = withNodeInfo(persisting('', false), master, { persistence: { rdbSaves: 0, lastSaveAt: 0 } })
    expect(saysItComesBackEmpty(pictureOf(neverSaved))).toBe(true)
    expect(saysItComesBackEmpty(pictureOf(persisting('', true)))).toBe(false)
  })
})

describe('what is said of a replica whose link comes back', () => {
  it('is what only it holds, less what may be no writes at all', () => {
    const group = withNodeInfo(withLink(healthyGroup(), replica1, { state: 'down' }), master, {
      replication: { replid: REPLID_B, replid2: REPLID_A, secondOffset: offset - 4999, offset: offset - 5000 },
    })
    const said = expectReconnect(pictureOf(group), replica1, 300)
    expect(said.resync).toEqual([{ replica: replica1, verdict: 'full' }])
    expect(said.lossBytes?.high).toBeGreaterThan(4900)
    expect(said.lossBytes?.low).toBe((said.lossBytes?.high ?? 0) - 300)
  })

  it('is nothing at risk where it can continue', () => {
    expect(expectReconnect(pictureOf(healthyGroup()), replica1, 300)).toMatchObject({
      lossBytes: null,
      resync: [{ replica: replica1, verdict: 'partial' }],
    })
  })
})

it('of a master that refuses everything it says when it dies, and that clients stay until it is demoted', () => {
  const picture = pictureOf(healthyGroup())
  const crash = expectCrash(picture)
  const said = expectRefusingMaster(picture)
  expect(said.lossBytes).toEqual(crash.lossBytes)
  expect(said.outageMs).toEqual({
    low: (crash.outageMs?.low ?? 0) + 8000,
    high: (crash.outageMs?.high ?? 0) + 20_000,
  })
  expect(said.resync.filter((one) => one.replica !== master).every((one) => one.verdict === 'unknown')).toBe(true)
  expect(verdicts(said).get(master)).toBe('full')
})
