import { describe, expect, it } from 'vitest'
import { AutoClock } from './support/auto-clock.ts'
import { FakeDeployment, type Fault } from './support/fake-deployment.ts'
import { confirmationOf, planFor } from './support/plan-for.ts'
import { runIt } from './support/run.ts'

const world = (): FakeDeployment => new FakeDeployment(new AutoClock())

async function flush(at: FakeDeployment, options: Parameters<typeof planFor>[2] = {}, before?: () => void) {
  const plan = await planFor(at, 'flushall', options)
  before?.()
  const ran = await runIt(at, plan, { confirmation: confirmationOf(plan) })
  if (!ran.result.ok) throw new Error(JSON.stringify(ran.result.failure))
  return { outcome: ran.result.value, journal: ran.journal }
}
const flushes = (at: FakeDeployment): number => at.texts().filter((text) => text.includes('FLUSHALL')).length
const saveOf = (at: FakeDeployment): readonly (string | undefined)[] =>
  [...at.servers.values()].map((server) => server.config.get('save'))

describe('a flush', () => {
  it('empties every node and keeps what has to wait for a copy', async () => {
    const at = world()
    const { outcome, journal } = await flush(at)
    expect(outcome.state).toBe('succeeded')
    expect(outcome.verification.map((one) => one.what)).toEqual([
      'r:1 was emptied',
      'r:2 was emptied',
      'm:1 was emptied',
    ])
    expect(at.texts()).toEqual([
      'r:1 BGSAVE',
      'r:1 CONFIG SET save ',
      'r:2 BGSAVE',
      'r:2 CONFIG SET save ',
      'm:1 BGSAVE',
      'm:1 CONFIG SET save ',
      'm:1 FLUSHALL ASYNC',
    ])
    expect(saveOf(at)).toEqual(['', '', ''])
    expect(outcome.pending.map((undo) => `${undo.node} ${undo.commands.join(' ')}`)).toEqual([
      'm:1 CONFIG,SET,save,3600 1 CONFIG,REWRITE',
      'r:2 CONFIG,SET,save,3600 1 CONFIG,REWRITE',
      'r:1 CONFIG,SET,save,3600 1 CONFIG,REWRITE',
    ])
    expect(journal.rows.at(-1)?.kind).toBe('action-ended')
    for (const port of [1, 2, 3]) expect(outcome.advice).toContain(`    redis-cli -h s -p ${port} SENTINEL REMOVE g`)
  })

  it.each([
    ['refuse', 'BGSAVE'],
    ['lose-answer', 'BGSAVE'],
    ['close', 'BGSAVE'],
    ['refuse', 'CONFIG'],
    ['lose-answer', 'CONFIG'],
    ['refuse', 'FLUSHALL'],
  ] as readonly (readonly [Fault, string])[])(
    '%s at %s: nothing is destroyed, all settings are as before',
    async (fault, name) => {
      const at = world()
      let hits = 0
      at.fault = (node, command) => (node === 'm:1' && command[0] === name && hits++ === 0 ? fault : undefined)
      const { outcome } = await flush(at)
      expect(outcome).toMatchObject({ state: 'failed', pending: [], advice: [] })
      expect(at.server('m:1').dbs.get(0)).toBe(1000)
      expect(saveOf(at)).toEqual(['3600 1', '3600 1', '3600 1'])
    },
  )

  it('whose answer never came is looked for on the servers, and sent once', async () => {
    const done = world()
    done.fault = (_, command) => (command[0] === 'FLUSHALL' ? 'lose-answer' : undefined)
    expect((await flush(done)).outcome.state).toBe('succeeded')
    const lost = world()
    lost.fault = (_, command) => (command[0] === 'FLUSHALL' ? 'lose-command' : undefined)
    const { outcome } = await flush(lost)
    expect(outcome.state).toBe('failed')
    expect(outcome.verification.map((one) => [one.isSo, one.evidence])).toEqual([
      [false, '1000 keys'],
      [false, '1000 keys'],
      [false, '1000 keys'],
    ])
    expect([flushes(done), flushes(lost)]).toEqual([1, 1])
    expect(outcome.pending).toHaveLength(3)
  })

  it('counts as done where keys are written again at once', async () => {
    const at = world()
    at.onCommand = (_, command) => {
      if (command[0] === 'INFO') for (const server of at.servers.values()) if (server.flushes > 0) server.dbs.set(0, 7)
    }
    const { outcome } = await flush(at)
    expect(outcome.state).toBe('succeeded')
    expect(outcome.verification[0]?.evidence).toContain('7 keys were written since')
  })

  it.each([
    ['far more keys than were confirmed', (at: FakeDeployment) => void at.server('m:1').dbs.set(5, 400)],
    ['save points that somebody changed', (at: FakeDeployment) => void at.server('r:1').config.set('save', '60 1')],
    ['another master', (at: FakeDeployment) => void (at.server('r:1').role = 'master')],
  ])('is stopped by %s', async (_, change) => {
    const at = world()
    const { outcome } = await flush(at, {}, () => change(at))
    expect([outcome.state, at.received]).toEqual(['stopped', []])
  })

  it('is stopped, and takes back, when that happens while it makes the way back', async () => {
    const at = world()
    at.onCommand = (node, command) => {
      if (node === 'm:1' && command[0] === 'BGSAVE') at.server('m:1').dbs.set(5, 400)
    }
    const { outcome } = await flush(at)
    expect([outcome.state, outcome.pending, flushes(at)]).toEqual(['stopped', [], 0])
    expect(saveOf(at)).toEqual(['3600 1', '3600 1', '3600 1'])
  })

  it('no longer offers a dump file that was written since', async () => {
    const at = world()
    at.onCommand = (_, command) => {
      if (command[0] === 'FLUSHALL') for (const server of at.servers.values()) server.saves += 1
    }
    const { outcome } = await flush(at, { settings: { 'way-back': 'no' } })
    expect(outcome.state).toBe('succeeded')
    expect(outcome.advice.join('\n')).toContain('none on these nodes: only copies made elsewhere')
  })
})
