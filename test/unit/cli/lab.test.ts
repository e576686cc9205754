import { describe, expect, it } from 'vitest'
import type { LabReport } from '../../../src-main/contract/lab.ts'
import { readFault } from '../../../src-main/app/fault-words.ts'
import { readLabUp } from '../../../src-main/hosts/cli/lab-words.ts'
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
