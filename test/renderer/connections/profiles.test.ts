import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick, type App } from 'vue'
import type { CallResult, SavedProfile } from '../../../src-main/contract/calls.ts'
import {
  EMPTY_FORM,
  formOfTarget,
  toTargetInput,
  type ConnectForm,
} from '../../../src-renderer/features/connections/connect-form.ts'
import {
  ownThresholds,
  THRESHOLD_ROWS,
  typedProblem,
} from '../../../src-renderer/features/connections/threshold-rows.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { thresholdProblem } from '../../../src-main/domain/findings/threshold-words.ts'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'

const ORDERS: SavedProfile = {
  ...{ name: 'orders', environment: 'staging', colour: 'teal', addresses: ['h:1'], group: null },
  ...{ usesTls: false, insecureTls: false, hasSecrets: true, toBeGiven: [] },
}
const FORM: ConnectForm = { ...EMPTY_FORM, addresses: 'h:1', nat: 'a:1=b:2', node: { user: 'ops', password: '' } }
const SHOWN: CallResult<'profiles/show'> = {
  profile: ORDERS,
  target: toTargetInput(FORM),
  kept: [
    { part: 'password', where: 'in the keychain' },
    { part: 'ca', where: 'in /etc/ca.pem' },
  ],
  thresholds: { lagBytes: 4096 },
}

let app: App | undefined
let host: FakeHost
let profiles: SavedProfile[]

beforeEach(() => {
  profiles = [ORDERS]
  document.body.innerHTML = '<div id="app"></div>'
  location.hash = '#/connect'
  host = createFakeHost([], { info: { sessions: [] } })
  host.respond('profiles/list', () => ({ ok: true, value: { profiles, trouble: null } }))
  host.respond('profiles/show', () => ({ ok: true, value: SHOWN }))
  host.respond('profiles/save', ({ name }) => {
    profiles = [{ ...ORDERS, name }]
    return { ok: true, value: { profile: { ...ORDERS, name }, notice: null } }
  })
  host.respond('profiles/export', () => ({
    ok: true,
    value: { fileName: 'profiles.json', mediaType: 'application/json', text: '{}' },
  }))
  app = mountApp(host, '#app')
})
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.restoreAllMocks()
})

const words = (): string => (document.body.textContent ?? '').replace(/\s+/g, ' ')
const made = (name: string) => host.made.filter((call) => call.name === name).map(({ params }) => params)
const field = <T extends HTMLElement = HTMLInputElement>(selector: string): T => document.querySelector<T>(selector)!
async function press(label: string | RegExp): Promise<void> {
  const find = () =>
    [...document.querySelectorAll('button')].find((one) =>
      typeof label === 'string'
        ? (one.getAttribute('aria-label') ?? one.textContent.trim()) === label
        : label.test(one.textContent.trim()),
    )
  await expect.poll(find, { message: String(label) }).toBeDefined()
  find()?.click()
  await nextTick()
}
async function type(selector: string, text: string): Promise<void> {
  await expect.poll(() => document.querySelector(selector)).not.toBeNull()
  field(selector).value = text
  field(selector).dispatchEvent(new Event('input', { bubbles: true }))
  await nextTick()
}
const labelled = (start: string): string =>
  `#${CSS.escape([...document.querySelectorAll('label')].find((one) => one.textContent.trim().startsWith(start))?.htmlFor ?? 'none')}`

async function edit(): Promise<void> {
  await press('Edit profile orders')
  await expect.poll(() => document.querySelector('h1')?.textContent).toBe('Edit orders')
}

describe('a profile in the form', () => {
  test('comes with its words and without its secrets, and is saved under another name with what stays', async () => {
    await edit()
    expect(field<HTMLTextAreaElement>('#addresses').value).toBe('h:1')
    expect(field<HTMLTextAreaElement>('#nat').value).toBe('a:1=b:2')
    expect(field<HTMLSelectElement>('#profile-environment').value).toBe('staging')
    expect(words()).toContain('password for data nodes in the keychain')
    expect([...document.querySelectorAll('button')].some((one) => one.textContent.trim() === 'Connect')).toBe(false)
    const box = [...document.querySelectorAll<HTMLInputElement>('.kept input')][1]!
    box.click()
    await type('#profile-name', 'orders eu')
    await press('Save changes')
    expect(made('profiles/save')).toEqual([
      {
        ...{ name: 'orders eu', environment: 'staging', colour: 'teal', replace: false },
        ...{ target: toTargetInput(FORM), thresholds: { lagBytes: 4096 } },
        edit: { name: 'orders', keep: ['password'] },
      },
    ])
    await expect.poll(words).toContain('Saved as orders eu')
    await press('Stop editing')
    expect(document.querySelector('h1')?.textContent).toBe('Connect')
    expect(field<HTMLTextAreaElement>('#addresses').value).toBe('')
  })

  test("says when its name is another's, and takes that place only by a second press", async () => {
    profiles = [ORDERS, { ...ORDERS, name: 'billing' }]
    host.emit('profiles/changed', {})
    await edit()
    host.respond('profiles/save', () => ({
      ok: false,
      failure: { code: 'refused-by-guard', message: 'a profile named billing exists already' },
    }))
    await type('#profile-name', 'billing')
    await press('Save changes')
    await expect.poll(words).toContain('exists already')
    await press('Replace billing')
    expect(made('profiles/save').map((params) => (params as { replace: boolean }).replace)).toEqual([false, true])
  })

  test('of every kind comes back as it went', () => {
    const tls = { enabled: true, ca: '', cert: '', key: '', serverName: 'redis', insecure: true }
    for (const form of [
      FORM,
      { ...FORM, nodeTls: tls },
      { ...FORM, nodeTls: tls, sentinelTls: { ...tls, serverName: 'other' }, hasSameTls: false },
    ])
      expect(toTargetInput(formOfTarget(toTargetInput(form)))).toEqual(toTargetInput(form))
  })
})

describe('the thresholds of a profile', () => {
  test('are shown with their defaults, checked, and saved with it', async () => {
    await edit()
    await press(/^Thresholds…/)
    await expect.poll(words).toContain('Thresholds of orders')
    await type(labelled('a replica lags beyond'), 'much')
    await expect.poll(words).toContain('Cannot be used: lagBytes')
    await type(labelled('a replica lags beyond'), '2048')
    await type(labelled('of maxmemory: warning from'), '0.8')
    document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await expect.poll(() => document.querySelector('[role=dialog]')).toBeNull()
    await press('Save changes')
    expect(made('profiles/save')[0]).toMatchObject({ thresholds: { lagBytes: 2048, memoryWarnRatio: 0.8 } })
  })

  test('are left as they were by Escape', async () => {
    await edit()
    await press(/^Thresholds…/)
    await type(labelled('a replica lags beyond'), '1')
    const dialog = document.querySelector('[role=dialog]')
    dialog?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))
    await expect.poll(() => document.querySelector('[role=dialog]')).toBeNull()
    await press('Save changes')
    expect(made('profiles/save')[0]).toMatchObject({ thresholds: { lagBytes: 4096 } })
  })

  test('have words, and a default that may be set, for every number that a rule compares with', () => {
    expect(THRESHOLD_ROWS.map(({ name }) => name)).toEqual(Object.keys(DEFAULT_THRESHOLDS))
    for (const [name, value] of Object.entries(DEFAULT_THRESHOLDS))
      expect(thresholdProblem(name, Number(value)), name).toBeUndefined()
  })

  test.each([
    ['lagBytes', '', undefined],
    ['lagBytes', '0', undefined],
    ['lagBytes', '-1', 'a number'],
    ['lagBytes', '1e3', 'a number'],
    ['lagBytes', '0.5', 'a whole number'],
    ['memoryWarnRatio', '1.01', 'from 0 to 1'],
    ['memoryWarnRatio', '1', undefined],
    ['syncFanOut', '0', 'from 1 to 1000'],
    ['lagHoldSeconds', '999999999', 'from 0 to 2592000'],
  ])('%s may be %j: %s', (name, typed, problem) => expect(typedProblem(name, typed)).toBe(problem))

  test('that are typed as the default are not own ones', () => {
    expect(ownThresholds({ lagBytes: '1048576', ackAgeSeconds: ' 20 ', electionSeconds: '' })).toEqual({
      ackAgeSeconds: 20,
    })
  })
})

describe('a file of profiles', () => {
  async function choose(text: string): Promise<void> {
    await expect.poll(() => document.querySelector('input[type=file]')).not.toBeNull()
    const input = field('[aria-label="Import profiles from a file"]')
    Object.defineProperty(input, 'files', { configurable: true, value: [new File([text], 'theirs.json')] })
    input.dispatchEvent(new Event('change', { bubbles: true }))
  }

  test('is read, with what became of each profile in it', async () => {
    host.respond('profiles/import', () => ({
      ok: true,
      value: {
        taken: ['a'],
        renamed: [{ from: 'orders', to: 'orders (2)' }],
        replaced: [],
        refused: [{ name: 'b', why: 'environment cannot be used' }],
      },
    }))
    await choose('{"x":1}')
    await expect.poll(words).toContain('theirs.json')
    expect(made('profiles/import')).toEqual([{ text: '{"x":1}', replace: false }])
    for (const text of ['taken: a', 'taken: orders as orders (2)', 'refused: b (environment cannot be used)'])
      expect(words()).toContain(text)
  })

  test('that is broken or too large is named, and nothing is taken', async () => {
    host.respond('profiles/import', () => ({
      ok: false,
      failure: { code: 'storage', message: 'the file is not JSON' },
    }))
    await choose('{')
    await expect.poll(words).toContain('theirs.json: the file is not JSON')
    await choose('x'.repeat(1_000_001))
    await expect.poll(words).toContain('theirs.json: larger than 1 MB')
    expect(made('profiles/import')).toHaveLength(1)
  })

  test('is saved by the browser', async () => {
    const saved: string[] = []
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:1')
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download)
    })
    await press('Export…')
    await expect.poll(() => saved).toEqual(['profiles.json'])
  })
})

test('the list is read again when another page changed it', async () => {
  await expect.poll(words).toContain('orders')
  profiles = [{ ...ORDERS, name: 'billing' }]
  host.emit('profiles/changed', {})
  await expect.poll(words).toContain('billing')
})
