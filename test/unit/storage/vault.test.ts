import { describe, expect, it } from 'vitest'
import { createKeychain, troubleOf } from '../../../src-main/storage/vault-keychain.ts'
import type { Keychain, KeychainProcess } from '../../../src-main/storage/vault-keychain.ts'
import type { KeychainAnswer, KeychainRequest } from '../../../src-main/storage/vault-protocol.ts'
import { createVault } from '../../../src-main/storage/vault.ts'

const SECRET = 'hunter2-very-secret'
const one = new Map([['id/password', SECRET]])

/** A keychain in memory; locked it behaves as gnome-keyring does. */
function fakeKeychain(options: { isLocked?: boolean } = {}) {
  const kept = new Map<string, string>()
  const asked: KeychainRequest[] = []
  const answer = (request: KeychainRequest): KeychainAnswer => {
    if (request.op === 'get')
      return { ok: true, secret: options.isLocked === true ? null : (kept.get(request.account) ?? null) }
    if (options.isLocked === true)
      return request.op === 'set'
        ? { ok: false, message: 'Cannot create an item in a locked collection', isLoaded: true }
        : { ok: true, secret: null }
    if (request.op === 'set') kept.set(request.account, request.secret)
    else kept.delete(request.account)
    return { ok: true, secret: null }
  }
  const keychain: Keychain = async (requests) => {
    asked.push(...requests)
    return { ok: true, value: requests.map(answer) }
  }
  return { kept, asked, keychain, options }
}

describe('the vault over a keychain', () => {
  it('keeps secrets there and nowhere else', async () => {
    const { keychain, kept } = fakeKeychain()
    const vault = createVault(keychain)
    expect(await vault.keep(one)).toEqual({ place: 'keychain' })
    expect([...kept]).toEqual([['id/password', SECRET]])
    expect(vault.isHeld('id/password')).toBe(false)
    const read = await createVault(keychain).read(['id/password'])
    expect(read).toEqual({ found: one, trouble: undefined })
  })

  it('says that what is not there is not there, without trouble', async () => {
    const { keychain, kept } = fakeKeychain()
    expect(await createVault(keychain).read(['nothing'])).toEqual({ found: new Map(), trouble: undefined })
    expect([...kept]).toEqual([])
  })

  it('tells a locked keychain from one that holds nothing', async () => {
    const fake = fakeKeychain()
    await createVault(fake.keychain).keep(one)
    fake.options.isLocked = true
    const vault = createVault(fake.keychain)
    expect(await vault.read(['id/password'])).toMatchObject({ found: new Map(), trouble: { reason: 'locked' } })
    expect(await vault.forget(['id/password'])).toMatchObject({ reason: 'locked' })
    expect(fake.kept.get('id/password')).toBe(SECRET)
  })

  it('forgets in memory and in the keychain', async () => {
    const { keychain, kept } = fakeKeychain()
    const vault = createVault(keychain)
    await vault.keep(one)
    vault.holdForSession(new Map([['id/password', 'newer']]))
    expect((await vault.read(['id/password'])).found.get('id/password')).toBe('newer')
    expect(await vault.forget(['id/password'])).toBeUndefined()
    expect([kept.size, vault.isHeld('id/password')]).toEqual([0, false])
  })

  it('asks nothing for nothing', async () => {
    const { keychain, asked } = fakeKeychain()
    const vault = createVault(keychain)
    await vault.keep(new Map())
    await vault.read([])
    await vault.forget([])
    expect(asked).toEqual([])
  })
})

describe('the vault without a keychain', () => {
  it('holds secrets in memory for this session, and says so', async () => {
    const vault = createVault(undefined)
    expect(await vault.keep(one)).toMatchObject({ place: 'memory', trouble: { reason: 'absent' } })
    expect(await vault.read(['id/password'])).toEqual({ found: one, trouble: undefined })
    expect((await createVault(undefined).read(['id/password'])).found.size).toBe(0)
  })
})

describe('the keychain process', () => {
  type Fake = KeychainProcess & { answer: (value: unknown) => void; exit: () => void; ended: number; sent: unknown[] }
  function fakeProcess(): Fake {
    const listeners: { answers: (value: unknown) => void; exit: () => void } = {
      answers: () => undefined,
      exit: () => undefined,
    }
    const fake: Fake = {
      ended: 0,
      sent: [],
      send: (requests) => void fake.sent.push(requests),
      onAnswers: (listener) => (listeners.answers = listener),
      onExit: (listener) => (listeners.exit = listener),
      end: () => (fake.ended += 1),
      answer: (value) => listeners.answers(value),
      exit: () => listeners.exit(),
    }
    return fake
  }
  const get: KeychainRequest[] = [{ op: 'get', account: 'a' }]
  function start() {
    const child = fakeProcess()
    const timers: { ms: number; run: () => void; stopped: boolean }[] = []
    const keychain = createKeychain(
      () => child,
      (ms, run) => {
        const timer = { ms, run, stopped: false }
        timers.push(timer)
        return () => void (timer.stopped = true)
      },
    )
    return { child, timers, asked: keychain(get) }
  }

  it('answers, is ended, and its timer too', async () => {
    const { child, timers, asked } = start()
    child.answer([{ ok: true, secret: SECRET }])
    expect(await asked).toEqual({ ok: true, value: [{ ok: true, secret: SECRET }] })
    expect([child.ended, timers[0]?.stopped]).toEqual([1, true])
  })

  it('is killed and called silent after 5 s without an answer', async () => {
    const { child, timers, asked } = start()
    expect(timers.map(({ ms }) => ms)).toEqual([5000])
    timers[0]?.run()
    expect(await asked).toMatchObject({ ok: false, failure: { reason: 'silent' } })
    expect(child.ended).toBe(1)
  })

  it('has failed when it broke off', async () => {
    const { child, asked } = start()
    child.exit()
    expect(await asked).toMatchObject({ ok: false, failure: { reason: 'failed' } })
  })

  it.each([
    undefined,
    'x',
    [],
    [{ ok: true }],
    [{ ok: false, message: 1 }],
    [
      { ok: true, secret: 'a' },
      { ok: true, secret: 'b' },
    ],
  ])('takes %j for no answer', async (answers) => {
    const { child, asked } = start()
    child.answer(answers)
    expect(await asked).toMatchObject({ ok: false, failure: { reason: 'failed' } })
  })
})

it.each([
  ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'absent'],
  ['Could not connect: No such file or directory', 'absent'],
  ['The name org.freedesktop.secrets was not provided by any .service files', 'absent'],
  ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'absent'],
  ['Cannot create an item in a locked collection', 'locked'],
  ['Prompt dismissed', 'locked'],
  ['something else', 'failed'],
])('reads "%s" as %s', (message, reason) =>
  expect(troubleOf({ ok: false, message, isLoaded: true })).toMatchObject({ reason }),
)

it('names the missing library', () =>
  expect(troubleOf({ ok: false, message: 'x', isLoaded: false })).toMatchObject({
    reason: 'absent',
    detail: expect.stringContaining('libsecret'),
  }))
