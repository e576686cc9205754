import { describe, expect, it, test } from 'vitest'
import type { ActionProgress } from '../../../src-main/contract/actions.ts'
import {
  clockText,
  formProblems,
  initialValues,
  intentFrom,
  kindsFor,
  liveSteps,
  otherLines,
  secondsText,
  standingChanges,
} from '../../../src-renderer/features/actions/action-words.ts'
import { remedyAction } from '../../../src-renderer/features/actions/remedy-action.ts'
import { answersOf } from '../../../src-renderer/features/journal/journal-words.ts'
import { failedOver, wellSlice } from '../support/samples.ts'
import { BGSAVE, CKQUORUM, CONFIG_SET, planSample, SWITCHOVER } from './samples.ts'

const KINDS = [SWITCHOVER, CONFIG_SET, BGSAVE, CKQUORUM]
const at = (kind: 'node' | 'link' | 'group', id: string) => ({ kind, id, group: 'orders' })

describe('what can be started from where', () => {
  it.each([
    ['the group', at('group', 'orders'), ['config-set', 'switchover']],
    ['the master', at('node', '10.0.0.5:6379'), ['config-set', 'bgsave', 'switchover']],
    ['a link, as its replica', at('link', '10.0.0.6:6379'), ['config-set', 'bgsave', 'switchover']],
    ['a Sentinel', at('node', '10.0.0.5:26379'), ['ckquorum']],
    ['a node that is not there', at('node', '9.9.9.9:1'), []],
  ])('%s: the gravest last', (_name, subject, expected) => {
    expect(kindsFor(KINDS, subject, wellSlice()).map((kind) => kind.action)).toEqual(expected)
  })

  it('a switchover that is started from a replica promotes that replica', () => {
    expect(initialValues(SWITCHOVER, at('node', '10.0.0.6:6379'), wellSlice())).toEqual({ to: '10.0.0.6:6379' })
    expect(initialValues(SWITCHOVER, at('node', '10.0.0.5:6379'), wellSlice())).toEqual({ to: '' })
  })

  it('a WAIT test begins with the replicas that can confirm: a chained one and one that is down never do', () => {
    const slice = wellSlice()
    const field = { ...SWITCHOVER.fields[0]!, key: 'replicas', kind: 'number', initial: '1' } as const
    const initial = (links: typeof slice.links) =>
      initialValues({ ...SWITCHOVER, fields: [field] }, at('group', 'orders'), { ...slice, links })['replicas']
    const [one, two, three] = slice.links.map((link) => ({
      ...link,
      upstream: slice.group.master,
      state: 'online' as const,
    }))
    expect(initial([one!, two!, three!])).toBe('3')
    expect(initial([one!, { ...two!, state: 'down' }, { ...three!, upstream: one!.replica, depth: 2 }])).toBe('1')
    expect(initial([])).toBe('1')
  })
})

describe('an intent from the form', () => {
  it('has settings by name, one a line, spaces and capitals of the name away', () => {
    const values = { settings: ' Repl-Backlog-Size = 256mb \n\nappendfsync=always' }
    expect(formProblems(CONFIG_SET, values)).toEqual({})
    expect(intentFrom(CONFIG_SET, at('node', '10.0.0.6:6379'), values)).toEqual({
      action: 'config-set',
      group: 'orders',
      node: '10.0.0.6:6379',
      to: null,
      settings: { 'repl-backlog-size': '256mb', appendfsync: 'always' },
    })
    expect(intentFrom(CONFIG_SET, at('group', 'orders'), values).node).toBeNull()
  })

  it('says what is missing or not readable', () => {
    expect(formProblems(CONFIG_SET, { settings: ' ' })).toEqual({ settings: 'is needed' })
    expect(formProblems(CONFIG_SET, { settings: 'a=1\nnonsense' })).toHaveProperty('settings')
  })
})

describe('a run as it is shown', () => {
  const line = (i: number, phase: ActionProgress['phase'], n: number, elapsedMs: number): ActionProgress => ({
    session: 's1',
    run: 'p1',
    i,
    phase,
    n,
    of: 4,
    title: '',
    command: null,
    node: null,
    elapsedMs,
    detail: phase === 'done' ? 'OK' : '',
  })

  it('has one line a step with its state and its time, the rest beside it', () => {
    const progress = [
      line(0, 'checking', 0, 1),
      line(1, 'sending', 1, 10),
      line(2, 'done', 1, 15),
      line(3, 'done', 2, 60),
      line(4, 'note', 2, 61),
      line(5, 'sending', 3, 70),
    ]
    const steps = liveSteps(planSample(), progress)
    expect(steps.map(({ n, state, startedMs, tookMs }) => [n, state, startedMs, tookMs])).toEqual([
      [1, 'done', 10, 5],
      // It only waited: from the end of the step before.
      [2, 'done', 15, 45],
      [3, 'sending', 61, null],
      [4, 'ahead', null, null],
    ])
    expect(steps[3]?.commands).toEqual([['ROLE'], ['CONFIG', 'REWRITE']])
    expect(otherLines(progress).map((one) => one.phase)).toEqual(['checking', 'note'])
  })

  it('says what a step waits for while it does, and what came of it afterwards', () => {
    const noted = { ...line(2, 'note', 2, 20), detail: 'waiting for somebody to start it' }
    const waiting = [line(0, 'done', 1, 5), line(1, 'waiting', 2, 10), noted]
    expect(liveSteps(planSample(), waiting)[1]).toMatchObject({ state: 'waiting', detail: noted.detail })
    const over = [...waiting, line(3, 'done', 2, 30)]
    expect(liveSteps(planSample(), over)[1]).toMatchObject({ state: 'done', detail: 'OK' })
  })

  it('a step whose answer never came is neither done nor failed', () => {
    expect(liveSteps(planSample(), [line(0, 'sending', 1, 1), line(1, 'unknown', 1, 5000)])[0]?.state).toBe('unknown')
  })
})

test('before and now: who changed, who came, who went', () => {
  const before = [
    { id: '10.0.0.5:6379', role: 'master', upstream: null },
    { id: '10.0.0.6:6379', role: 'replica', upstream: '10.0.0.5:6379' },
    { id: '9.9.9.9:1', role: 'replica', upstream: '10.0.0.5:6379' },
  ] as const
  const changes = standingChanges(before, failedOver(wellSlice(), '10.0.0.6:6379'))
  const of = (id: string) => changes.find((one) => one.id === id)
  expect(of('10.0.0.6:6379')).toMatchObject({ before: 'replica of 10.0.0.5:6379', now: 'master', isChanged: true })
  expect(of('9.9.9.9:1')).toMatchObject({ now: 'gone', isChanged: true })
  expect(of('10.0.0.7:6379')).toMatchObject({ before: 'not there', isChanged: true })
})

test.each([
  [
    'redis-cli -h 10.0.0.5 -p 6379 CONFIG SET repl-backlog-size 256mb',
    'config-set',
    '10.0.0.5:6379',
    'repl-backlog-size=256mb',
  ],
  ['redis-cli -h 10.0.0.5 -p 6379 CONFIG SET save "3600 1"', 'config-set', '10.0.0.5:6379', 'save=3600 1'],
  ['valkey-cli -h ::1 -p 6379 --tls config set a 1 b 2', 'config-set', '[::1]:6379', 'a=1\nb=2'],
  ['redis-cli -h h -p 1 BGSAVE   # and see in the log', 'bgsave', 'h:1', undefined],
  ['redis-cli -h h -p 1 BGREWRITEAOF', 'bgrewriteaof', 'h:1', undefined],
  ['redis-cli -h h -p 1 SENTINEL RESET orders', 'sentinel-reset', 'h:1', undefined],
  ['redis-cli -h h -p 1 SENTINEL SET orders quorum 2', 'sentinel-set', 'h:1', 'quorum=2'],
])('%s is %s', (step, action, node, settings) => {
  expect(remedyAction(step)).toMatchObject({ action, node })
  expect(remedyAction(step)?.values['settings']).toBe(settings)
})

test.each([
  'Give it more memory',
  'redis-cli -h h -p 1 -x CONFIG SET masterauth < password-file',
  'redis-cli -h h -p 1 CONFIG REWRITE',
  'redis-cli -h h -p 1 CONFIG GET save',
  'redis-cli -h h -p 1 CONFIG SET a 1 (then look)',
  'redis-cli -h h -p 1 CONFIG SET a 1; rm -rf /',
  'redis-cli -h h -p 1 BGSAVE SCHEDULE extra words',
  'redis-server /etc/redis.conf',
])('%s is no action', (step) => {
  expect(remedyAction(step)).toBeNull()
})

test('times and answers as texts', () => {
  expect([secondsText(null), secondsText(0), secondsText(1234), secondsText(61_000)]).toEqual([
    '',
    '0.00 s',
    '1.23 s',
    '61.0 s',
  ])
  expect([clockText(600_000), clockText(4001), clockText(-5)]).toEqual(['10:00', '0:04', '0:00'])
  expect(answersOf('{"replies":[{"value":"OK"},{"error":"ERR no"},{"value":[1]}]}')).toEqual(['OK', 'ERR no', '[1]'])
  expect(answersOf('{"cut')).toEqual([])
})
