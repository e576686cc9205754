import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { menuTemplate } from '../../../src-main/hosts/desktop/menu.ts'
import { PAGE_URL, servePageFiles } from '../../../src-main/hosts/desktop/protocol.ts'

let root: string
let serve: (request: Request) => Promise<Response>
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'protocol-'))
  mkdirSync(join(root, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(root, 'secret.json'), '"outside"')
  writeFileSync(join(root, 'renderer', 'index.html'), 'the page')
  writeFileSync(join(root, 'renderer', 'assets', 'a b.js'), 'export {}')
  writeFileSync(join(root, 'renderer', 'notes.txt'), 'of no type that a page has')
  serve = servePageFiles(join(root, 'renderer'))
})
afterAll(() => rmSync(root, { recursive: true }))

const get = (url: string, method = 'GET') => serve(new Request(url, { method }))

it('serves the page and its files with their types and the policy', async () => {
  const page = await get(PAGE_URL)
  expect([page.status, await page.text(), page.headers.get('content-type')]).toEqual([
    200,
    'the page',
    'text/html; charset=utf-8',
  ])
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
  const script = await get('repliscope://app/assets/a%20b.js?v=1#x')
  expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
})

it.each([
  'repliscope://app/../secret.json',
  'repliscope://app/%2e%2e/secret.json',
  'repliscope://app/..%2fsecret.json',
  'repliscope://app/assets/..%2f..%2fsecret.json',
  'repliscope://app/..%5csecret.json',
  'repliscope://app/%00.js',
  'repliscope://app/%zz.js',
  'repliscope://app/assets',
  'repliscope://app/nothing.js',
  'repliscope://app/notes.txt',
  'repliscope://other/index.html',
  'https://app/index.html',
])('serves nothing for %s', async (url) => {
  const answer = await get(url)
  expect([answer.status, await answer.text()]).toEqual([404, 'There is nothing by that name here.\n'])
})

it('answers no other method than GET', async () => {
  expect((await get(PAGE_URL, 'POST')).status).toBe(404)
})

it('has developer tools in the menu of a checkout only', () => {
  const roles = (isPackaged: boolean) => JSON.stringify(menuTemplate('linux', isPackaged))
  expect(roles(false)).toContain('toggleDevTools')
  expect(roles(true)).not.toContain('toggleDevTools')
})
