import { describe, expect, it } from 'vitest'
import { drillTools } from '../../src-main/app/drill-tools.ts'
import { describeFailure } from '../../src-main/domain/failure.ts'
import type { DrillReport } from '../../src-main/domain/drills/model.ts'
import { DRILLS } from '../../src-main/lab/drills/catalogue.ts'
import { runDrill } from '../../src-main/lab/drills/run-drill.ts'
import { whyNot } from '../../src-main/lab/drills/why-not.ts'
import { chosenServer, isLongRun } from '../support/lab/server-choice.ts'

const LIMIT_MS = 180_000

interface Story {
  readonly name: string
  readonly withRemedy?: boolean
  /** Part of the ordinary run as well. */
  readonly isShort?: boolean
  readonly expects: (report: DrillReport) => void
}

const resyncs = ({ measured }: DrillReport) => [...new Set(measured.resync.map((one) => one.verdict))]

/** What each drill teaches, held against its numbers; winner, loss, resync and findings are judged for all of them. */
const STORIES: readonly Story[] = [
  {
    name: 'backlog-overrun',
    isShort: true,
    expects: (report) => {
      expect(report.forecast.resync.map((one) => one.verdict)).toEqual(['full'])
      expect(resyncs(report)).toEqual(['full'])
      expect(report.measured.lost).toBe(0)
    },
  },
  {
    name: 'backlog-overrun',
    withRemedy: true,
    expects: (report) => {
      expect(report.forecast.resync.map((one) => one.verdict)).toEqual(['partial'])
      expect(resyncs(report)).toEqual(['partial'])
      expect(report.measured.findings).not.toContain('backlog-too-small')
    },
  },
  {
    name: 'writable-replica-divergence',
    isShort: true,
    expects: ({ measured, lesson }) => {
      expect(measured.acknowledged).toBeGreaterThan(0)
      expect(measured.lost).toBe(measured.acknowledged)
      expect(lesson.join(' ')).toContain(
        `After a partial resync the replica still had ${measured.acknowledged}, after a full one 0.`,
      )
    },
  },
  {
    name: 'writable-replica-divergence',
    withRemedy: true,
    expects: ({ measured }) => {
      expect(measured.acknowledged).toBe(0)
      expect(measured.refused).toBeGreaterThan(0)
    },
  },
  {
    name: 'flushall-and-recover',
    expects: ({ measured }) => expect(measured.lost).toBe(measured.acknowledged),
  },
  {
    name: 'flushall-and-recover',
    withRemedy: true,
    expects: ({ measured }) => expect(measured.lost).toBe(0),
  },
  {
    name: 'safe-vs-unsafe-restart',
    expects: (report) => {
      expect(resyncs(report)).toEqual(['full'])
      expect(report.measured.lost).toBeGreaterThan(0)
    },
  },
  {
    name: 'safe-vs-unsafe-restart',
    withRemedy: true,
    expects: (report) => {
      expect(resyncs(report)).toEqual(['partial'])
      expect(report.measured).toMatchObject({ lost: 0, outageMs: null })
      expect(report.measured.writeGapMs).toBeGreaterThan(0)
      expect(report.lesson[0]).toContain(`none accepted for ${Math.round(report.measured.writeGapMs ?? 0)} ms`)
    },
  },
  ...[false, true].map((withRemedy): Story => ({
    name: 'safe-vs-unsafe-restart-aof',
    withRemedy,
    expects: (report) => {
      expect(resyncs(report)).toEqual(['full'])
      expect(report.measured.lost).toBe(0)
    },
  })),
  {
    name: 'empty-master-restart',
    expects: ({ measured, lesson }) => {
      expect(measured.lost).toBeGreaterThan(0)
      expect(lesson.join(' ')).toMatch(/0 are left on the master and 0 on a replica.*had said that a restart empties/)
    },
  },
  {
    name: 'empty-master-restart',
    withRemedy: true,
    expects: ({ measured, lesson }) => {
      expect(measured.lost).toBe(0)
      expect(lesson.join(' ')).toContain('5000 are left on the master and 5000 on a replica')
    },
  },
  {
    name: 'empty-master-restart-slow',
    expects: ({ lesson }) =>
      expect(lesson.join(' ')).toContain('5000 are left on the new master and 5000 on the old one'),
  },
  {
    name: 'chained-replica-middle-restart',
    expects: (report) => {
      expect(resyncs(report)).toEqual(['full'])
      expect(report.lesson[0]).toContain('and the lower one did so too')
    },
  },
  {
    name: 'chained-replica-middle-restart',
    withRemedy: true,
    expects: (report) => expect(resyncs(report)).toEqual(['partial']),
  },
  {
    name: 'replica-ahead',
    expects: ({ measured, verdict }) => {
      expect(measured.lost).toBeGreaterThan(0)
      expect(verdict.loss).toBe(true)
    },
  },
  {
    name: 'replica-ahead',
    withRemedy: true,
    expects: ({ measured }) => expect(measured.lost).toBe(0),
  },
  {
    name: 'full-sync-spiral',
    expects: ({ lesson }) => expect(lesson[0]).toMatch(/^([3-9]|\d\d) full syncs began .* none was finished/),
  },
  {
    name: 'full-sync-spiral',
    withRemedy: true,
    expects: ({ lesson }) => expect(lesson[1]).toContain('the replica was online'),
  },
  {
    name: 'aof-error-disk-full',
    expects: ({ measured }) => {
      expect(measured.refused).toBeGreaterThan(0)
      expect(measured.winner).not.toBeNull()
    },
  },
]

describe('drills of replication and persistence', () => {
  for (const { name, withRemedy = false, isShort = false, expects } of STORIES)
    it.runIf(isShort || isLongRun)(
      `${name}${withRemedy ? ', with its remedy' : ''}`,
      async ({ skip }) => {
        const server = await chosenServer()
        const drill = DRILLS.find((one) => one.name === name)
        const reason = drill === undefined ? undefined : whyNot(drill, server)
        if (typeof reason === 'string') skip(reason)
        const done = await runDrill(name, { withRemedy, tools: drillTools, server })
        if (!done.ok) throw new Error(describeFailure(done.failure))
        const { verdict, lesson } = done.value
        // How long writes fail depends on how loaded the machine is.
        expect(Object.values({ ...verdict, outage: null }), lesson.join('\n')).not.toContain(false)
        expects(done.value)
      },
      LIMIT_MS,
    )
})
