import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../../src-main/domain/plans/model.ts'
import { AutoClock } from './support/auto-clock.ts'
import { FakeDeployment, type Fault } from './support/fake-deployment.ts'
import { confirmationOf, planFor } from './support/plan-for.ts'
import { runIt } from './support/run.ts'

const world = (): FakeDeployment => new FakeDeployment(new AutoClock())
const run = async (at: FakeDeployment, plan: Plan, options: Parameters<typeof runIt>[2] = {}) => {
  const ran = await runIt(at, plan, { confirmation: confirmationOf(plan), ...options })
  if (!ran.result.ok) throw new Error(JSON.stringify(ran.result.failure))
  return { ...ran, outcome: ran.result.value }
}
const shutdowns = (at: FakeDeployment): readonly string[] => at.texts().filter((text) => text.includes('SHUTDOWN'))

/** Both replicas, one after another: a rolling restart that was stopped after the master. */
async function bothReplicas(at: FakeDeployment): Promise<Plan> {
  const whole = await planFor(at, 'rolling-restart')
  at.server('m:1').runId = 'f'.repeat(40)
  return planFor(at, 'rolling-restart', { resumed: whole, settings: { resume: 'a0' } })
}

describe('a restart', () => {
  it('sends one SHUTDOWN, takes the closed connection for its answer and a new run id for the proof', async () => {
    const at = world()
    const { outcome, progress } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1' }))
    expect(outcome).toMatchObject({ state: 'succeeded', pending: [], advice: [] })
    expect(at.texts()).toEqual(['r:1 CONFIG REWRITE', 'r:1 SHUTDOWN SAVE'])
    expect(outcome.verification.map((one) => one.what)).toEqual([
      'r:1 came back as another process',
      'r:1 follows m:1, linked',
      'r:1 resynced partially, as forecast',
      'the group has one master and every node answers',
    ])
    expect(progress.some((one) => one.detail.includes('waiting for somebody to start it'))).toBe(true)
  })

  it('tells the truth when a full resync came instead of the partial one', async () => {
    const at = world()
    at.server('r:1').resyncs = 'full'
    const { outcome } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1' }))
    expect(outcome.state).toBe('failed')
    expect(outcome.reason).toContain('sync_partial_ok +0, sync_full +1')
  })

  it('says what it waits for when nobody starts it, and ends without sending anything again', async () => {
    const at = world()
    at.server('r:1').startsAfterMs = undefined
    const plan = await planFor(at, 'safe-restart', { node: 'r:1', settings: { wait: '5' } })
    const { outcome } = await run(at, plan)
    expect(outcome.state).toBe('failed')
    expect(outcome.reason).toContain('r:1 is gone; waiting for somebody to start it')
    expect(outcome.advice).toEqual(['r:1 has to be started: it finds what it follows in its configuration file'])
    expect(shutdowns(at)).toHaveLength(1)
  })

  it('can be told to wait no longer', async () => {
    const at = world()
    at.server('r:1').startsAfterMs = undefined
    const stop = new AbortController()
    const { outcome } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1' }), {
      signal: stop.signal,
      onProgress: (one) => one.detail.includes('waiting for somebody') && stop.abort(),
    })
    expect(outcome.state).toBe('stopped')
    expect(outcome.reason).toContain('cancelled; r:1 is gone')
    expect(outcome.verification.find((one) => one.what.includes('another process'))?.isSo).not.toBe(true)
  })

  it.each([
    ['refuse', 'CONFIG'],
    ['close', 'CONFIG'],
    ['refuse', 'SHUTDOWN'],
  ] as readonly (readonly [Fault, string])[])('%s at %s: the node goes on as before', async (fault, name) => {
    const at = world()
    const { runId } = at.server('r:1')
    at.fault = (_, command) => (command[0] === name ? fault : undefined)
    const { outcome } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1' }))
    expect(outcome.state).toBe('failed')
    expect([at.server('r:1').runId, at.server('r:1').isUp]).toEqual([runId, true])
  })

  it.each(['lose-answer', 'lose-command', 'close'] as const)('never sends SHUTDOWN again: %s', async (fault) => {
    const at = world()
    at.fault = (_, command) => (command[0] === 'SHUTDOWN' ? fault : undefined)
    const { outcome } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1', settings: { wait: '5' } }))
    expect(shutdowns(at)).toHaveLength(1)
    expect(outcome.state).toBe(fault === 'lose-answer' ? 'succeeded' : 'failed')
    if (fault !== 'lose-answer') expect(outcome.verification[0]?.evidence).toContain('it never went away')
  })

  it('ends nothing while the backlog would not last as long as the absence', async () => {
    const at = world()
    at.onCommand = (node, command) => {
      if (node === 'm:1' && command[0] === 'INFO') for (const one of at.servers.values()) one.offset += 2_000_000
    }
    const { outcome } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1' }))
    expect(outcome.state).toBe('failed')
    expect(outcome.reason).toContain('it would resync in full')
    expect(shutdowns(at)).toEqual([])
  })

  it('ends nothing when something else happened after its file was written', async () => {
    const at = world()
    at.onCommand = (_, command) => {
      if (command[1] === 'REWRITE') at.sentinels.get('s:2')!.isFailingOver = true
    }
    const { outcome } = await run(at, await planFor(at, 'safe-restart', { node: 'r:1' }))
    expect([outcome.state, shutdowns(at)]).toEqual(['stopped', []])
  })
})

describe('one node after another', () => {
  it('begins the next only when the last one is back, and relies on what is true by then', async () => {
    const at = world()
    const plan = await bothReplicas(at)
    let isOneAway = false
    at.onCommand = (_, command) => {
      if (command[0] !== 'SHUTDOWN') return
      isOneAway ||= ![...at.servers.values()].every((one) => one.isUp)
    }
    const { outcome, journal } = await run(at, plan)
    expect([outcome.state, isOneAway]).toEqual(['succeeded', false])
    expect(shutdowns(at)).toEqual(['r:1 SHUTDOWN SAVE', 'r:2 SHUTDOWN SAVE'])
    expect(journal.rows.filter((row) => row.kind === 'stage-verified')).toHaveLength(2)
  })

  it('stops between two nodes when it is cancelled, and says how to go on', async () => {
    const at = world()
    const stop = new AbortController()
    const { outcome } = await run(at, await bothReplicas(at), {
      signal: stop.signal,
      onProgress: (one) => one.n === 5 && one.phase === 'verifying' && stop.abort(),
    })
    expect([outcome.state, outcome.reason]).toEqual(['stopped', 'cancelled'])
    expect(shutdowns(at)).toEqual(['r:1 SHUTDOWN SAVE'])
    expect(outcome.advice.join('\n')).toContain('--set resume=a1')
    expect(outcome.verification.every((one) => one.isSo === true)).toBe(true)
  })

  it('stops while it waits for one when it is cancelled, and ends no other', async () => {
    const at = world()
    const plan = await bothReplicas(at)
    at.server('r:1').startsAfterMs = undefined
    const stop = new AbortController()
    const { outcome } = await run(at, plan, {
      signal: stop.signal,
      onProgress: (one) => one.detail.includes('waiting for somebody') && stop.abort(),
    })
    expect([outcome.state, shutdowns(at)]).toEqual(['stopped', ['r:1 SHUTDOWN SAVE']])
    expect(outcome.advice.join('\n')).toContain('r:1 has to be started')
    expect(outcome.advice.join('\n')).toContain('--set resume=a1')
  })

  it.each([
    ['came back with a full resync', (at: FakeDeployment) => void (at.server('r:1').resyncs = 'full')],
    ['did not come back', (at: FakeDeployment) => void (at.server('r:1').startsAfterMs = undefined)],
  ])('leaves the rest alone when one %s', async (_, change) => {
    const at = world()
    const plan = await bothReplicas(at)
    change(at)
    const { outcome } = await run(at, plan)
    expect([outcome.state, shutdowns(at)]).toEqual(['failed', ['r:1 SHUTDOWN SAVE']])
    expect(outcome.advice.join('\n')).toContain('--set resume=a1')
  })

  it('stops before the second when the group changed meanwhile', async () => {
    const at = world()
    const plan = await bothReplicas(at)
    at.onCommand = (node, command) => {
      if (node === 'r:2' && command[1] === 'REWRITE') at.server('m:1').runId = 'e'.repeat(40)
    }
    const { outcome } = await run(at, plan)
    expect([outcome.state, shutdowns(at)]).toEqual(['stopped', ['r:1 SHUTDOWN SAVE']])
    expect(outcome.reason).toContain('server:m:1:run-id')
  })

  it('whatever goes wrong: never two nodes away, never a second SHUTDOWN for one', async () => {
    const fault = fc.constantFrom<Fault | undefined>(
      undefined,
      undefined,
      undefined,
      'lose-answer',
      'lose-command',
      'refuse',
      'close',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 6 }),
        fc.constantFrom('r:1', 'r:2', 'none'),
        fc.constantFrom('partial' as const, 'full' as const),
        async (faults, stays, resyncs) => {
          const at = world()
          const plan = await bothReplicas(at)
          if (stays !== 'none') at.server(stays).startsAfterMs = undefined
          at.server('r:1').resyncs = resyncs
          at.fault = (_node, _command, index) => faults[index - 1]
          let away = 0
          at.onCommand = () => {
            away = Math.max(away, [...at.servers.values()].filter((one) => !one.isUp).length)
          }
          await run(at, plan)
          const sent = shutdowns(at)
          expect(new Set(sent).size).toBe(sent.length)
          expect(away).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 60 },
    )
  })
})
