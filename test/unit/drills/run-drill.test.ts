import { describe, expect, it } from 'vitest'
import { NOTHING_SAID } from '../../../src-main/domain/drills/forecasts.ts'
import type { Finding } from '../../../src-main/domain/findings/model.ts'
import { fail, ok, type Failure } from '../../../src-main/domain/failure.ts'
import { type Drill, DrillTrouble } from '../../../src-main/lab/drills/drill.ts'
import { perform, runDrill, type DrillProgress } from '../../../src-main/lab/drills/run-drill.ts'
import type { Stage } from '../../../src-main/lab/drills/stage.ts'
import type { DrillTools } from '../../../src-main/lab/drills/tools.ts'
import type { Lab, LabNode } from '../../../src-main/lab/lab-model.ts'
import type { Probe } from '../../../src-main/lab/probe/probe.ts'
import type { GroupState, Session, SessionChange } from '../../../src-main/monitor/session.ts'
import { FIXTURE_AT, healthyGroup } from '../../support/facts.ts'

const SERVER = { flavour: 'redis', version: '7.0.15', path: '/nowhere/redis-server' } as const

/** A lab and a session in memory, which note who ended them. */
function stageProps() {
  const ended: string[] = []
  const listeners = new Set<(change: SessionChange) => void>()
  let findings: readonly Finding[] = []
  const node = { id: '127.0.0.2:7001', name: 'master', logFile: '/nowhere/log', startedAs: 'master' } as LabNode
  const group = { group: 'mymaster', master: node, replicas: [], chained: [] }
  const lab = {
    name: 'fake',
    binary: SERVER,
    groups: [group],
    sentinels: [],
    nodes: [node],
    break: async (fault: object) => ok({ ...fault, id: 'f1', at: Date.now(), what: 'kill 127.0.0.2:7001' }),
    faults: () => [],
    isRunning: () => true,
    ask: async () => ({ error: 'ERR no such thing' }),
    down: async () => void ended.push('lab'),
  } as unknown as Lab
  const state = () =>
    ({
      snapshot: { ...healthyGroup(), takenAt: Date.now() },
      past: { samples: new Map(), events: [], since: FIXTURE_AT, isOneShot: false },
      findings,
    }) as unknown as GroupState
  const session = {
    state: () => ({ groups: new Map([['mymaster', state()]]) }),
    refresh: async () => undefined,
    subscribe: (listener: (change: SessionChange) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  } as unknown as Session
  const tools: DrillTools = {
    watch: async () => ok({ session, sessionId: null, lab, dispose: async () => void ended.push('watch') }),
    act: async () => fail({ kind: 'cancelled' }),
  }
  const raise = (code: string): void => {
    findings = [
      {
        code,
        severity: 'info',
        subject: { kind: 'group', id: 'mymaster' },
        title: code,
        held: true,
      } as unknown as Finding,
    ]
    for (const listener of listeners) listener({ changed: ['mymaster'], removed: [], events: [] })
  }
  return { ended, listeners, lab, tools, raise, start: async () => ok(lab) }
}

function drillOf(run: (stage: Stage) => Promise<{ lesson: readonly string[] }>, over: Partial<Drill> = {}): Drill {
  return {
    name: 'a-drill',
    title: 'A drill',
    story: '',
    difficulty: 'first',
    needs: [],
    seconds: 1,
    lab: {},
    findings: [],
    run,
    ...over,
  }
}

describe('a drill that is run', () => {
  it('reports its forecast, its timeline and the findings raised, and ends the session before the lab', async () => {
    const { ended, listeners, tools, raise, start } = stageProps()
    const drill = drillOf(
      async (stage) => {
        stage.say('it begins')
        await stage.forecast(() => ({ ...NOTHING_SAID, certain: true, outageMs: { low: 0, high: 100 } }))
        await stage.break({ kind: 'kill', node: stage.group.master.id })
        raise('recent-failover')
        stage.measure({ winner: null, outageMs: 50 })
        return { lesson: ['So it goes.'] }
      },
      { findings: ['recent-failover'] },
    )
    const done = await perform(drill, { withRemedy: false, tools, server: SERVER, start })
    expect(done.ok && done.value).toMatchObject({
      schema: 'repliscope/drill@1',
      name: 'a-drill',
      server: 'redis 7.0.15',
      forecast: { winner: null, certain: true, findings: ['recent-failover'] },
      measured: { winner: null, outageMs: 50, findings: ['recent-failover'] },
      verdict: { winner: true, loss: null, resync: null, outage: true, findings: true },
    })
    expect(done.ok && done.value.lesson[0]).toBe('So it goes.')
    expect(done.ok && done.value.timeline.map((one) => `${one.lane} ${one.what}`)).toEqual([
      'drill it begins',
      'drill forecast',
      'fault kill',
      'finding recent-failover raised',
    ])
    expect(ended).toEqual(['watch', 'lab'])
    expect(listeners.size).toBe(0)
  })

  it('counts the silence up to the end as a gap, where no write came any more', async () => {
    const { tools, start } = stageProps()
    const probe = {
      stop: async () => ({ tally: { acknowledged: 145, refused: 0, unknown: 1 }, gap: { from: 0, to: 45, ms: 45 } }),
      since: () => ({ firstKeptMs: null, longestGapMs: 9000, longestKeptGapMs: null }),
      spans: () => [],
    } as unknown as Probe
    const drill = drillOf(async (stage) => {
      await stage.forecast(() => NOTHING_SAID)
      await stage.break({ kind: 'kill', node: stage.group.master.id })
      stage.measure({ measured: probe, winner: null })
      return { lesson: [] }
    })
    const done = await perform(drill, { withRemedy: false, tools, server: SERVER, start })
    expect(done.ok && done.value.measured).toMatchObject({ writeGapMs: 9000, outageMs: null, acknowledged: 145 })
  })

  it('waits a while for a finding that comes after the script ended', async () => {
    const late = stageProps()
    const drill = drillOf(
      async () => {
        setTimeout(() => late.raise('split-brain'), 300)
        return { lesson: [] }
      },
      { findings: ['split-brain'] },
    )
    const done = await perform(drill, { withRemedy: false, tools: late.tools, server: SERVER, start: late.start })
    expect(done.ok && done.value.verdict.findings).toBe(true)
  })

  it('expects other findings with the remedy', async () => {
    const { tools, start } = stageProps()
    const drill = drillOf(async () => ({ lesson: [] }), { findings: ['split-brain'], findingsWithRemedy: [] })
    const done = await perform(drill, { withRemedy: true, tools, server: SERVER, start })
    expect(done.ok && done.value).toMatchObject({ withRemedy: true, verdict: { findings: true } })
  })

  it('tells how it goes: starting, then running with its forecast', async () => {
    const { tools, start } = stageProps()
    const seen: DrillProgress[] = []
    const drill = drillOf(async (stage) => {
      await stage.forecast(() => ({ ...NOTHING_SAID, certain: true }))
      return { lesson: [] }
    })
    await perform(drill, { withRemedy: false, tools, server: SERVER, start, onChange: (one) => void seen.push(one) })
    expect(seen[0]).toMatchObject({ state: 'starting', lab: null, forecast: null })
    expect(seen.at(-1)).toMatchObject({ state: 'running', forecast: { certain: true } })
  })
})

describe('a drill that does not go on', () => {
  it.each([
    {
      name: 'an error reply',
      run: async (stage: Stage) => void (await stage.ask('127.0.0.2:7001', 'PING')),
      says: 'PING at 127.0.0.2:7001: ERR no such thing',
    },
    {
      name: 'a condition that never comes',
      run: async (stage: Stage) => void (await stage.until('winner', () => false, 60)),
      says: 'after 0.06 s still no winner',
    },
    { name: 'trouble of its own', run: async () => Promise.reject(new DrillTrouble('no replica')), says: 'no replica' },
  ])('fails with $name, and ends what it started', async ({ run, says }) => {
    const { ended, tools, start } = stageProps()
    const drill = drillOf(async (stage) => {
      await run(stage)
      return { lesson: [] }
    })
    const done = await perform(drill, { withRemedy: false, tools, server: SERVER, start })
    expect(done).toMatchObject({
      ok: false,
      failure: { kind: 'not-found', detail: `the drill did not go on: ${says}` },
    })
    expect(ended).toEqual(['watch', 'lab'])
  })

  it('throws on a bug in a script, with nothing left behind', async () => {
    const { ended, tools, start } = stageProps()
    const drill = drillOf(async () => Promise.reject(new TypeError('undefined is not a function')))
    await expect(perform(drill, { withRemedy: false, tools, server: SERVER, start })).rejects.toThrow(TypeError)
    expect(ended).toEqual(['watch', 'lab'])
  })

  it('is cancelled while it waits, and ends what it started', async () => {
    const { ended, tools, start } = stageProps()
    const cancel = new AbortController()
    const drill = drillOf(async (stage) => {
      setTimeout(() => cancel.abort(), 20)
      await stage.until('nothing', () => false, 60_000)
      return { lesson: [] }
    })
    const done = await perform(drill, { withRemedy: false, tools, server: SERVER, start, signal: cancel.signal })
    expect(done).toEqual({ ok: false, failure: { kind: 'cancelled' } })
    expect(ended).toEqual(['watch', 'lab'])
  })

  it('is cancelled before it begins without starting anything', async () => {
    const { ended, tools } = stageProps()
    const start = () => Promise.reject(new Error('started all the same'))
    const done = await perform(
      drillOf(async () => ({ lesson: [] })),
      {
        withRemedy: false,
        tools,
        server: SERVER,
        start,
        signal: AbortSignal.abort(),
      },
    )
    expect(done).toEqual({ ok: false, failure: { kind: 'cancelled' } })
    expect(ended).toEqual([])
  })

  it('takes the lab down when no session can be opened on it', async () => {
    const { ended, tools, start } = stageProps()
    const failure: Failure = { kind: 'not-found', detail: 'the session sees no group', known: [] }
    const done = await perform(
      drillOf(async () => ({ lesson: [] })),
      {
        withRemedy: false,
        tools: { ...tools, watch: async () => fail(failure) },
        server: SERVER,
        start,
      },
    )
    expect(done).toEqual({ ok: false, failure })
    expect(ended).toEqual(['lab'])
  })
})

describe('a drill that cannot be run', () => {
  it('is one that is not there', async () => {
    const { tools } = stageProps()
    const done = await runDrill('no-such-drill', { withRemedy: false, tools, server: SERVER })
    expect(done).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
  })

  it('is one that needs another server', async () => {
    const { tools, start } = stageProps()
    const drill = drillOf(async () => ({ lesson: [] }), { needs: ['7.2+'] })
    const done = await perform(drill, { withRemedy: false, tools, server: SERVER, start })
    expect(done).toMatchObject({ ok: false, failure: { kind: 'refused-by-guard' } })
  })
})
