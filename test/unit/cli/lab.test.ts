import { describe, expect, it } from 'vitest'
import type { LabReport } from '../../../src-main/contract/lab.ts'
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
    expect(drill).toContain('1 process down; the process that keeps it tells no more, as in a drill')
    expect(drill).not.toContain('does not answer')
    expect(drill).toMatch(/master +runs/)
    expect(drill).toMatch(/sentinel-1 +down/)
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
