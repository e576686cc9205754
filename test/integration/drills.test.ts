import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { drillTools } from '../../src-main/app/drill-tools.ts'
import { describeFailure } from '../../src-main/domain/failure.ts'
import type { DrillReport } from '../../src-main/domain/drills/model.ts'
import { runDrill } from '../../src-main/lab/drills/run-drill.ts'
import type { Lab } from '../../src-main/lab/lab.ts'
import { chosenServer, isLongRun } from '../support/lab/server-choice.ts'

const LIMIT_MS = 180_000

interface Story {
  readonly name: string
  readonly withRemedy?: boolean
  /** Part of the ordinary run as well. */
  readonly isShort?: boolean
  readonly expects: (report: DrillReport) => void
}

/** What each drill teaches, held against its numbers; winner, loss, resync and findings are judged for all of them. */
const STORIES: readonly Story[] = [
  {
    name: 'primary-crash-idle',
    expects: ({ measured }) => {
      expect(measured.winner).not.toBeNull()
      expect(measured.lost).toBe(0)
      expect(measured.resync.map((one) => one.verdict)).toEqual(['partial', 'partial'])
    },
  },
  {
    name: 'primary-crash-under-load',
    expects: ({ measured }) => {
      expect(measured.winner).not.toBeNull()
      expect(measured.acknowledged).toBeGreaterThan(500)
    },
  },
  {
    name: 'primary-crash-lagging-replica',
    expects: ({ measured, forecast }) => {
      expect(forecast.certain).toBe(true)
      expect(measured.lost).toBeGreaterThan(50)
    },
  },
  { name: 'primary-crash-lagging-replica', withRemedy: true, expects: ({ measured }) => expect(measured.lost).toBe(0) },
  {
    name: 'priority-beats-freshness',
    isShort: true,
    expects: ({ forecast, measured }) => {
      expect(forecast.certain).toBe(true)
      expect(measured.winner).toBe(forecast.winner)
      expect(measured.lost).toBeGreaterThan(50)
      expect(measured.resync.map((one) => one.verdict)).toEqual(['full'])
    },
  },
  {
    name: 'priority-beats-freshness',
    withRemedy: true,
    expects: ({ measured }) => {
      expect(measured.lost).toBe(0)
      expect(measured.findings).not.toContain('priority-beats-freshness')
    },
  },
  {
    name: 'wait-does-not-save-you',
    expects: ({ measured, lesson }) => {
      expect(measured.lost).toBeGreaterThan(50)
      expect(lesson[0]).toMatch(/^WAIT confirmed \d{3,} writes; [1-9]\d+ of them are gone\.$/)
    },
  },
  {
    name: 'wait-does-not-save-you',
    withRemedy: true,
    expects: ({ lesson }) => expect(lesson[0]).toMatch(/^WAIT confirmed \d{3,} writes; 0 of them are gone\.$/),
  },
  {
    name: 'partition-split-brain',
    expects: ({ measured, lesson }) => {
      expect(measured.lost).toBeGreaterThan(500)
      expect(lesson[1]).toBe('The isolated master refused nothing until it was demoted.')
    },
  },
  {
    name: 'partition-split-brain',
    withRemedy: true,
    expects: ({ measured, lesson }) => {
      expect(measured.refused).toBeGreaterThan(100)
      expect(lesson[1]).toContain('nothing taken later could be lost')
    },
  },
  {
    name: 'min-replicas-blocks-writes',
    expects: ({ measured }) => {
      expect(measured.refused).toBeGreaterThan(50)
      expect(measured.lost).toBe(0)
      expect(measured.winner).toBeNull()
    },
  },
  {
    name: 'min-replicas-blocks-writes',
    withRemedy: true,
    expects: ({ measured }) => expect(measured.refused).toBe(0),
  },
  {
    name: 'switchover-under-load',
    expects: ({ measured }) => expect(measured.lost).toBeGreaterThan(100),
  },
  {
    name: 'switchover-under-load',
    withRemedy: true,
    expects: ({ measured, forecast }) => {
      expect(forecast.lossBytes?.low).toBe(0)
      expect(measured.lost).toBe(0)
    },
  },
  {
    name: 'quorum-lost',
    expects: ({ forecast, measured }) => {
      expect(forecast).toMatchObject({ winner: null, certain: true })
      expect(measured.winner).toBeNull()
    },
  },
  { name: 'quorum-lost', withRemedy: true, expects: ({ measured }) => expect(measured.winner).not.toBeNull() },
  {
    name: 'ghost-sentinel-blocks-failover',
    expects: ({ forecast, measured }) => {
      expect(forecast).toMatchObject({ winner: null, certain: true })
      expect(measured.winner).toBeNull()
    },
  },
  {
    name: 'ghost-sentinel-blocks-failover',
    withRemedy: true,
    expects: ({ measured, timeline }) => {
      expect(measured.winner).not.toBeNull()
      // The last Sentinel is reset some ten seconds after the first: its entry may be old by then, and is gone afterwards.
      const told = timeline.map(({ what }) => what).filter((what) => what.startsWith('ghost-entries'))
      expect(told.at(-1) ?? 'ghost-entries cleared').toBe('ghost-entries cleared')
    },
  },
  {
    name: 'never-synced-replica-promoted',
    expects: ({ measured }) => {
      expect(measured.winner).not.toBeNull()
      expect(measured.lost).toBeGreaterThan(100)
    },
  },
  {
    name: 'never-synced-replica-promoted',
    withRemedy: true,
    expects: ({ measured, forecast }) => {
      expect(forecast).toMatchObject({ winner: null, certain: true })
      expect(measured.winner).toBeNull()
    },
  },
]

describe('drills of failover and of what stands in its way', () => {
  for (const { name, withRemedy = false, isShort = false, expects } of STORIES)
    it.runIf(isShort || isLongRun)(
      `${name}${withRemedy ? ', with its remedy' : ''}`,
      async () => {
        const done = await runDrill(name, { withRemedy, tools: drillTools, server: await chosenServer() })
        if (!done.ok) throw new Error(describeFailure(done.failure))
        const { verdict, lesson } = done.value
        // How long writes fail depends on how loaded the machine is.
        expect(Object.values({ ...verdict, outage: null }), lesson.join('\n')).not.toContain(false)
        expects(done.value)
      },
      LIMIT_MS,
    )
})

describe('a drill on real servers', () => {
  it('leaves no process and no folder when it is cancelled in the middle', { timeout: LIMIT_MS }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'repliscope-test-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const cancel = new AbortController()
    let lab: Lab | undefined
    const done = await runDrill('primary-crash-idle', {
      withRemedy: false,
      tools: drillTools,
      server: await chosenServer(),
      signal: cancel.signal,
      root,
      onChange: (progress) => {
        lab = progress.lab ?? lab
        if (progress.probe.length > 0) cancel.abort()
      },
    })
    expect(done).toEqual({ ok: false, failure: { kind: 'cancelled' } })
    expect(lab?.nodes.length).toBeGreaterThan(5)
    expect(lab?.nodes.filter((node) => lab?.isRunning(node)).map((node) => node.name)).toEqual([])
    expect(readdirSync(root)).toEqual([])
  })
})
