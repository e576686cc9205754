import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDestructive } from '../../../src-main/domain/plans/command-words.ts'
import { fail } from '../../../src-main/domain/failure.ts'
import { AutoClock } from './support/auto-clock.ts'
import { FakeDeployment, type Fault } from './support/fake-deployment.ts'
import { CONFIRMED, runIt, switchoverPlan } from './support/run.ts'

const world = (options = {}): FakeDeployment => new FakeDeployment(new AutoClock(), options)
const of = (ran: Awaited<ReturnType<typeof runIt>>) => {
  if (!ran.result.ok) throw new Error(JSON.stringify(ran.result.failure))
  return ran.result.value
}
/** The fence is down and nobody is held up. */
const isAsBefore = (at: FakeDeployment): boolean =>
  at.server('m:1').config.get('min-replicas-to-write') === '0' && !at.server('m:1').isPaused

describe('a run', () => {
  it('does every step in order, journals each before and after, and lets the servers decide', async () => {
    const at = world()
    const ran = await runIt(at, await switchoverPlan(at))
    expect(of(ran)).toMatchObject({ state: 'succeeded', pending: [] })
    expect(at.texts()).toEqual([
      'm:1 CONFIG SET min-replicas-to-write 2',
      'm:1 CLIENT PAUSE 2500 WRITE',
      's:1 SENTINEL FAILOVER g',
      'm:1 MULTI',
      'm:1 REPLICAOF r 1',
      'm:1 CONFIG SET min-replicas-to-write 0',
      'm:1 CONFIG REWRITE',
      'm:1 CLIENT KILL TYPE normal',
      'm:1 CLIENT KILL TYPE pubsub',
      'm:1 EXEC',
      'm:1 CLIENT UNPAUSE',
    ])
    // The fake Sentinel promotes some 200 ms after it was asked, within the pause.
    const { writableMs = 0, clientsMovedMs = 0 } = of(ran).handOver ?? {}
    expect(writableMs).toBeGreaterThanOrEqual(200)
    expect(writableMs).toBeLessThan(2500)
    expect(clientsMovedMs).toBeGreaterThanOrEqual(writableMs)
    const kinds = ran.journal.rows.map((row) => row.kind)
    expect(kinds[0]).toBe('action-started')
    expect(kinds.at(-1)).toBe('action-ended')
    expect(kinds.filter((kind) => kind === 'step-sending')).toHaveLength(7)
    expect(kinds.filter((kind) => kind === 'step-answered')).toHaveLength(7)
    // read before the first step and before the one that cannot be undone
    expect(kinds.filter((kind) => kind === 'facts-read')).toHaveLength(2)
  })

  it('has each row on the disk before its command goes out', async () => {
    const at = world()
    const journal = { rows: [] as { kind: string; body: unknown }[], failsFrom: Infinity }
    const seen: string[] = []
    at.onCommand = (_, command) => {
      if (command[0] === 'ROLE' || command[0] === 'INFO') return
      const last = journal.rows.findLast((row) => row.kind === 'step-sending')
      if (command[0] === 'SENTINEL' && command[1] === 'FAILOVER') seen.push(JSON.stringify(last?.body))
    }
    await runIt(at, await switchoverPlan(at), { journal })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toContain('FAILOVER')
  })

  // The Sentinels hear of the new master later than this, after the first look at the servers.
  const beforeDemotion = (at: FakeDeployment, change: (master: ReturnType<FakeDeployment['server']>) => void) => {
    at.onCommand = (node, [name]) => {
      if (node === 'm:1' && name === 'MULTI') change(at.server('m:1'))
    }
  }

  it.each([
    ['writes', 690, { changes: 5 }, '690 bytes lost; up to 5 changes among them'],
    ['bytes behind a save', 690, { changes: 0, saves: 1 }, '690 bytes lost; writes or the hellos of Sentinels'],
    ['as many bytes as two PINGs', 28, { changes: 1 }, '28 bytes lost; up to one change among them'],
  ])('tells of lost %s, and of all the rest once it stands', async (_, bytes, seen, words) => {
    const at = world()
    at.clock.jump(5000)
    const plan = await switchoverPlan(at)
    beforeDemotion(at, (master) => Object.assign(master, { ...seen, offset: master.offset + bytes }))
    const { state, verification } = of(await runIt(at, plan))
    expect(state).toBe('failed')
    const wrong = verification.filter((one) => one.isSo !== true)
    expect(wrong.map((one) => one.what)).toEqual(['no write of the old master is missing'])
    expect(wrong[0]?.evidence).toContain(words)
  })

  it.each([
    [994, 'no client write among them'],
    [14, 'one keep-alive PING'],
  ])('has succeeded when the %i bytes missing hold no write, and says so', async (bytes, words) => {
    const at = world()
    at.clock.jump(5000)
    Object.assign(at.server('m:1'), { changes: 77 })
    const plan = await switchoverPlan(at)
    beforeDemotion(at, (master) => (master.offset += bytes))
    const { state, verification } = of(await runIt(at, plan))
    expect(state).toBe('succeeded')
    const seen = verification.find((one) => one.what === 'no write of the old master is missing')
    expect(seen?.evidence).toContain(`${bytes} bytes missing; ${words}`)
  })

  it('follows the one that really won', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.promotes = 'r:2'
    expect(of(await runIt(at, plan)).state).toBe('succeeded')
    expect(at.texts()).toContain('m:1 REPLICAOF r 2')
  })

  it.each([
    ['another text', { ...CONFIRMED, text: 'G' }, 'refused-by-guard'],
    ['no text', { ...CONFIRMED, text: '' }, 'refused-by-guard'],
    ['a production that is not armed', { ...CONFIRMED, isArmed: false }, 'refused-by-guard'],
  ])('refuses %s, with nothing sent and nothing journalled', async (_, confirmation, kind) => {
    const at = world()
    const ran = await runIt(at, await switchoverPlan(at), { confirmation })
    expect(ran.result).toMatchObject({ ok: false, failure: { kind } })
    expect([at.received, ran.journal.rows]).toEqual([[], []])
  })

  it('refuses an expired plan, a failed check, a warning that was not acknowledged, and one without its note', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.clock.jump(60_000)
    expect((await runIt(at, plan)).result).toMatchObject({ ok: false, failure: { kind: 'stale-plan' } })
    const failed = await switchoverPlan(at, { preflight: [{ check: 'quorum', status: 'failed', evidence: '1 of 2' }] })
    const acknowledged = { ...CONFIRMED, acknowledged: ['quorum', 'cool-down'], note: 'why' }
    expect((await runIt(at, failed, { confirmation: acknowledged })).result.ok).toBe(false)
    const warned = await switchoverPlan(at, {
      preflight: [{ check: 'cool-down', status: 'warned', evidence: '3 s ago', needsNote: true }],
    })
    expect((await runIt(at, warned)).result.ok).toBe(false)
    expect((await runIt(at, warned, { confirmation: { ...acknowledged, note: ' ' } })).result.ok).toBe(false)
    expect(at.received).toEqual([])
    expect(of(await runIt(at, warned, { confirmation: acknowledged })).state).toBe('succeeded')
  })

  it('refuses while the lock is held', async () => {
    const at = world()
    const ran = await runIt(at, await switchoverPlan(at), {
      lock: () => fail({ kind: 'refused-by-guard', detail: 'another action' }),
    })
    expect([ran.result.ok, at.received.length]).toEqual([false, 0])
  })
})

describe('the fingerprint', () => {
  it.each([
    ['another master', (at: FakeDeployment) => void (at.server('r:1').role = 'master')],
    [
      'a restarted master',
      (at: FakeDeployment) => void ((at.server('m:1') as { runId: string }).runId = 'x'.repeat(40)),
    ],
    [
      'a failover under way',
      (at: FakeDeployment) => {
        for (const one of at.sentinels.values()) one.isFailingOver = true
      },
    ],
    [
      'a setting that somebody changed',
      (at: FakeDeployment) => void at.server('m:1').config.set('min-replicas-to-write', '1'),
    ],
    ['a replica that is gone', (at: FakeDeployment) => void (at.server('r:2').isUp = false)],
    [
      'another action on the master',
      (at: FakeDeployment) => void at.server('m:1').clientNames.push('repliscope-act-other'),
    ],
  ])('stops before the first step: %s', async (_, change) => {
    const at = world()
    const plan = await switchoverPlan(at)
    change(at)
    const outcome = of(await runIt(at, plan))
    expect(outcome.state).toBe('stopped')
    expect(at.received).toEqual([])
  })

  it('stops before the step that cannot be undone and takes everything back', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.onCommand = (_, command) => {
      if (command[0] === 'CLIENT' && command[1] === 'PAUSE') at.sentinels.get('s:2')!.epoch += 1
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome).toMatchObject({ state: 'stopped', pending: [] })
    expect(outcome.reason).toContain('stale-plan')
    expect(at.texts().some((text) => text.includes('FAILOVER'))).toBe(false)
    expect(isAsBefore(at)).toBe(true)
  })
})

describe('a Sentinel that fails over by itself meanwhile', () => {
  // What went out when it began: the fence, the pause.
  const begins = ['SET', 'PAUSE'] as const

  it.each(begins)('from %s on: nothing is let go, its winner is followed, the old master is demoted', async (word) => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.promotes = 'r:2'
    let isBegun = false
    let wasOpened = false
    at.onCommand = (node, command) => {
      const isOld = node === 'm:1' && at.server('m:1').role === 'master'
      if (isBegun && isOld && (command[1] === 'UNPAUSE' || command[3] === '0')) {
        const isDemotion =
          at.texts().at(-1)?.startsWith('m:1 MULTI') === true || at.texts().includes('m:1 REPLICAOF r 2')
        if (!isDemotion) wasOpened = true
      }
      if (isBegun || command[1] !== word) return
      isBegun = true
      void at.failOver(at.sentinels.get('s:2')!)
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome).toMatchObject({ state: 'succeeded', pending: [] })
    expect(wasOpened).toBe(false)
    expect(at.texts().some((text) => text.includes('SENTINEL FAILOVER'))).toBe(false)
    expect(at.texts()).toContain('m:1 REPLICAOF r 2')
    expect(outcome.steps.map((one) => [one.n, one.state])).toContainEqual([4, 'skipped'])
    expect(at.server('m:1')).toMatchObject({ role: 'replica', isPaused: false })
    expect(at.server('m:1').config.get('min-replicas-to-write')).toBe('0')
  })

  it('is waited for when it comes to nothing, and then everything is taken back', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.onCommand = (_, command) => {
      if (command[1] !== 'PAUSE') return
      const busy = at.sentinels.get('s:3')!
      busy.isFailingOver = true
      void at.clock.after(6000, () => (busy.isFailingOver = false))
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome).toMatchObject({ state: 'failed', pending: [] })
    expect(at.texts()).toContain('m:1 CONFIG SET min-replicas-to-write 999')
    expect(isAsBefore(at)).toBe(true)
  })

  it('is not helped by a person who cancels: it is gone on with', async () => {
    const at = world()
    const stop = new AbortController()
    at.onCommand = (_, command) => {
      if (command[1] !== 'PAUSE') return
      void at.failOver(at.sentinels.get('s:3')!)
      stop.abort()
    }
    expect(of(await runIt(at, await switchoverPlan(at), { signal: stop.signal }))).toMatchObject({ pending: [] })
    expect(at.server('m:1').role).toBe('replica')
  })
})

describe('a master that no longer answers', () => {
  it('keeps its fence: what is to be taken back is told, and not sent', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.onCommand = (_, command) => {
      if (command[1] === 'PAUSE') at.delay = (node) => (node === 'm:1' ? 60_000 : 0)
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome.state).toBe('failed')
    expect(outcome.reason).toContain('nothing is taken back: m:1 does not answer')
    expect(outcome.pending.map((undo) => undo.title)).toEqual(['let writes go on', 'restore the fence'])
    expect(at.server('m:1').config.get('min-replicas-to-write')).toBe('2')
  })
})

describe('trouble before the point of no return', () => {
  it.each([
    ['refuse', 'm:1 CONFIG'],
    ['lose-answer', 'm:1 CONFIG'],
    ['lose-command', 'm:1 CONFIG'],
    ['close', 'm:1 CONFIG'],
    ['refuse', 'm:1 CLIENT'],
    ['lose-answer', 'm:1 CLIENT'],
    ['close', 'm:1 CLIENT'],
    ['refuse', 's:1 SENTINEL'],
    ['close', 'nothing'],
  ] as readonly (readonly [Fault, string])[])('%s at "%s": everything is as before', async (fault, where) => {
    const at = world()
    const plan = await switchoverPlan(at)
    let hits = 0
    at.fault = (node, command) => (`${node} ${command[0]}` === where && hits++ === 0 ? fault : undefined)
    const outcome = of(await runIt(at, plan))
    if (where === 'nothing') expect(outcome.state).toBe('succeeded')
    else {
      expect(outcome).toMatchObject({ state: 'failed', pending: [] })
      expect(at.server('m:1').role).toBe('master')
      expect(isAsBefore(at)).toBe(true)
    }
  })

  it('gives up when a replica that could win does not catch up within the pause', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.server('r:2').offset = 10
    const outcome = of(await runIt(at, plan))
    expect(outcome).toMatchObject({ state: 'failed', pending: [] })
    expect(outcome.reason).toContain('r:2 lacks 990 bytes')
    expect(at.texts().some((text) => text.includes('FAILOVER'))).toBe(false)
    expect(isAsBefore(at)).toBe(true)
  })

  it('tells what could not be taken back', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.fault = (_, command) => (command[0] === 'CLIENT' ? 'close' : command[3] === '0' ? 'refuse' : undefined)
    const outcome = of(await runIt(at, plan))
    expect(outcome.pending.map((undo) => undo.title)).toContain('restore the fence')
  })

  it('stops between steps when cancelled, and takes back', async () => {
    const at = world()
    const stop = new AbortController()
    const ran = await runIt(at, await switchoverPlan(at), {
      signal: stop.signal,
      onProgress: (progress) => progress.n === 2 && progress.phase === 'done' && stop.abort(),
    })
    expect(of(ran).state).toBe('stopped')
    expect(isAsBefore(at)).toBe(true)
  })
})

describe('the pause', () => {
  it.each([
    [
      'a Sentinel that hangs',
      (at: FakeDeployment) => (at.delay = (node, [name]) => (node === 's:1' && name === 'ROLE' ? 5000 : 0)),
    ],
    [
      'a Sentinel that is slow',
      (at: FakeDeployment) => (at.delay = (node, [name]) => (node === 's:1' && name === 'ROLE' ? 1600 : 0)),
    ],
    [
      'a re-reading that takes too long',
      (at: FakeDeployment) => (at.delay = (node, [name]) => (node === 's:3' && name === 'SENTINEL' ? 900 : 0)),
    ],
  ])('is never used up before the failover: %s', async (_, slow) => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.onCommand = (node, command) => {
      if (command[1] === 'PAUSE') {
        slow(at)
        // and the replicas need a while, too, each time
        at.server('r:2').offset = 10
        void at.clock.after(1000, () => (at.server('r:2').offset = 1000))
      }
      if (node === 's:1' && command[1] === 'FAILOVER') throw new Error('sent too late')
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome.state).not.toBe('succeeded')
    expect(at.texts().some((text) => text.includes('FAILOVER'))).toBe(false)
    expect(isAsBefore(at)).toBe(true)
  })

  it('is not used up by a disk that is slow either', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    const rows: { kind: string; body: unknown }[] = []
    const push = rows.push.bind(rows)
    rows.push = (row) => {
      if (JSON.stringify(row.body).includes('"FAILOVER"') && row.kind === 'step-sending') at.clock.jump(2000)
      return push(row)
    }
    const outcome = of(await runIt(at, plan, { journal: { rows, failsFrom: Infinity } }))
    expect(outcome).toMatchObject({ state: 'failed', pending: [] })
    expect(outcome.reason).toContain('too little of the pause is left')
    expect(isAsBefore(at)).toBe(true)
  })

  it.each([
    ['the failover', '"FAILOVER"'],
    ['the comparison', '"n":3,'],
  ])('is taken once more, with time for writes in between, when it was used up before %s', async (_, row) => {
    const at = world()
    const plan = await switchoverPlan(at)
    const rows: { kind: string; body: unknown }[] = []
    const push = rows.push.bind(rows)
    let isSlow = true
    rows.push = (one) => {
      if (isSlow && one.kind === 'step-sending' && JSON.stringify(one.body).includes(row)) {
        isSlow = false
        at.clock.jump(2000)
      }
      return push(one)
    }
    const times: number[] = []
    at.onCommand = (_, command) => {
      if (command[1] === 'PAUSE' || (command[1] === 'UNPAUSE' && times.length < 3)) times.push(at.clock.now())
    }
    const outcome = of(await runIt(at, plan, { journal: { rows, failsFrom: Infinity } }))
    expect(outcome).toMatchObject({ state: 'succeeded', pending: [] })
    expect(outcome.steps.map((one) => [one.n, one.state])).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => [n, 'done']))
    const [, ended = 0, again = 0] = times
    expect(again - ended).toBeGreaterThanOrEqual(1000)
    expect(at.texts().filter((text) => text.includes('FAILOVER'))).toHaveLength(1)
    // Its times are those of the pause in which it happened.
    expect(outcome.handOver?.writableMs).toBeLessThan(2500)
  })

  it('is taken three times at most', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    const rows: { kind: string; body: unknown }[] = []
    const push = rows.push.bind(rows)
    rows.push = (row) => {
      if (JSON.stringify(row.body).includes('"FAILOVER"') && row.kind === 'step-sending') at.clock.jump(2000)
      return push(row)
    }
    const outcome = of(await runIt(at, plan, { journal: { rows, failsFrom: Infinity } }))
    expect(outcome).toMatchObject({ state: 'failed', pending: [] })
    expect(at.texts().filter((text) => text.includes('PAUSE 2500'))).toHaveLength(3)
    expect(isAsBefore(at)).toBe(true)
  })

  it('is followed by the closed fence in time although a candidate hangs', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    let pausedAt = 0
    let closedAt = 0
    let isFailingOver = false
    at.delay = (node) => (node === 'r:2' && isFailingOver ? 10_000 : 0)
    const original = at.failOver.bind(at)
    at.failOver = async (by) => {
      isFailingOver = true
      by.isFailingOver = true
      await new Promise<void>((resolve) => void at.clock.after(4000, resolve))
      isFailingOver = false
      await original(by)
    }
    at.onCommand = (_, command) => {
      if (command[1] === 'PAUSE') pausedAt = at.clock.now()
      if (command[3] === '999') closedAt = at.clock.now()
    }
    await runIt(at, plan)
    expect(closedAt).toBeGreaterThan(pausedAt)
    expect(closedAt - pausedAt).toBeLessThan(2500)
    expect(at.server('m:1').config.get('min-replicas-to-write')).toBe('0')
  })
})

describe('trouble after it', () => {
  it('goes on when the answer to the failover never came', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.fault = (_, command) => (command[1] === 'FAILOVER' ? 'lose-answer' : undefined)
    expect(of(await runIt(at, plan))).toMatchObject({ state: 'succeeded' })
    expect(at.server('m:1').role).toBe('replica')
  })

  it('takes everything back when the failover command was never carried out', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.fault = (_, command) => (command[1] === 'FAILOVER' ? 'lose-command' : undefined)
    expect(of(await runIt(at, plan))).toMatchObject({ state: 'failed', pending: [] })
    expect(isAsBefore(at)).toBe(true)
    expect(at.server('m:1').role).toBe('master')
  })

  it('demotes the old master all the same when Sentinel was failing over by itself', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.onCommand = (_, command) => {
      const sentinel = at.sentinels.get('s:1')
      if (command[1] === 'FAILOVER' && sentinel !== undefined && !sentinel.isFailingOver) void at.failOver(sentinel)
    }
    expect(of(await runIt(at, plan)).state).toBe('succeeded')
    expect(at.server('m:1').role).toBe('replica')
  })

  it('takes its fence away when Sentinel has demoted the old master first', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    at.onCommand = (node, command) => {
      if (node !== 'r:1' || command[0] !== 'ROLE' || at.server('r:1').role !== 'master') return
      const old = at.server('m:1')
      old.role = 'replica'
      old.follows = 'r:1'
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome.pending).toEqual([])
    expect(at.texts()).not.toContain('m:1 REPLICAOF r 1')
    expect(at.texts().slice(-3)).toEqual([
      'm:1 CONFIG SET min-replicas-to-write 0',
      'm:1 CONFIG REWRITE',
      'm:1 CLIENT UNPAUSE',
    ])
    // How far the old master had come is not known then, and that is said.
    expect(outcome.verification.find((one) => one.what.includes('no write'))).toMatchObject({ isSo: undefined })
  })

  it('raises the fence when nobody is master and the pause nears its end', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    let isHeld = true
    const original = at.failOver.bind(at)
    at.failOver = async (by) => {
      by.isFailingOver = true
      while (isHeld) await new Promise<void>((resolve) => void at.clock.after(50, resolve))
      await original(by)
    }
    at.onCommand = (_, command) => {
      if (command[3] === '999') isHeld = false
    }
    const outcome = of(await runIt(at, plan))
    expect(outcome.state).toBe('succeeded')
    expect(at.texts()).toContain('m:1 CONFIG SET min-replicas-to-write 999')
    expect(at.server('m:1').config.get('min-replicas-to-write')).toBe('0')
  })

  it.each(['lose-answer', 'lose-command', 'close'] as const)(
    'demotes once more only when it has not happened: %s',
    async (fault) => {
      const at = world()
      const plan = await switchoverPlan(at)
      let hits = 0
      at.fault = (_, command) =>
        command[0] === 'EXEC' || (command[0] === 'REPLICAOF' && fault !== 'lose-answer')
          ? hits++ === 0
            ? fault
            : undefined
          : undefined
      await runIt(at, plan)
      expect(at.server('m:1')).toMatchObject({ role: 'replica', follows: 'r:1' })
    },
  )

  it('finishes although the journal cannot be written any more, and says so', async () => {
    const at = world()
    const plan = await switchoverPlan(at)
    const journal = { rows: [] as { kind: string; body: unknown }[], failsFrom: Infinity }
    at.onCommand = (_, command) => {
      if (command[1] === 'FAILOVER') journal.failsFrom = 0
    }
    const ran = await runIt(at, plan, { journal })
    expect(of(ran).state).toBe('succeeded')
    expect(ran.warnings.length).toBeGreaterThan(0)
    expect(at.server('m:1').role).toBe('replica')
  })
})

describe('a journal that cannot be written', () => {
  it('lets nothing begin', async () => {
    const at = world()
    const ran = await runIt(at, await switchoverPlan(at), { journal: { rows: [], failsFrom: 1 } })
    expect([ran.result.ok, at.received.length]).toEqual([false, 0])
  })

  it.each([2, 3, 4, 5, 6, 7, 8, 9])(
    'from row %i on: stopped before the point of no return, all taken back',
    async (failsFrom) => {
      const at = world()
      const ran = await runIt(at, await switchoverPlan(at), { journal: { rows: [], failsFrom } })
      const outcome = of(ran)
      expect(outcome.state).not.toBe('succeeded')
      expect(at.texts().some((text) => text.includes('FAILOVER'))).toBe(false)
      expect(isAsBefore(at)).toBe(true)
    },
  )
})

describe('whatever goes wrong', () => {
  const fault = fc.constantFrom<Fault | undefined>(
    undefined,
    undefined,
    undefined,
    'lose-answer',
    'lose-command',
    'refuse',
    'close',
  )
  const disturbance = fc.constantFrom(
    'none',
    'role',
    'run-id',
    'failover',
    'config',
    'replica-down',
    'sentinel-down',
    'master-down',
  )

  it('no destructive command is sent without a matching, confirmed, unexpired plan that says so', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          faults: fc.array(fault, { maxLength: 16 }),
          text: fc.constantFrom('g', 'g', 'g', '', 'x'),
          isArmed: fc.constantFrom(true, true, false),
          lateMs: fc.constantFrom(0, 0, 59_000, 60_000, 90_000),
          status: fc.constantFrom('passed' as const, 'passed' as const, 'warned' as const, 'failed' as const),
          acknowledged: fc.constantFrom<readonly string[]>([], ['check']),
          failsFrom: fc.constantFrom(Infinity, Infinity, 1, 3, 5, 8, 11, 14),
          disturbance,
          disturbedAt: fc.nat(12),
          cancelAt: fc.constantFrom(undefined, undefined, 1, 2, 3, 4, 5),
        }),
        async (input) => {
          const at = world()
          const plan = await switchoverPlan(at, {
            preflight: [{ check: 'check', status: input.status, evidence: 'seen' }],
          })
          at.clock.jump(input.lateMs)
          at.fault = (_, __, index) => input.faults[index - 1]
          let seen = 0
          at.onCommand = () => {
            if (seen++ === input.disturbedAt * 3) disturb(at, input.disturbance)
          }
          const stop = new AbortController()
          const confirmation = {
            text: input.text,
            isArmed: input.isArmed,
            acknowledged: input.acknowledged,
            note: 'why',
          }
          const ran = await runIt(at, plan, {
            confirmation,
            journal: { rows: [], failsFrom: input.failsFrom },
            signal: stop.signal,
            onProgress: (one) => one.n === input.cancelAt && stop.abort(),
          })
          const isAllowed =
            input.text === 'g' &&
            input.isArmed &&
            input.lateMs < 60_000 &&
            (input.status === 'passed' || (input.status === 'warned' && input.acknowledged.includes('check')))
          if (!isAllowed) {
            expect(ran.result.ok).toBe(false)
            expect(at.received).toEqual([])
            return
          }
          const planned = new Set([
            ...plan.steps.flatMap((one) => one.commands.map((command) => `${one.node} ${command.join(' ')}`)),
            // whom it follows is who won
            'm:1 REPLICAOF r 2',
          ])
          for (const { node, command } of at.received)
            if (isDestructive(command)) expect(planned).toContain(`${node} ${command.join(' ')}`)
          // one Sentinel is asked, once, and the old master is demoted only behind a promoted replica
          const failovers = at.texts().filter((text) => text.includes('FAILOVER'))
          expect(failovers.length).toBeLessThanOrEqual(1)
          if (at.texts().some((text) => text.includes('REPLICAOF')))
            expect(
              [...at.servers.values()].some(
                (one) => one.node !== 'm:1' && one.runId !== '' && (one.role === 'master' || one.secondOffset > 0),
              ),
            ).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })
})

function disturb(at: FakeDeployment, what: string): void {
  if (what === 'role') at.server('r:2').role = 'master'
  if (what === 'run-id') (at.server('r:1') as { runId: string }).runId = 'z'.repeat(40)
  if (what === 'failover') at.sentinels.get('s:3')!.isFailingOver = true
  if (what === 'config') at.server('m:1').config.set('min-replicas-to-write', '5')
  if (what === 'replica-down') at.server('r:2').isUp = false
  if (what === 'sentinel-down') at.sentinels.get('s:2')!.isUp = false
  if (what === 'master-down') at.server('m:1').isUp = false
}
