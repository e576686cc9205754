import { describe, expect, it } from 'vitest'
import { LinkRules } from '../../../src-main/lab/relay/link-rules.ts'

const MASTER = { process: '127.1.2.1:20000' }
const REPLICA = { process: '127.1.2.2:20001' }
const CLIENT = { client: '127.0.0.1' }

describe('rules of links', () => {
  it('concern one way only', () => {
    const rules = new LinkRules()
    rules.add([{ from: MASTER, to: REPLICA, effect: { kind: 'cut' } }])
    expect(rules.between(MASTER, REPLICA).isCut).toBe(true)
    expect(rules.between(REPLICA, MASTER).isCut).toBe(false)
    expect(rules.between(MASTER, CLIENT).isCut).toBe(false)
  })

  it('tell processes, clients, one client and everyone apart', () => {
    const cutFor = (from: Parameters<LinkRules['add']>[0][number]['from']) => {
      const rules = new LinkRules()
      rules.add([{ from, to: MASTER, effect: { kind: 'cut' } }])
      return [REPLICA, CLIENT, { client: '127.0.0.200' }].map((end) => rules.between(end, MASTER).isCut)
    }
    expect(cutFor('processes')).toEqual([true, false, false])
    expect(cutFor('clients')).toEqual([false, true, true])
    expect(cutFor({ client: '127.0.0.200' })).toEqual([false, false, true])
    expect(cutFor('everyone')).toEqual([true, true, true])
  })

  it('add up: one cut is enough, the longest delay counts, every limit holds', () => {
    const rules = new LinkRules()
    const both = { from: 'everyone', to: MASTER } as const
    rules.add([{ ...both, effect: { kind: 'delay', ms: 20 } }])
    const heal = rules.add([
      { ...both, effect: { kind: 'delay', ms: 50 } },
      { ...both, effect: { kind: 'limit', bytesPerSecond: 1000 } },
      { ...both, effect: { kind: 'limit', bytesPerSecond: 5000 } },
      { ...both, effect: { kind: 'cut' } },
    ])
    const state = rules.between(REPLICA, MASTER)
    expect([state.isCut, state.delayMs, state.buckets.length]).toEqual([true, 50, 2])
    heal()
    expect(rules.between(REPLICA, MASTER)).toEqual({ isCut: false, delayMs: 20, buckets: [] })
  })

  it('give every connection on a link the same line', () => {
    const rules = new LinkRules()
    rules.add([{ from: 'processes', to: MASTER, effect: { kind: 'limit', bytesPerSecond: 1000 } }])
    expect(rules.between(REPLICA, MASTER).buckets[0]).toBe(rules.between(REPLICA, MASTER).buckets[0])
  })

  it('tell of every change until nobody wants to know', () => {
    const rules = new LinkRules()
    let changes = 0
    const stop = rules.onChange(() => changes++)
    rules.add([{ from: 'everyone', to: MASTER, effect: { kind: 'cut' } }])()
    stop()
    rules.add([{ from: 'everyone', to: MASTER, effect: { kind: 'cut' } }])
    expect(changes).toBe(2)
  })
})
