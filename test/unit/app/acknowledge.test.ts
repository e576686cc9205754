import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFindingCalls } from '../../../src-main/app/finding-calls.ts'
import { fail, ok } from '../../../src-main/domain/failure.ts'
import type { TimelineNote } from '../../../src-main/domain/timeline/model.ts'
import { contextOf, testPage } from './support/doubles.ts'

let folder: string
let now: number
let warnings: string[]
let told: [string, number][]
let noted: (TimelineNote & { readonly deployment: string; readonly group: string })[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acknowledge-'))
  now = Date.parse('2026-03-04T12:00:00.000Z')
  warnings = []
  told = []
  noted = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const KEY = { code: 'no-replica', subject: { kind: 'group' as const, id: 'orders' }, group: 'orders' }
const ONE = { ...KEY, severity: 'critical' as const, note: 'being built', expiresAt: null }

/** A host as after a start; sessions s1 and s2 look at one deployment, s3 at another. */
function host() {
  const calls = createFindingCalls({
    dataFolder: folder,
    now: () => now,
    warn: (line) => warnings.push(line),
    deploymentOf: (session) =>
      session === 's3'
        ? ok('other')
        : session === 'gone'
          ? fail({ kind: 'not-found', detail: 'it has ended', known: [] })
          : ok('orders-prod'),
    tell: (deployment, acknowledgements) => told.push([deployment, acknowledgements.length]),
    note: (deployment, group, note) => noted.push({ ...note, deployment, group }),
  })
  const context = contextOf(testPage())
  const listOf = (answer: Awaited<ReturnType<(typeof calls)['findings/acknowledged']>>) => {
    if (!answer.ok) throw new Error(answer.failure.message)
    return answer.value.acknowledgements
  }
  return {
    calls,
    context,
    list: async (session = 's1') => listOf(await calls['findings/acknowledged']({ session }, context)),
    put: async (
      acknowledgement: Parameters<(typeof calls)['findings/acknowledge']>[0]['acknowledgement'],
      session = 's1',
    ) => listOf(await calls['findings/acknowledge']({ session, acknowledgement }, context)),
    remove: async (session = 's1') => listOf(await calls['findings/unacknowledge']({ session, key: KEY }, context)),
  }
}
const file = () => join(folder, 'acknowledgements.json')

describe('an acknowledgement', () => {
  it('is told to whoever looks at that deployment, and so is its end; asking is not', async () => {
    const one = host()
    await one.put(ONE)
    await one.list('s2')
    await one.remove()
    expect(told).toEqual([
      ['orders-prod', 1],
      ['orders-prod', 0],
    ])
  })

  it("goes into its group's timeline with its words, and so does its end", async () => {
    const one = host()
    await one.put(ONE)
    await one.remove()
    expect(noted).toMatchObject([
      { deployment: 'orders-prod', group: ONE.group, what: 'acknowledged', severity: ONE.severity, at: now },
      { what: 'acknowledgement withdrawn', about: { kind: 'finding', code: ONE.code } },
    ])
    expect(noted[0]?.detail).toContain(ONE.note)
  })

  it('is kept with its note and its moment, for every session of that deployment and after a start', async () => {
    const kept = [{ ...ONE, at: '2026-03-04T12:00:00.000Z' }]
    expect(await host().put(ONE)).toEqual(kept)
    const later = host()
    expect(await later.list('s2')).toEqual(kept)
    expect(await later.list('s3')).toEqual([])
  })

  it('takes the place of an older one of the same finding', async () => {
    const { put } = host()
    await put(ONE)
    expect((await put({ ...ONE, note: 'again' })).map((one) => one.note)).toEqual(['again'])
    expect(await put({ ...ONE, subject: { kind: 'node', id: 'orders' } })).toHaveLength(2)
  })

  it('ends at its moment and is then gone from the file with the next change', async () => {
    const { put, list } = host()
    await put({ ...ONE, expiresAt: new Date(now + 1000).toISOString() })
    expect(await list()).toHaveLength(1)
    now += 1000
    expect(await list()).toEqual([])
    await put({ ...ONE, code: 'other' })
    expect(readFileSync(file(), 'utf8')).not.toContain('no-replica')
  })

  it('is taken back by its name; taking back twice is no failure', async () => {
    const { put, remove } = host()
    await put(ONE)
    await put(ONE, 's3')
    expect(await remove()).toEqual([])
    expect(await remove()).toEqual([])
    expect(await host().list('s3')).toHaveLength(1)
  })

  it('many at once lose none', async () => {
    const { put, list } = host()
    await Promise.all(Array.from({ length: 20 }, (_, i) => put({ ...ONE, code: `code-${i}` })))
    expect(await list()).toHaveLength(20)
  })
})

describe('the file', () => {
  it.each([
    ['cut off', '{"schema": "repliscope/ackn'],
    ['of another shape', '{"schema": "repliscope/acknowledgements@1", "acknowledgements": [{"code": 7}]}'],
    ['without a schema', '[]'],
  ])('%s is kept aside and told, and nothing stops', async (_what, text) => {
    writeFileSync(file(), text)
    const { put } = host()
    expect(await put(ONE)).toHaveLength(1)
    expect(warnings[0]).toContain('is kept as')
    const aside = readdirSync(folder).find((name) => name.includes('.broken-')) ?? ''
    expect(readFileSync(join(folder, aside), 'utf8')).toBe(text)
  })

  it('of a newer version is left alone and refused', async () => {
    const text = '{"schema": "repliscope/acknowledgements@2", "acknowledgements": []}'
    writeFileSync(file(), text)
    const { calls, context } = host()
    const answer = await calls['findings/acknowledge']({ session: 's1', acknowledgement: ONE }, context)
    expect(answer).toMatchObject({ ok: false, failure: { code: 'storage' } })
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('is not touched for a session that has ended', async () => {
    const { calls, context } = host()
    const answer = await calls['findings/acknowledge']({ session: 'gone', acknowledgement: ONE }, context)
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not-found' } })
    expect(readdirSync(folder)).toEqual([])
  })
})
