import { describe, expect, it } from 'vitest'
import type { LabProbeReport, LabReport } from '../../../src-main/contract/lab.ts'
import { readFault } from '../../../src-main/app/fault-words.ts'
import { readProbe } from '../../../src-main/hosts/cli/lab-probe.ts'
import { renderProbe } from '../../../src-main/hosts/cli/render/lab-probe.ts'
import { readLabUp } from '../../../src-main/hosts/cli/lab-words.ts'
import { renderSideBySide } from '../../../src-main/hosts/cli/render/drill.ts'
import { renderLabs } from '../../../src-main/hosts/cli/render/lab.ts'

const MASTER = '127.0.0.2:20001'
const SENTINEL = '127.0.0.3:20002'

const LAB: LabReport = {
  schema: 'repliscope/lab@1',
  name: 'drill-quorum-lost',
  dir: '/nowhere',
  server: 'redis 7.0.15',
  group: 'mymaster',
  master: MASTER,
  replicas: [],
  chained: [],
  sentinels: [SENTINEL],
  pids: { [MASTER]: 41, [SENTINEL]: null },
  up: false,
  purpose: 'drill',
  keeper: 'answers',
  nodes: [
    { id: MASTER, name: 'master', role: null, follows: null },
    { id: SENTINEL, name: 'sentinel-1', role: null, follows: null },
  ],
  faults: null,
}

const show = (lab: LabReport) => renderLabs([lab], { width: 160, hasColour: false }).join('\n')

describe('a lab in words', () => {
  it('says that a process does not answer only where somebody has asked it', () => {
    expect(show(LAB)).toContain('does not answer')
    const drill = show({ ...LAB, keeper: 'silent' })
    expect(drill).toContain('1 process down; it belongs to a drill under way, and ends with it')
    expect(drill).not.toContain('does not answer')
    expect(drill).toMatch(/master +runs/)
    expect(drill).toMatch(/sentinel-1 +down/)
  })

  it.each([
    ['practice', 'silent', 'its keeper does not answer: repliscope lab down drill-quorum-lost ends it'],
    ['practice', 'gone', 'its keeper has ended: repliscope lab down drill-quorum-lost cleans up'],
    ['drill', 'gone', 'left behind by a drill: repliscope lab down cleans up'],
    [null, 'silent', 'belongs to a demo or a test under way'],
  ] as const)('of purpose %s whose keeper is %s says what becomes of it', (purpose, keeper, words) => {
    expect(show({ ...LAB, purpose, keeper }).replaceAll(/\s+/g, ' ')).toContain(words)
  })
})

describe('the flags of lab up', () => {
  it('refuses a chained replica without a replica to follow, and takes --replicas 0 alone', () => {
    expect(readLabUp({ replicas: '0', chained: '1' })).toMatchObject({
      ok: false,
      problem: '--chained has nobody to follow with --replicas 0',
    })
    expect(readLabUp({ replicas: '0' })).toMatchObject({ ok: true, value: { replicas: 0 } })
    expect(readLabUp({ replicas: '1', chained: '1' })).toMatchObject({ ok: true })
  })
})

describe('the amount of a fault', () => {
  const amountOf = (kind: string, amount: string) => {
    const read = readFault({ kind, node: 'master', peer: undefined, direction: undefined, amount })
    return read.ok ? read.value.amount : `${read.problem}; ${read.hint}`
  }

  it.each([
    ['delay', '300', 300],
    ['delay', '300ms', 300],
    ['delay', '1.5s', 1500],
    ['busy', '0.5', 0.5],
    ['busy', '500ms', 0.5],
    ['bandwidth', '102400', 102_400],
    ['bandwidth', '100kb', 102_400],
    ['bandwidth', '100 KB/s', 102_400],
    ['bandwidth', '100k', 100_000],
    ['output-buffer-limit', '1.5mb', 1_572_864],
  ])('of %s may be %s', (kind, text, number) => {
    expect(amountOf(kind, text)).toBe(number)
  })

  it.each([
    ['delay', 'much'],
    ['delay', '5kb'],
    ['delay', '1s/s'],
    ['delay', '61s'],
    ['busy', '1min'],
    ['bandwidth', '99'],
    ['output-buffer-limit', '1mb/s'],
    ['output-buffer-limit', '-1'],
    ['output-buffer-limit', ''],
  ])('of %s may not be "%s", and what may be is told with its unit', (kind, text) => {
    const told = amountOf(kind, text)
    expect(told).toContain(`--amount "${text}" is no number of`)
    expect(told).toMatch(/, from [\d.]+ (ms|s|B|B\/s) to .*; give for example --amount \d+(ms|s|kb|mb)$/)
  })
})

describe('a probe of a lab', () => {
  it('is read from its flags, each with a default', () => {
    expect(readProbe({})).toEqual({
      ok: true,
      value: { perSecond: 100, forMs: 10_000, writers: 1, wait: undefined, at: undefined },
    })
    expect(
      readProbe({ for: '1.5m', rate: 'max', writers: '4', waitaof: '0', waitTimeout: '50', at: 'master' }),
    ).toEqual({
      ok: true,
      value: {
        perSecond: 'max',
        forMs: 90_000,
        writers: 4,
        wait: { replicas: 0, timeoutMs: 50, isOnDisk: true },
        at: 'master',
      },
    })
    expect(['500ms', '20', '20s'].map((text) => readProbe({ for: text }))).toMatchObject([
      { value: { forMs: 500 } },
      { value: { forMs: 20_000 } },
      { value: { forMs: 20_000 } },
    ])
  })

  it.each([
    [{ rate: '0' }, '--rate'],
    [{ for: '50ms' }, '--for'],
    [{ for: '1h' }, '--for'],
    [{ writers: '65' }, '--writers'],
    [{ wait: '0' }, '--wait'],
    [{ wait: '1', waitaof: '1' }, '--waitaof'],
    [{ waitTimeout: '10' }, '--wait-timeout'],
    [{ wait: '1', waitTimeout: '0' }, '--wait-timeout'],
  ])('is refused with %o', (flags, word) => {
    expect(readProbe(flags)).toMatchObject({ ok: false, problem: expect.stringContaining(word) })
  })

  const REPORT: LabProbeReport = {
    schema: 'repliscope/lab-probe@1',
    lab: 'lab',
    startedAt: '2026-01-02T10:00:00.000Z',
    stoppedAt: '2026-01-02T10:00:10.000Z',
    keys: 'repliscope:probe:0a1b2c3d:*',
    asked: { perSecond: 100, writers: 1, wait: { replicas: 1, timeoutMs: 1000, isOnDisk: false } },
    sent: 1000,
    acknowledged: 990,
    refused: 7,
    refusals: { READONLY: 7 },
    unknown: 3,
    heldBack: 12,
    confirmed: 980,
    countedOn: MASTER,
    reason: null,
    kept: 949,
    lost: 41,
    unknownKept: 1,
    unknownLost: 2,
    confirmedLost: 5,
    lostBytes: 3854,
    lostNumbers: [
      [100, 139],
      [200, 200],
    ],
    writeGapMs: 340,
    keptGapMs: 4120,
    overhead: {
      achievedPerSecond: 99.6,
      lateP50Ms: 1,
      lateP99Ms: 12.4,
      lateMaxMs: 30,
      ownShare: 0.012,
      processCpuShare: 0.05,
    },
  }
  const shown = (report: LabProbeReport) => renderProbe(report, { width: 120, hasColour: false }).join('\n')

  it('tells every write in words, and which were lost', () => {
    const text = shown(REPORT)
    expect(text).toContain(`41 of 990 acknowledged writes lost, by what ${MASTER} has: numbers 100 to 139, 200`)
    for (const row of [/refused +7 +READONLY 7/, /confirmed, lost +5/, /gap of kept +4\.1 s/, /lost bytes +3\.76 KB/])
      expect(text).toMatch(row)
    expect(text).toContain('100 writes/s of 100 asked for, 99 % no later than 12 ms, 1.2 % of the time')
  })

  it('calls nothing a zero that nobody counted', () => {
    const none = { kept: null, lost: null, unknownKept: null, unknownLost: null, confirmedLost: null, lostBytes: null }
    const text = shown({ ...REPORT, ...none, lostNumbers: null, countedOn: null, reason: 'nobody answers' })
    expect(text).toContain('What became of them was not counted: nobody answers')
    for (const name of ['kept', 'lost', 'lost bytes', 'unknown, kept', 'confirmed, lost'])
      expect(text).toMatch(new RegExp(`^${name} +not counted`, 'm'))
  })
})

describe('two runs of a drill side by side', () => {
  it('are a table of numbers, and the findings that only one of them raised', () => {
    const rows = [
      ['lost', '41', '0'],
      ['findings', 'no-auth, writes-blocked', 'no-auth, writes-at-edge'],
    ]
    const text = renderSideBySide(rows, { width: 120, hasColour: false }).join('\n')
    expect(text).toMatch(/lost +41 +0\n/)
    expect(text).toContain('only without the remedy: writes-blocked\nfindings only with it: writes-at-edge')
    expect(text).not.toContain('no-auth')
  })
})
