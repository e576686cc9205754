import { describe, expect, it } from 'vitest'
import type { Plan } from '../../../src-main/domain/plans/model.ts'
import { storiesOf, type ActionStory } from '../../../src-main/actions/journal-story.ts'
import { planUndo } from '../../../src-main/actions/undo-plan.ts'
import { verifyNow } from '../../../src-main/actions/verify-now.ts'
import { AutoClock } from './support/auto-clock.ts'
import { FakeDeployment } from './support/fake-deployment.ts'
import { confirmationOf, planFor } from './support/plan-for.ts'
import { runIt, scopeOf, switchoverPlan, type Rows } from './support/run.ts'

/** An action (by itself a switchover) that ends, as by SIGKILL, right after step `n`; what its journal tells. */
async function diedAfter(at: FakeDeployment, n: number, given?: Plan): Promise<ActionStory> {
  const journal: Rows = { rows: [], failsFrom: Infinity }
  const plan = given ?? (await switchoverPlan(at))
  await runIt(at, plan, {
    journal,
    ...(given === undefined ? {} : { confirmation: confirmationOf(given) }),
    onProgress: (progress) => {
      if (progress.n === n && progress.phase === 'done') throw new Error('killed')
    },
  }).catch(() => undefined)
  const rows = journal.rows.map((row, i) => ({
    seq: i + 1,
    at: i,
    action: 'a1',
    kind: row.kind,
    body: JSON.stringify(row.body),
    prev: '',
    hash: '',
  }))
  const [story] = storiesOf(rows, () => false)
  if (story === undefined) throw new Error('no story')
  return { ...story, scope: scopeOf(at) }
}

const look = (at: FakeDeployment, story: ActionStory) =>
  verifyNow(story, at.dialler(), { timeoutMs: 1000, now: at.clock.now })

describe('an action whose process died', () => {
  it('is unfinished, and its last step is told', async () => {
    const at = new FakeDeployment(new AutoClock())
    const story = await diedAfter(at, 2)
    expect(story).toMatchObject({ state: 'unfinished', action: 'switchover', lastStep: { n: 2, isAnswered: true } })
  })

  it('in a flush: keys now, and once it was sent the copies to make and the ways back', async () => {
    const before = new FakeDeployment(new AutoClock())
    const early = await look(before, await diedAfter(before, 2, await planFor(before, 'flushall')))
    expect(early.now).toContain('m:1 holds 1000 keys')
    expect(early.now.join('\n')).not.toContain('ways back')
    const at = new FakeDeployment(new AutoClock())
    const plan = await planFor(at, 'flushall')
    const late = await look(at, await diedAfter(at, plan.steps.length, plan))
    expect(late.pending).toHaveLength(3)
    expect(late.now).toContain('m:1 holds 0 keys')
    expect(late.now).toContain('copy now, each on its host:')
    expect(late.now.join('\n')).toMatch(/ways back that are still open.*of m:1, saved right before the flush/s)
  })

  it('before the failover: the fence is to be restored, the pause ends by itself', async () => {
    const at = new FakeDeployment(new AutoClock())
    const checkup = await look(at, await diedAfter(at, 2))
    expect(checkup.pending).toEqual([
      {
        title: 'restore the fence',
        node: 'm:1',
        commands: [
          ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
          ['CONFIG', 'REWRITE'],
        ],
      },
    ])
    expect(checkup.settled.join()).toContain('ended by itself')
  })

  it('after the promotion: the superseded master is to be demoted, the fence restored and kept', async () => {
    const at = new FakeDeployment(new AutoClock())
    const story = await diedAfter(at, 5)
    for (const sentinel of at.sentinels.values()) sentinel.master = 'r:1'
    const checkup = await look(at, story)
    expect(checkup.pending.map((undo) => undo.commands[0]?.join(' '))).toEqual([
      'REPLICAOF r 1',
      'CONFIG SET min-replicas-to-write 0',
    ])
    expect(checkup.pending[1]?.commands.at(-1)).toEqual(['CONFIG', 'REWRITE'])

    const plan = planUndo(story, checkup, 'production', 'p2', at.clock.now())
    const ran = await runIt(at, plan)
    expect(ran.result).toMatchObject({ ok: true, value: { state: 'succeeded' } })
    expect(at.server('m:1')).toMatchObject({ role: 'replica', follows: 'r:1' })
    expect(at.server('m:1').config.get('min-replicas-to-write')).toBe('0')
  })

  it('offers no demotion while the Sentinels do not name the other one', async () => {
    const at = new FakeDeployment(new AutoClock())
    const story = await diedAfter(at, 5)
    for (const sentinel of at.sentinels.values()) sentinel.master = 'm:1'
    expect((await look(at, story)).pending.map((undo) => undo.title)).toEqual(['restore the fence'])
  })

  it('is not taken back while a Sentinel is failing over, or two nodes say that they are master', async () => {
    const at = new FakeDeployment(new AutoClock())
    const story = await diedAfter(at, 2)
    const failed = async () =>
      planUndo(story, await look(at, story), 'production', 'p2', at.clock.now()).preflight.flatMap((one) =>
        one.status === 'failed' ? [one.check] : [],
      )
    expect(await failed()).toEqual([])
    at.sentinels.get('s:3')!.isFailingOver = true
    expect(await failed()).toEqual(['no-failover'])
    at.sentinels.get('s:3')!.isFailingOver = false
    at.server('r:1').role = 'master'
    expect(await failed()).toEqual(['one-master'])
    // A demoted master may be given its settings back at any time.
    at.server('m:1').role = 'replica'
    at.sentinels.get('s:3')!.isFailingOver = true
    expect(await failed()).toEqual([])
  })

  it('after the demotion: nothing is left, for the servers show the old values', async () => {
    const at = new FakeDeployment(new AutoClock())
    const checkup = await look(at, await diedAfter(at, 6))
    expect(checkup.pending).toEqual([])
  })

  it('is not taken back when the roles are others by then', async () => {
    const at = new FakeDeployment(new AutoClock())
    const story = await diedAfter(at, 5)
    for (const sentinel of at.sentinels.values()) sentinel.master = 'r:1'
    const plan = planUndo(story, await look(at, story), 'production', 'p2', at.clock.now())
    at.server('r:1').role = 'replica'
    at.server('r:2').role = 'master'
    at.received.length = 0
    expect((await runIt(at, plan)).result).toMatchObject({ ok: true, value: { state: 'stopped' } })
    expect(at.received).toEqual([])
  })
})
