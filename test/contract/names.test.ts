import { expect, it } from 'vitest'
import { calls, events } from '../../src-main/contract/calls.ts'
import type { CallName, EventName } from '../../src-main/contract/calls.ts'
import { CALL_NAMES, EVENT_NAMES } from '../../src-main/contract/names.ts'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
/** Does not compile when a name is declared in one place only. */
const sameCalls: Same<CallName, (typeof CALL_NAMES)[number]> = true
const sameEvents: Same<EventName, (typeof EVENT_NAMES)[number]> = true

it('lists the names of the declaration for the preload, every one and no other', () => {
  expect([sameCalls, sameEvents]).toEqual([true, true])
  expect([...CALL_NAMES]).toEqual(Object.keys(calls).toSorted())
  expect([...EVENT_NAMES]).toEqual(Object.keys(events).toSorted())
})
