import { describe, expect, it } from 'vitest'
import { durabilityChecklist, type ChecklistItemName } from '../../../src-main/domain/findings/checklist.ts'
import type { GroupEvent, GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  groupSnapshot,
  HEALTHY,
  healthyGroup,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
} from '../../support/facts.ts'
import { contextOf, NO_PAST } from './judging.ts'

function answerOf(group: GroupSnapshot, item: ChecklistItemName, events: readonly GroupEvent[] = []) {
  const found = durabilityChecklist(contextOf(group, { past: { ...NO_PAST, events } })).find((one) => one.item === item)
  if (found === undefined) throw new Error(`no ${item}`)
  return found
}

function servers(change: (group: GroupSnapshot, id: string) => GroupSnapshot): GroupSnapshot {
  return [HEALTHY.master, HEALTHY.replica1, HEALTHY.replica2, HEALTHY.chained].reduce(change, healthyGroup())
}

describe('the durability checklist', () => {
  it('answers every item in its order for a healthy group', () => {
    const list = durabilityChecklist(contextOf(healthyGroup()))
    expect(list.map(({ item, answer }) => [item, answer])).toEqual([
      ['persistence', 'yes'],
      ['wait-use', 'cannot-be-seen'],
      ['monitoring', 'cannot-be-seen'],
      ['failure-domains', 'yes'],
      ['odd-sentinels', 'yes'],
      ['headroom', 'partly'],
      ['tested-failover', 'partly'],
      ['restricted-commands', 'cannot-be-seen'],
      ['versions', 'yes'],
    ])
    for (const { evidence } of list) expect(evidence).not.toBe('')
  })

  it('sees nothing where nobody answers, and says no only where that is known', () => {
    const list = durabilityChecklist(contextOf(groupSnapshot()))
    expect(list.filter((one) => one.answer !== 'cannot-be-seen')).toEqual([])
    const alone = durabilityChecklist(contextOf(groupSnapshot({ isNamedBySentinel: false })))
    expect(alone.find((one) => one.item === 'odd-sentinels')?.answer).toBe('no')
  })
})

describe('each answer', () => {
  it('persistence: none, some, failing, not known', () => {
    const off = (group: GroupSnapshot, id: string) =>
      withNodeConfig(withNodeInfo(group, id, { persistence: { aofEnabled: false } }), id, {
        appendonly: 'no',
        save: '',
      })
    expect(answerOf(servers(off), 'persistence').answer).toBe('no')
    const some = answerOf(off(healthyGroup(), HEALTHY.replica1), 'persistence')
    expect(some.answer).toBe('partly')
    expect(some.evidence).toContain('10.0.0.6:6379: nothing')
    const failing = withNodeInfo(healthyGroup(), HEALTHY.master, { persistence: { aofLastWriteStatus: 'err' } })
    expect(answerOf(failing, 'persistence').evidence).toContain('AOF everysec, failing now')
    expect(answerOf(failing, 'persistence').answer).toBe('partly')
    const silent = servers((group, id) =>
      withNode(withNodeInfo(group, id, { persistence: { aofEnabled: false } }), id, (node) => ({
        ...node,
        config: undefined,
      })),
    )
    expect(answerOf(silent, 'persistence').answer).toBe('cannot-be-seen')
  })

  it('WAIT: by the command statistics of the master', () => {
    const calls = (count: number) => {
      const commands = new Map([['wait', { calls: count, usec: undefined }]])
      return withNode(healthyGroup(), HEALTHY.master, (node) => ({
        ...node,
        info: node.info === undefined ? undefined : { ...node.info, commands },
      }))
    }
    expect(answerOf(calls(12), 'wait-use')).toMatchObject({ answer: 'yes' })
    expect(answerOf(calls(12), 'wait-use').evidence).toContain('12 calls')
    expect(answerOf(calls(0), 'wait-use').answer).toBe('no')
  })

  it('failure domains: by host addresses', () => {
    const members = (ids: readonly string[], sentinels: readonly string[]) =>
      answerOf(groupSnapshot({ master: ids[0], replicas: ids.slice(1), sentinels }), 'failure-domains').answer
    expect(members(['10.0.0.1:1', '10.0.0.1:2'], [])).toBe('no')
    expect(members(['10.0.0.1:1'], [])).toBe('no')
    expect(members(['10.0.0.1:1', '10.0.0.2:1', '10.0.0.2:2'], [])).toBe('partly')
    expect(members(['10.0.0.1:1', '10.0.0.2:1'], ['10.0.0.3:9', '10.0.0.3:8', '10.0.0.4:9'])).toBe('partly')
    expect(members(['10.0.0.1:1', '10.0.0.2:1'], ['10.0.0.1:9', '10.0.0.2:9', '10.0.0.3:9'])).toBe('yes')
  })

  it('Sentinels: at least three, and odd', () => {
    const known = (knownSentinels: number) => answerOf({ ...healthyGroup(), knownSentinels }, 'odd-sentinels').answer
    expect([1, 2, 3, 4, 5].map(known)).toEqual(['no', 'no', 'yes', 'partly', 'yes'])
  })

  it('head-room: no at a limit or a failing disk, otherwise partly, for disks are not seen', () => {
    const full = withNodeInfo(healthyGroup(), HEALTHY.replica1, { memory: { usedBytes: 95, maxBytes: 100 } })
    expect(answerOf(full, 'headroom')).toMatchObject({ answer: 'no' })
    expect(answerOf(full, 'headroom').evidence).toContain('10.0.0.6:6379 uses 95 %')
    const disk = withNodeInfo(healthyGroup(), HEALTHY.master, { persistence: { lastBgsaveStatus: 'err' } })
    expect(answerOf(disk, 'headroom').answer).toBe('no')
    const unlimited = withNodeInfo(healthyGroup(), HEALTHY.master, { memory: { maxBytes: 0 } })
    expect(answerOf(unlimited, 'headroom').evidence).toContain('10.0.0.5:6379: no limit')
    const unknown = servers((group, id) => withNodeInfo(group, id, { memory: { usedBytes: undefined } }))
    expect(answerOf(unknown, 'headroom').answer).toBe('cannot-be-seen')
  })

  it('tested failover: seen, probable by the epoch, or never', () => {
    const event: GroupEvent = {
      at: FIXTURE_AT - 60_000,
      kind: 'sentinel',
      node: undefined,
      what: '+switch-master',
      detail: '10.0.0.6:6379 -> 10.0.0.5:6379',
    }
    expect(answerOf(healthyGroup(), 'tested-failover', [event])).toMatchObject({ answer: 'yes' })
    expect(answerOf(withSentinelMaster(healthyGroup(), { configEpoch: 0 }), 'tested-failover').answer).toBe('no')
    expect(answerOf(withSentinelMaster(healthyGroup(), { configEpoch: undefined }), 'tested-failover').answer).toBe(
      'cannot-be-seen',
    )
  })

  it('restricted commands: by what the default user may run', () => {
    const door = (isOpen: boolean) =>
      servers((group, id) =>
        withNode(group, id, (node) => ({
          ...node,
          access: { hasCredentials: true, user: 'default', defaultUserMay: new Map([['FLUSHALL', isOpen]]) },
        })),
      )
    expect(answerOf(door(true), 'restricted-commands')).toMatchObject({ answer: 'no' })
    expect(answerOf(door(false), 'restricted-commands').answer).toBe('yes')
  })

  it('versions: current, behind, mixed, not told', () => {
    const set = (id: string, version: string | undefined) => withNodeInfo(healthyGroup(), id, { server: { version } })
    const behind = answerOf(set(HEALTHY.master, '7.0.15'), 'versions')
    expect(behind.answer).toBe('no')
    expect(behind.evidence).toContain('its line has ended')
    expect(behind.evidence).toContain('cannot be seen')
    expect(answerOf(set(HEALTHY.replica1, '8.4.6'), 'versions').answer).toBe('partly')
    expect(answerOf(set(HEALTHY.replica1, undefined), 'versions').answer).toBe('partly')
  })
})
