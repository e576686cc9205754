import { expect, it } from 'vitest'
import { auditForPage } from '../../../src-main/app/audit-call.ts'
import { holdSession } from '../../../src-main/app/held-session.ts'
import { auditReport } from '../../../src-main/contract/audit.ts'
import { groupState, testSession } from './support/doubles.ts'

const AT = Date.parse('2026-03-04T12:15:30.000Z')

function held(groups: readonly string[]) {
  const session = testSession()
  session.change(
    {},
    {
      groups: new Map(
        groups.map((name) => [name, { ...groupState(1), snapshot: { ...groupState(1).snapshot, name } }]),
      ),
    },
  )
  const facts = { label: 'x', deployment: 'd', environment: 'staging', intervalMs: 1000, insecureTls: false } as const
  return holdSession('s1', session, facts)
}

it('is about one group, or about all', async () => {
  const both = held(['orders', 'carts'])
  const all = await auditForPage(both, null, 'json', AT)
  const one = await auditForPage(both, 'orders', 'json', AT)
  if (!all.ok || !one.ok) throw new Error('no report')
  expect(auditReport.parse(JSON.parse(all.value.text)).groups.map((group) => group.name)).toEqual(['orders', 'carts'])
  expect(auditReport.parse(JSON.parse(one.value.text))).toMatchObject({
    environment: 'staging',
    groups: [{ name: 'orders' }],
  })
})

it.each([
  ['html', 'repliscope-audit-a-..-b-2026-03-04-1215.html', 'text/html', '<!doctype html>'],
  ['markdown', 'repliscope-audit-a-..-b-2026-03-04-1215.md', 'text/markdown', '# '],
  ['json', 'repliscope-audit-a-..-b-2026-03-04-1215.json', 'application/json', '{'],
] as const)('as %s it is a file that any system can keep', async (format, fileName, mediaType, start) => {
  const answer = await auditForPage(held(['a/../b']), 'a/../b', format, AT)
  expect(answer).toMatchObject({ ok: true, value: { mediaType } })
  expect(answer.ok && answer.value.text.startsWith(start)).toBe(true)
  expect(answer.ok && answer.value.fileName).toBe(fileName)
})

it('of a group that is not there it says who is', async () => {
  const answer = await auditForPage(held(['orders']), 'carts', 'html', AT)
  expect(answer).toMatchObject({ ok: false, failure: { code: 'not-found' } })
})
