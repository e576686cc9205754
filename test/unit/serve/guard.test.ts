import { describe, expect, it } from 'vitest'
import { createRequestGuard, isLoopback } from '../../../src-main/hosts/serve/request-guard.ts'
import { canOpenBrowser } from '../../../src-main/hosts/serve/open-browser.ts'
import { isSameToken, makeToken, tokenProblem } from '../../../src-main/hosts/serve/token.ts'
import { takeToken } from '../../../src-renderer/bridge/token.ts'
import { makeTestCa } from '../../support/lab/test-ca.ts'

describe('a host on the network', () => {
  it('answers to the names of its certificate, to its address and to loopback, over https only', async () => {
    const ca = await makeTestCa()
    const { cert } = await ca.issue(['jump.example', '10.0.0.9'])
    const guard = createRequestGuard('10.0.0.8', cert)
    const answers = (host: string) => guard.isOurHost({ host, origin: undefined })
    expect(['jump.example:443', 'JUMP.example', '10.0.0.9', '10.0.0.8:7070', 'localhost:1'].map(answers)).not.toContain(
      false,
    )
    expect(['evil.example', 'jump.example.evil.example', '10.0.0.7'].map(answers)).not.toContain(true)
    expect(guard.isOurOrigin({ host: 'jump.example:7', origin: 'https://jump.example:7' })).toBe(true)
    expect(guard.isOurOrigin({ host: 'jump.example:7', origin: 'http://jump.example:7' })).toBe(false)
  })

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('is not one on %s', (host) =>
    expect(isLoopback(host)).toBe(true),
  )
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example'])('is one on %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  )
})

describe('a token', () => {
  it('of a launch has 256 bits and is another each time', () => {
    const tokens = new Set(Array.from({ length: 100 }, makeToken))
    expect(tokens.size).toBe(100)
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  })

  it('is compared whole', () => {
    expect(isSameToken('abc', 'abc')).toBe(true)
    for (const other of ['', 'ab', 'abcd', 'abd']) expect(isSameToken(other, 'abc')).toBe(false)
  })

  it('of a person is refused when it is short or cannot be typed', () => {
    expect(tokenProblem('short')).toContain('shorter')
    expect(tokenProblem('long enough but with spaces')).toContain('white space')
    expect(tokenProblem(makeToken())).toBeUndefined()
  })

  it('leaves the address bar for the memory of the tab, and is found there after a reload', () => {
    const memory = new Map<string, string>()
    const bar: string[] = []
    const places = (hash: string) => ({
      location: { hash, pathname: '/', search: '' },
      history: { replaceState: (_data: unknown, _unused: string, url: string) => void bar.push(url) },
      sessionStorage: {
        getItem: (key: string) => memory.get(key) ?? null,
        setItem: (key: string, value: string) => void memory.set(key, value),
      },
    })
    expect(takeToken(places(''))).toBeNull()
    expect(takeToken(places('#token=a%2Bb'))).toBe('a+b')
    expect(bar).toEqual(['/#/'])
    expect(takeToken(places('#/d/s/topology'))).toBe('a+b')
    expect(bar).toHaveLength(1)
    expect(takeToken(places('#token=%'))).toBe('%')
  })
})

it.each([
  [{ DISPLAY: ':0' }, 'linux', true, true],
  [{ DISPLAY: ':0', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'linux', true, false],
  [{}, 'linux', true, false],
  [{}, 'darwin', true, true],
  [{}, 'darwin', false, false],
])('opens a browser only where the person would see it: %j on %s', (env, platform, isTty, expected) => {
  expect(canOpenBrowser(env, platform, isTty)).toBe(expected)
})
