import { describe, expect, it } from 'vitest'
import { adviceForPage, failoverForPage, resyncForPage } from '../../../src-main/app/forecast-calls.ts'
import { calls } from '../../../src-main/contract/calls.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import type { SessionState } from '../../../src-main/monitor/session.ts'
import { HEALTHY, healthyGroup, withNodeConfig } from '../../support/facts.ts'
import { groupState } from './support/doubles.ts'

function stateOf(snapshot: GroupSnapshot = healthyGroup(), past = {}): SessionState {
  const group = { ...groupState(1, past), snapshot }
  return { phase: 'live', failures: [], groups: new Map([[snapshot.name, group]]), load: [], isSlow: false }
}

const NAME = healthyGroup().name
const ASKED = { session: 's', group: NAME, without: [], priorities: {}, minReplicas: null }

describe('the failover forecast for a page', () => {
  it('is the one of now when nothing is supposed', () => {
    const answer = failoverForPage(stateOf(), ASKED)
    if (!answer.ok) throw new Error(answer.failure.message)
    expect(calls['forecast/failover'].result.parse(answer.value)).toMatchObject({ group: NAME, master: HEALTHY.master })
    expect(answer.value.ranking.map((one) => one.node).toSorted()).toEqual([
      HEALTHY.replica1,
      HEALTHY.replica2,
      HEALTHY.chained,
    ])
  })

  it('takes nodes away and sets priorities by the ids that the page knows', () => {
    const without = failoverForPage(stateOf(), { ...ASKED, without: [HEALTHY.replica1] })
    const excluded = without.ok ? without.value.ranking.find((one) => one.node === HEALTHY.replica1) : undefined
    expect(excluded).toMatchObject({ eligible: false })
    const preferred = failoverForPage(stateOf(), { ...ASKED, priorities: { [HEALTHY.replica2]: 1 } })
    expect(preferred.ok && preferred.value.winner).toBe(HEALTHY.replica2)
    const guarded = failoverForPage(stateOf(), { ...ASKED, minReplicas: 9 })
    expect(guarded.ok && guarded.value.writesAfterwards.accepted).toBe(false)
  })

  it.each(['10.9.9.9:6379', '', 'no-port', '[::1]:x'])('refuses the stranger %j and says who is there', (stranger) => {
    const answer = failoverForPage(stateOf(), { ...ASKED, without: [stranger] })
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not-found' } })
  })

  it('refuses a group that is not there', () => {
    for (const answer of [
      failoverForPage(stateOf(), { ...ASKED, group: 'other' }),
      resyncForPage(stateOf(), { session: 's', group: 'other', awaySeconds: null }),
      adviceForPage(stateOf(), 'other', null),
    ])
      expect(answer).toMatchObject({ ok: false, failure: { code: 'not-found' } })
  })
})

describe('the resync forecast for a page', () => {
  it('covers every node of that group, and only of that group', () => {
    const other = { ...groupState(1), snapshot: { ...healthyGroup(), name: 'other' } }
    const state = stateOf()
    const both = { ...state, groups: new Map([...state.groups, ['other', other]]) }
    const answer = resyncForPage(both, { session: 's', group: NAME, awaySeconds: 30 })
    if (!answer.ok) throw new Error(answer.failure.message)
    expect(calls['forecast/resync'].result.parse(answer.value).nodes.map((one) => one.node)).toEqual([
      HEALTHY.replica1,
      HEALTHY.replica2,
      HEALTHY.chained,
      HEALTHY.master,
    ])
  })
})

describe('the advice for a page', () => {
  it('tries the guard that is asked for, else the one that is set', () => {
    const asked = adviceForPage(stateOf(), NAME, { required: 2, maxLagSeconds: 10 })
    if (!asked.ok) throw new Error(asked.failure.message)
    expect(calls['advice/group'].result.parse(asked.value).simulation).toMatchObject({
      required: 2,
      enabled: true,
      attainableAfterFailover: false,
    })
    expect(asked.value.simulation?.ifStalled.map((one) => one.stopsWrites)).toEqual([true, true])
    const set = withNodeConfig(healthyGroup(), HEALTHY.master, {
      'min-replicas-to-write': '1',
      'min-replicas-max-lag': '7',
    })
    const own = adviceForPage(stateOf(set), NAME, null)
    expect(own.ok && own.value.simulation).toMatchObject({ required: 1, maxLagSeconds: 7 })
  })

  it('measures a full resync from the events of the session, the load after the transfer included', () => {
    const at = healthyGroup().takenAt
    const link = (seconds: number, what: string) => ({
      at: at - 100_000 + seconds * 1000,
      kind: 'link' as const,
      node: HEALTHY.replica1,
      what,
      detail: '',
    })
    const events = [
      link(0, 'down -> full-sync'),
      link(30, 'full-sync -> loading'),
      link(42, 'loading -> online'),
      link(50, 'online -> loading'),
      link(99, 'loading -> online'),
    ]
    const answer = adviceForPage(stateOf(healthyGroup(), { events }), NAME, null)
    const master = answer.ok ? answer.value.sizing[0] : undefined
    expect(master).toMatchObject({ node: HEALTHY.master, fullSyncSeconds: 42, fullSyncFrom: 'measured' })
  })
})
