import { describe, expect, it } from 'vitest'
import { storiesOf } from '../../../src-main/actions/journal-story.ts'
import { AutoClock } from './support/auto-clock.ts'
import { FakeDeployment } from './support/fake-deployment.ts'
import { runIt, switchoverPlan, type Rows } from './support/run.ts'

const CLOSE = 'CONFIG SET min-replicas-to-write 999'
const OPEN = 'CONFIG SET min-replicas-to-write 0'

/** A group whose switchover is under way, with time behind it since the last save. */
async function group() {
  const at = new FakeDeployment(new AutoClock())
  at.clock.jump(5000)
  return { at, plan: await switchoverPlan(at) }
}

/** Another Sentinel is told to fail over when `s:1` was, and picks the other replica. */
function contest(at: FakeDeployment, afterMs = 0): void {
  let isBegun = false
  at.onCommand = (node, command) => {
    if (isBegun || node !== 's:1' || command[1] !== 'FAILOVER') return
    isBegun = true
    at.promotes = 'r:1'
    void at.clock.after(afterMs, () => void at.failOver(at.sentinels.get('s:2')!, 'r:2'))
  }
}

const outcomeOf = (ran: Awaited<ReturnType<typeof runIt>>) => {
  if (!ran.result.ok) throw new Error(JSON.stringify(ran.result.failure))
  return ran.result.value
}
const fences = (at: FakeDeployment) =>
  ['m:1', 'r:1', 'r:2'].map((node) => at.server(node).config.get('min-replicas-to-write'))

describe('another Sentinel that fails over right after ours', () => {
  it.each([0, 20, 100, 250])(
    'after %i ms: both replicas are closed, the one that ours promoted stays, and opens when all name it',
    async (afterMs) => {
      const { at, plan } = await group()
      contest(at, afterMs)
      const begin = at.onCommand
      const openedWhen: string[] = []
      const named = new Set<string>()
      at.onCommand = (node, command) => {
        begin(node, command)
        for (const one of at.sentinels.values()) named.add(one.master)
        if (node !== 'm:1' && command.join(' ') === OPEN)
          openedWhen.push([...at.sentinels.values()].map((one) => one.master).join(' '))
      }
      const outcome = outcomeOf(await runIt(at, plan))
      expect(outcome).toMatchObject({ state: 'succeeded', pending: [], advice: [] })
      const texts = at.texts()
      expect(texts).toEqual(expect.arrayContaining([`r:1 ${CLOSE}`, `r:2 ${CLOSE}`, 'm:1 REPLICAOF r 1']))
      expect(openedWhen).toEqual(['r:1 r:1 r:1', 'r:1 r:1 r:1'])
      expect([...named].sort()).toEqual(['m:1', 'r:1'])
      expect(fences(at)).toEqual(['0', '0', '0'])
      expect([...at.servers.values()].map((one) => one.role)).toEqual(['replica', 'master', 'replica'])
      if (afterMs < 100) expect(texts.indexOf(`r:1 ${CLOSE}`)).toBeLessThan(texts.indexOf('m:1 REPLICAOF r 1'))
    },
  )

  it('is told of in the outcome, with what closed the replicas', async () => {
    const { at, plan } = await group()
    contest(at)
    const { verification } = outcomeOf(await runIt(at, plan))
    const said = verification.map((one) => `${one.what}: ${one.evidence}`).join('\n')
    expect(said).toContain('s:2 fails over m:1 at the same time')
    expect(verification.every((one) => one.isSo === true)).toBe(true)
  })

  it('cannot hide what the other one acknowledged before it was closed: the run has failed, the loss is named', async () => {
    const { at, plan } = await group()
    contest(at)
    const begin = at.onCommand
    at.onCommand = (node, command) => {
      begin(node, command)
      if (`${node} ${command.join(' ')}` !== `r:2 ${CLOSE}`) return
      at.server('r:2').changes += 3
      at.server('r:2').offset += 300
    }
    const { state, verification } = outcomeOf(await runIt(at, plan))
    expect(state).toBe('failed')
    expect(verification.filter((one) => one.isSo !== true)).toEqual([
      {
        what: 'r:2, which was a master in between, took no write',
        isSo: false,
        evidence: 'what it acknowledged is lost: up to 3 changes among them, by rdb_changes_since_last_save',
      },
    ])
  })

  /** Both have seen their own choice as master, at one epoch, before anybody could look. */
  const tie = (at: FakeDeployment): void => {
    const alone = at.failOver.bind(at)
    let isTied = false
    at.failOver = async (by) => {
      if (isTied) return alone(by)
      isTied = true
      by.isFailingOver = true
      await new Promise<void>((resolve) => void at.clock.after(200, resolve))
      for (const [sentinel, node] of [
        ['s:1', 'r:1'],
        ['s:2', 'r:2'],
      ] as const) {
        Object.assign(at.sentinels.get(sentinel)!, { master: node, epoch: 1, isFailingOver: false })
        Object.assign(at.server(node), { role: 'master', follows: undefined, secondOffset: 1001 })
      }
    }
  }

  it('is ended by one more failover when both are named at one epoch, with everybody closed', async () => {
    const { at, plan } = await group()
    tie(at)
    let closed: readonly (string | undefined)[] = []
    at.onCommand = (node, command) => {
      // Each has the other's master follow its own.
      if (command[1] === 'FAILOVER' && at.server('r:1').role === 'master') {
        closed = fences(at)
        Object.assign(at.server('r:1'), { role: 'replica', follows: 'r:2' })
        Object.assign(at.server('r:2'), { role: 'replica', follows: 'r:1' })
        at.promotes = 'r:2'
      }
    }
    const outcome = outcomeOf(await runIt(at, plan))
    expect(outcome).toMatchObject({ state: 'succeeded', pending: [], advice: [] })
    expect(closed).toEqual(['999', '999', '999'])
    expect(fences(at)).toEqual(['0', '0', '0'])
    expect(at.texts().filter((text) => text.includes('FAILOVER'))).toHaveLength(2)
    expect([...at.servers.values()].map((one) => one.role)).toEqual(['replica', 'replica', 'master'])
  })

  it('stays closed where the Sentinels do not come to agree: failed, with what is left to be taken back', async () => {
    const { at, plan } = await group()
    tie(at)
    at.fault = (_, command, index) => (command[1] === 'FAILOVER' && index > 5 ? 'refuse' : undefined)
    const outcome = outcomeOf(await runIt(at, plan))
    expect(outcome.state).toBe('failed')
    expect(outcome.pending.map((undo) => undo.title).sort()).toEqual([
      'restore the fence of m:1',
      'restore the fence of r:1',
      'restore the fence of r:2',
    ])
    expect(outcome.advice.join()).toContain('repliscope act --undo a1')
    expect(fences(at)).toEqual(['999', '999', '999'])
    // Each is somebody's master: which one goes is for the Sentinels to say.
    expect(at.texts().filter((text) => /r:\d REPLICAOF/.test(text))).toEqual([])
  })

  it('finds nothing to close when it is alone', async () => {
    const { at, plan } = await group()
    expect(outcomeOf(await runIt(at, plan)).state).toBe('succeeded')
    expect(at.texts().filter((text) => text.includes('999'))).toEqual([])
  })

  it('leaves in the journal what a program that died in it has closed', async () => {
    const { at, plan } = await group()
    contest(at)
    const journal: Rows = { rows: [], failsFrom: Infinity }
    await runIt(at, plan, {
      journal,
      onProgress: ({ n, phase }) => {
        if (n === 6 && phase === 'done') throw new Error('killed')
      },
    }).catch(() => undefined)
    const rows = journal.rows.map((row, i) => ({
      ...{ seq: i + 1, at: i, action: 'a1', kind: row.kind, body: JSON.stringify(row.body), prev: '', hash: '' },
    }))
    const [story] = storiesOf(rows, () => false)
    expect(story?.pending).toContainEqual({
      title: 'restore the fence of r:2',
      node: 'r:2',
      commands: [
        ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
        ['CONFIG', 'REWRITE'],
      ],
    })
    expect(story?.pending.map((undo) => undo.title)).toContain('restore the fence of r:1')
  })
})
