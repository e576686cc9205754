import { describe, expect, it } from 'vitest'
import { createJournalWatch } from '../../../src-main/app/journal-watch.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function watched() {
  const clock = new FakeClock()
  const state = { stamp: '', looks: 0, isNeeded: true, changed: [] as number[] }
  const watch = createJournalWatch({
    clock,
    stamp: () => {
      state.looks += 1
      return state.stamp
    },
    isNeeded: () => state.isNeeded,
    changed: (since) => void state.changed.push(since),
  })
  return { clock, state, watch }
}

describe('the watch over the journal', () => {
  it('looks once a second and says nothing while nobody writes', async () => {
    const { clock, state, watch } = watched()
    watch.begin()
    watch.begin()
    await clock.advance(60_000)
    expect(state.looks).toBe(61)
    expect(state.changed).toEqual([])
    watch.dispose()
  })

  it('says that the file changed, once for a change and once when it rests, and since when it looks', async () => {
    const { clock, state, watch } = watched()
    const since = clock.now()
    watch.begin()
    await clock.advance(1500)
    state.stamp = 'made'
    await clock.advance(10_000)
    expect(state.changed).toEqual([since, since])
    watch.dispose()
  })

  it('ends by itself when no session is open, begins anew with the next, and stops for good when disposed of', async () => {
    const { clock, state, watch } = watched()
    watch.begin()
    await clock.advance(5000)
    state.isNeeded = false
    await clock.advance(60_000)
    const looks = state.looks
    expect(clock.pending, 'no timer is left').toBe(0)
    state.stamp = 'written while nobody looked'
    state.isNeeded = true
    watch.begin()
    await clock.advance(3000)
    expect(state.looks).toBe(looks + 4)
    expect(state.changed, 'is read whole by who opens then').toEqual([])
    watch.dispose()
    state.stamp = 'late'
    await clock.advance(5000)
    expect([state.changed, clock.pending]).toEqual([[], 0])
  })
})
