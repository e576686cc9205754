import { describe, expect, test } from 'vitest'
import {
  liftCredentials,
  pemProblem,
  toTargetInput,
  EMPTY_FORM,
} from '../../../src-renderer/features/connections/connect-form.ts'
import { placeStep } from '../../../src-renderer/features/connections/use-connect.ts'
import {
  asOf,
  groupTone,
  headLine,
  manyGroupsLine,
  type HeadLine,
} from '../../../src-renderer/features/shell/head-line.ts'
import { paletteEntries, searchEntries } from '../../../src-renderer/features/shell/palette-commands.ts'
import { VIEWS } from '../../../src-renderer/views.ts'
import { HEAD } from '../support/fake-client.ts'
import { finding, manyGroups, sketchSlice, splitSlice, wellSlice } from '../support/samples.ts'

const text = (line: HeadLine): string => line.phrases.map((phrase) => phrase.text).join('')

describe('the exposure line', () => {
  test('it says who takes over and how much is lost', () => {
    const line = headLine(sketchSlice())
    expect(text(line)).toBe(
      'If 10.0.0.5:6379 died now, 10.0.0.7:6379 takes over and up to 306 KB, 4.1 s of writes, are lost.',
    )
    expect(line).toMatchObject({ tone: 'warn', isQuiet: false })
  })

  test('a picture that is old is neither an alarm nor an all-clear, and says how old it is', () => {
    const old = asOf(headLine(splitSlice()), '21 s')
    expect(old).toMatchObject({ tone: 'stale', isQuiet: true })
    expect(text(old)).toBe('As of 21 s ago: 2 nodes say they are master: 10.0.0.5:6379, 10.0.0.7:6379')
  })

  test('Sentinels that name different masters for a moment are no alarm; those that go on are', () => {
    const slice = wellSlice()
    const told = (code: string, severity: 'critical' | 'info', secondsAgo: number) => ({
      ...slice,
      group: { ...slice.group, agreed: false },
      findings: [
        {
          ...finding(code, severity, 'group', 'orders', 'x'),
          since: new Date(Date.parse(slice.takenAt) - secondsAgo * 1000).toISOString(),
        },
      ],
    })
    expect(headLine(told('sentinels-disagree', 'info', 0))).toMatchObject({ tone: 'stale', isPassing: true })
    const lasting = headLine(told('sentinels-disagree', 'info', 3))
    expect(lasting).toMatchObject({ tone: 'warn', isPassing: false })
    expect(text(lasting)).toBe('Not every Sentinel names the same master so far.')
    expect(headLine(told('sentinels-disagree', 'critical', 20))).toMatchObject({ tone: 'crit' })
    expect(headLine(told('something-else', 'info', 0)), 'judged by nobody').toMatchObject({ tone: 'crit' })
  })

  test('a master that does not answer may be dead already', () => {
    const slice = sketchSlice()
    const nodes = slice.nodes.map((node) =>
      node.id === slice.group.master ? { ...node, reachability: 'unreachable' as const } : node,
    )
    expect(text(headLine({ ...slice, nodes }))).toMatch(
      /^10\.0\.0\.5:6379 does not answer from here; if it is dead, 10\.0\.0\.7:6379 takes over/,
    )
  })

  test('it is one calm line when all is well', () => {
    expect(headLine(wellSlice())).toMatchObject({ tone: 'ok', isQuiet: true })
  })

  test('not known is said as not known, and calmly', () => {
    const slice = wellSlice()
    const line = headLine({ ...slice, group: { ...slice.group, exposure: null } })
    expect(text(line)).toBe('What 10.0.0.5:6379 would lose is not known yet.')
    expect(line.isQuiet).toBe(true)
  })

  test('nobody to take over, two masters, and no master are each said first', () => {
    const slice = wellSlice()
    const exposure = slice.group.exposure!
    const alone = {
      ...slice,
      group: { ...slice.group, exposure: { ...exposure, masterCrash: { ...exposure.masterCrash, promotes: null } } },
    }
    expect(text(headLine(alone))).toMatch(/nothing would take over/)
    expect(text(headLine(splitSlice()))).toBe('2 nodes say they are master: 10.0.0.5:6379, 10.0.0.7:6379')
    expect(headLine({ ...slice, group: { ...slice.group, master: null, masters: [] } }).tone).toBe('crit')
  })

  test('of many groups the worst is named', () => {
    const slices = new Map(manyGroups(5).map((slice) => [slice.group.name, slice]))
    expect(text(manyGroupsLine(slices, 'shard-3'))).toMatch(/^1 of 5 groups needs a look\. Worst: shard-3/)
    expect(manyGroupsLine(new Map([...slices].slice(0, 3)), 'shard-0').isQuiet).toBe(true)
  })

  test('a critical finding makes it critical', () => {
    const slice = wellSlice()
    expect(headLine({ ...slice, findings: [finding('x', 'critical', 'group', 'orders', 'x')] }).tone).toBe('crit')
  })
})

describe('the palette', () => {
  const slices = new Map([...manyGroups(30)].map((slice) => [slice.group.name, slice]))
  const entries = paletteEntries(slices, [HEAD], VIEWS, true)

  test('a node is found by any part of its address, a group by its name, a view by its label', () => {
    expect(searchEntries(entries, '10.1.7.6')[0]?.action).toEqual({
      kind: 'node',
      id: '10.1.7.6:6379',
      group: 'shard-7',
    })
    expect(searchEntries(entries, 'group shard-7')[0]?.action).toEqual({ kind: 'group', group: 'shard-7' })
    expect(searchEntries(entries, 'backlog')[0]?.action).toEqual({ kind: 'view', id: 'backlog' })
  })

  test('every word must match, and few enough are shown', () => {
    expect(searchEntries(entries, 'master shard-7').map((entry) => entry.text)).toEqual(['10.1.7.5:6379'])
    expect(searchEntries(entries, 'nothing-like-this')).toEqual([])
    expect(searchEntries(entries, '10').length).toBeLessThanOrEqual(50)
  })
})

describe('a pasted URL', () => {
  test.each([
    ['redis://ann:s3cret@10.0.0.5:6379', 'redis://10.0.0.5:6379', 'ann', 's3cret'],
    ['redis+sentinel://:p%40ss@a:26379,b:26379/orders', 'redis+sentinel://a:26379,b:26379/orders', '', 'p@ss'],
    ['rediss://u:a@b@c:d@host:6379', 'rediss://host:6379', 'u', 'a@b@c:d'],
    ['redis://u:100%@host:6379', 'redis://host:6379', 'u', '100%'],
    ['redis://ann@host:6379', 'redis://host:6379', 'ann', ''],
  ])('%s gives up its credentials', (pasted, addresses, user, password) => {
    expect(liftCredentials(pasted)).toEqual({ addresses, user, password })
  })

  test('one without credentials, and plain addresses, are left as they are', () => {
    expect(liftCredentials('redis://10.0.0.5:6379')).toBeUndefined()
    expect(liftCredentials('10.0.0.5:26379, [::1]:26379')).toBeUndefined()
  })
})

describe('the form', () => {
  test('empty is null, never an empty text; the time-out is kept in bounds', () => {
    const target = toTargetInput({ ...EMPTY_FORM, addresses: 'a:1', timeoutMs: Number.NaN })
    expect(target.node).toEqual({ user: null, password: null })
    expect(target).toMatchObject({ group: null, timeoutMs: 2000 })
    expect(toTargetInput({ ...EMPTY_FORM, timeoutMs: 9e9 }).timeoutMs).toBe(60_000)
  })

  test('what is not PEM is said to be not PEM', () => {
    expect(pemProblem('hello', 'CERTIFICATE')).toMatch(/not PEM/)
    expect(pemProblem('-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----', 'PRIVATE KEY')).toBeNull()
    expect(pemProblem('  ', 'CERTIFICATE')).toBeNull()
  })

  test('a step told again replaces itself', () => {
    const step = { address: 'a:1', step: 'tcp', status: 'running', detail: '', hint: null, elapsedMs: null } as const
    const steps = placeStep(placeStep([], step), { ...step, status: 'passed' })
    expect(steps.map((one) => one.status)).toEqual(['passed'])
  })
})

test('marks a group by its warnings although its headline is calm', () => {
  const slice = wellSlice()
  const warning = {
    code: 'no-auth',
    severity: 'warning' as const,
    subject: { kind: 'group' as const, id: slice.group.name },
    title: 'open',
    evidence: [],
    why: '',
    remedy: [],
    since: slice.takenAt,
    held: true,
  }
  const warned = { ...slice, findings: [warning] }
  expect(groupTone(slice)).toBe('ok')
  expect(groupTone(warned)).toBe('warn')
  expect(manyGroupsLine(new Map([[slice.group.name, warned]]), slice.group.name).tone).toBe('warn')
})
