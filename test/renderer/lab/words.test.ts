import { describe, expect, test } from 'vitest'
import type { ActiveFaultView } from '../../../src-main/contract/lab.ts'
import {
  amountTrouble,
  amountWords,
  choicesFor,
  faultsOfLink,
  faultsOfNode,
  faultsOfSubject,
  firstPeer,
  marksText,
  peersOf,
  requestFor,
  type FaultSubject,
} from '../../../src-renderer/features/lab/fault-words.ts'
import { EMPTY_LAB, labShape, labTrouble, toLabRequest } from '../../../src-renderer/features/lab/use-labs.ts'
import { FAULT_VIEWS, LAB } from '../support/lab-samples.ts'
import { sentinelNode, wellSlice } from '../support/samples.ts'

const slice = wellSlice()
const MASTER = '10.0.0.5:6379'
const REPLICA = '10.0.0.6:6379'
const nodeOf = (id: string) => slice.nodes.find((node) => node.id === id) ?? null
const node = (id: string): FaultSubject => ({ kind: 'node', id, group: 'orders' })
const link: FaultSubject = { kind: 'link', id: REPLICA, upstream: MASTER, group: 'orders' }
const fault = (part: Partial<ActiveFaultView>): ActiveFaultView => ({
  id: 'f1',
  kind: 'freeze',
  node: REPLICA,
  at: 0,
  what: 'x',
  ...part,
})
const view = (kind: ActiveFaultView['kind']) => FAULT_VIEWS.find((one) => one.kind === kind)!
const against = (subject: FaultSubject, active: readonly ActiveFaultView[] = [], of = nodeOf(subject.id)) =>
  Object.fromEntries(choicesFor(FAULT_VIEWS, active, subject, of).map((one) => [one.fault.kind, one.against]))

describe('what can be broken of a thing', () => {
  test('a replica takes every kind but what the lab cannot do and what makes no sense now', () => {
    expect(Object.entries(against(node(REPLICA))).filter(([, why]) => why !== null)).toEqual([
      ['start', 'it runs'],
      ['disk-full', 'only root can limit the disk of a node'],
    ])
  })

  test('a master takes no fault of replicas, a Sentinel none of data nodes', () => {
    expect(against(node(MASTER))['second-master']).toBe('only for a replica')
    expect(against(node(MASTER))['restart-empty']).toBeNull()
    const sentinel = against(node('10.0.0.5:26379'), [], sentinelNode('10.0.0.5:26379'))
    expect(sentinel['busy']).toBe('only for a data node')
    expect(sentinel['freeze']).toBeNull()
  })

  test('what is down can be started and not be stopped again; what is frozen not frozen again', () => {
    const killed = against(node(REPLICA), [fault({ kind: 'kill' })])
    expect(killed).toMatchObject({ start: null, kill: 'it does not run', freeze: 'it does not run', partition: null })
    expect(against(node(REPLICA), [fault({})])).toMatchObject({ freeze: 'in force already', kill: null })
    expect(against(node(REPLICA), [], { ...nodeOf(REPLICA)!, reachability: 'unreachable' })['start']).toBeNull()
  })

  test('a link takes faults of links only, with its other end chosen first', () => {
    expect(Object.keys(against(link))).toEqual(['partition', 'delay', 'bandwidth'])
    expect(firstPeer(link)).toBe(MASTER)
    expect(firstPeer(node(REPLICA))).toBe('everyone')
    expect(peersOf(slice, link)).toContain(MASTER)
    expect(peersOf(slice, link)).not.toContain(REPLICA)
  })

  test('an amount is checked against its bounds and said in its unit', () => {
    expect(amountTrouble(view('delay'), '250')).toBeNull()
    expect(amountTrouble(view('delay'), '')).toBe('A number is needed.')
    expect(amountTrouble(view('delay'), '0')).toBe('From 1 ms to 60,000 ms.')
    expect(amountTrouble(view('kill'), '')).toBeNull()
    expect(amountWords('bytes/s', 20_480)).toBe('20 KB/s')
    expect(amountWords('seconds', 5)).toBe('5 s')
  })

  test('only what a kind takes is asked for', () => {
    const details = { peer: MASTER, direction: 'to-node', amount: '250' } as const
    expect(requestFor(view('kill'), node(REPLICA), details)).toEqual({ kind: 'kill', node: REPLICA })
    expect(requestFor(view('delay'), link, details)).toEqual({
      kind: 'delay',
      node: REPLICA,
      peer: MASTER,
      direction: 'to-node',
      amount: 250,
    })
    expect(requestFor(view('busy'), node(REPLICA), details)).toEqual({ kind: 'busy', node: REPLICA, amount: 250 })
  })
})

describe('where a fault is marked', () => {
  const own = fault({ id: 'a' })
  const everyone = fault({ id: 'b', kind: 'partition', peer: 'everyone' })
  const pair = fault({ id: 'c', kind: 'bandwidth', peer: MASTER })
  const turned = fault({ id: 'd', kind: 'delay', node: MASTER, peer: REPLICA })
  const client = fault({ id: 'e', kind: 'partition', peer: '127.0.0.200' })
  const all = [own, everyone, pair, turned, client]

  test('between two processes on their link, whichever was named first; everything else on the node', () => {
    expect(faultsOfNode(all, REPLICA)).toEqual([own, everyone, client])
    expect(faultsOfLink(all, REPLICA, MASTER)).toEqual([pair, turned])
    expect(faultsOfSubject(all, node(MASTER))).toEqual([pair, turned])
    expect(marksText([own, everyone, client])).toBe('frozen, cut off')
  })
})

describe('the form of a practice lab', () => {
  test('asks nothing special when nobody touched it, and all that it shows otherwise', () => {
    expect(toLabRequest(EMPTY_LAB)).toEqual({})
    expect(toLabRequest({ ...EMPTY_LAB, replicas: '1', chained: '0' })).toEqual({
      replicas: 1,
      chained: 0,
      sentinels: 3,
      persistence: 'none',
      supervised: false,
    })
  })

  test('says what is wrong with it', () => {
    expect(labTrouble(EMPTY_LAB)).toBeNull()
    expect(labTrouble({ ...EMPTY_LAB, replicas: '21' })).toMatch(/replicas.*0 to 20/)
    expect(labTrouble({ ...EMPTY_LAB, sentinels: '1.5' })).toMatch(/sentinels/)
    expect(labTrouble({ ...EMPTY_LAB, replicas: '0' })).toMatch(/chained/)
    expect(labTrouble({ ...EMPTY_LAB, name: '../x' })).toMatch(/name/)
    expect(labShape({ ...LAB, chained: ['a'], sentinels: ['b'] })).toBe('3 replicas, 1 chained, 1 Sentinel')
  })
})
