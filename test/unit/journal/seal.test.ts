import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { withoutJournal } from '../../../src-main/app/actions-journal.ts'
import { createJournalKeys } from '../../../src-main/storage/journal-key.ts'
import { openJournal, type Journal } from '../../../src-main/storage/journal.ts'
import type { Keychain } from '../../../src-main/storage/vault-keychain.ts'
import { createVault } from '../../../src-main/storage/vault.ts'
import { forgeJournal, headFileOf, writeHeadFile, type HeadFile } from '../../support/forge-journal.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'repliscope-seal-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A keychain in memory that can be away. */
function fakeKeychain() {
  const kept = new Map<string, string>()
  const state = { kept, isAway: false, asked: 0 }
  const keychain: Keychain = async (requests) => {
    state.asked += 1
    if (state.isAway) return { ok: false, failure: { reason: 'absent', detail: 'no keychain here' } }
    return {
      ok: true,
      value: requests.map((request) => {
        if (request.op === 'get') return { ok: true, secret: kept.get(request.account) ?? null }
        if (request.op === 'set') kept.set(request.account, request.secret)
        else kept.delete(request.account)
        return { ok: true, secret: null }
      }),
    }
  }
  return { ...state, state, keychain }
}

type FakeKeychain = ReturnType<typeof fakeKeychain>
const alone = <T>(run: () => Promise<T>): Promise<T> => run()

/** Opens as an action does: with the key, made when there is none; closes with the test. */
async function opened(path: string, chain: FakeKeychain | undefined): Promise<Journal> {
  const journal = openJournal(path, { create: true })
  if (!journal.ok || journal.value === undefined) throw new Error(JSON.stringify(journal))
  const { value } = journal
  onTestFinished(() => value.close())
  if (chain !== undefined) value.useKey(await createJournalKeys(createVault(chain.keychain), path).made(alone))
  return value
}

/** Rows of one action, written with the key, which is then bound. */
async function write(path: string, chain: FakeKeychain | undefined, rows: number): Promise<void> {
  const journal = await opened(path, chain)
  for (let i = 1; i <= rows; i++) expect(journal.append('a1', `row-${i}`, { i }, i)).toEqual({ ok: true })
  journal.close()
  if (chain === undefined || chain.state.isAway) return
  const keys = createJournalKeys(createVault(chain.keychain), path)
  const key = await keys.held()
  if (key.state === 'held' && key.key.isNew) await keys.bound(key.key)
}

async function verdictOf(path: string, chain: FakeKeychain | undefined) {
  const journal = openJournal(path, { create: false })
  if (!journal.ok || journal.value === undefined) throw new Error('no journal')
  try {
    const keys = chain === undefined ? undefined : createJournalKeys(createVault(chain.keychain), path)
    if (keys !== undefined) journal.value.useKey(await keys.held())
    const verdict = journal.value.verify()
    if (!verdict.ok) throw new Error(JSON.stringify(verdict))
    return verdict.value
  } finally {
    journal.value.close()
  }
}

const edited = (bodies: readonly string[]): readonly string[] =>
  bodies.map((body, i) => (i === 1 ? '{"i":"forged"}' : body))
const shortened = (bodies: readonly string[]): readonly string[] => bodies.slice(0, 2)

describe('a journal with a keychain', () => {
  it('is sealed with a key that only the keychain holds', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 3)
    const head = headFileOf(path)
    expect(head).toMatchObject({ count: 3, seal: { count: 3, hash: head.hash } })
    const [[account, secret] = ['', '']] = [...chain.kept]
    expect(account).toMatch(/^journal [0-9a-f]{16}$/)
    expect(secret).toMatch(/^v1 bound [0-9a-f]{64}$/)
    const all = readFileSync(join(path, 'journal.db'), 'latin1') + readFileSync(join(path, 'journal.head'), 'latin1')
    expect(all).not.toContain(secret.slice(9))
    expect(await verdictOf(path, chain)).toMatchObject({ isSound: true, rows: 3, problems: [] })
    expect((await verdictOf(path, chain)).notes.join()).toContain('rows 1 to 3 are sealed')
  })

  it.each([
    ['edits a row and makes every hash and the head anew', edited, /seal|sealed/],
    ['cuts rows off and makes the head anew', shortened, /row 4, the newest that was sealed, is missing/],
  ])('finds whoever %s', async (_, change, words) => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 4)
    forgeJournal(path, change)
    // Without the key nobody can tell.
    expect(await verdictOf(path, undefined)).toMatchObject({ isSound: true })
    const verdict = await verdictOf(path, chain)
    expect(verdict.isSound).toBe(false)
    expect(verdict.problems.join()).toMatch(words)
    const journal = await opened(path, chain)
    expect(journal.append('a2', 'more', {}, 9)).toMatchObject({ ok: false, failure: { kind: 'storage' } })
  })

  it.each([
    ['leaves the seal out', (head: HeadFile): HeadFile => ({ count: head.count, hash: head.hash }), /no seal/],
    [
      'writes the new hash into the seal',
      (head: HeadFile): HeadFile => ({ ...head, seal: { ...head.seal!, count: head.count, hash: head.hash } }),
      /does not fit/,
    ],
    [
      'seals with a key of his own',
      (head: HeadFile): HeadFile => ({
        ...head,
        seal: {
          count: head.count,
          hash: head.hash,
          mac: createHash('sha256').update('mine').digest('hex'),
          key: 'f'.repeat(16),
        },
      }),
      /another key/,
    ],
  ])('finds whoever forges rows and %s', async (_, change, words) => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 4)
    writeHeadFile(path, change(forgeJournal(path, edited)))
    expect((await verdictOf(path, chain)).problems.join()).toMatch(words)
  })

  it('takes over a journal that was not sealed, whose tampering until then could not be told', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, undefined, 3)
    expect(headFileOf(path).seal).toBeUndefined()
    expect((await verdictOf(path, chain)).notes.join()).toContain('unkeyed: the head is not sealed')
    await write(path, chain, 1)
    expect(headFileOf(path)).toMatchObject({ count: 4, seal: { count: 4 } })
    expect(await verdictOf(path, chain)).toMatchObject({ isSound: true, rows: 4 })
  })

  it('survives a crash between making the key and the first seal, and between the seal and the word of it', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, undefined, 2)
    // The key is there, nothing is sealed.
    ;(await opened(path, chain)).close()
    expect([...chain.kept.values()][0]).toMatch(/^v1 new /)
    expect(await verdictOf(path, chain)).toMatchObject({ isSound: true })
    // Sealed, and the keychain was not told.
    const journal = await opened(path, chain)
    expect(journal.append('a1', 'more', {}, 3)).toEqual({ ok: true })
    journal.close()
    expect(await verdictOf(path, chain)).toMatchObject({ isSound: true })
    await write(path, chain, 1)
    expect([...chain.kept.values()][0]).toMatch(/^v1 bound /)
    expect(await verdictOf(path, chain)).toMatchObject({ isSound: true, rows: 4 })
  })

  it('goes on while the keychain is away, says which rows are not sealed, and seals them when it is back', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 2)
    chain.state.isAway = true
    await write(path, chain, 2)
    expect(headFileOf(path)).toMatchObject({ count: 4, seal: { count: 2 } })
    expect((await verdictOf(path, chain)).notes.join()).toContain(
      'the seal on rows 1 to 2 was not checked: its key cannot be had (no keychain here)',
    )
    chain.state.isAway = false
    expect((await verdictOf(path, chain)).notes.join()).toContain('the newest 2 rows are not sealed')
    await write(path, chain, 1)
    expect(headFileOf(path)).toMatchObject({ count: 5, seal: { count: 5 } })
    expect(await verdictOf(path, chain)).toMatchObject({ isSound: true })
  })

  it('gives its head with the seal, for keeping elsewhere', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 2)
    const head = (await opened(path, chain)).head()
    expect(head).toMatchObject({
      ok: true,
      value: headFileOf(path).seal === undefined ? {} : { seal: headFileOf(path).seal },
    })
    expect(head.ok && head.value.seal?.count).toBe(2)
  })

  it('that was taken away with its head is missed', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 2)
    rmSync(join(path, 'journal.db'))
    rmSync(join(path, 'journal.head'))
    const key = await createJournalKeys(createVault(chain.keychain), path).held()
    expect(withoutJournal(key)).toMatchObject({ isSound: false })
    expect(withoutJournal({ state: 'none', why: '' })).toMatchObject({ isSound: true })
  })

  it('that was taken away stays missed when another one is begun', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 2)
    expect((await verdictOf(path, chain)).notes.join(' ')).not.toContain('begun anew')
    rmSync(join(path, 'journal.db'))
    rmSync(join(path, 'journal.head'))
    await write(path, chain, 2)
    await write(path, chain, 1)
    const verdict = await verdictOf(path, chain)
    expect([verdict.isSound, verdict.rows, verdict.problems]).toEqual([true, 4, []])
    expect(verdict.notes[0]).toBe(
      'it was begun anew at 1970-01-01T00:00:00.001Z: an earlier journal of this folder, sealed with the same key, was gone',
    )
  })
})

describe('the key', () => {
  it('is made once, and for each folder another', async () => {
    const chain = fakeKeychain()
    const [one, two] = [folder(), folder()]
    await write(one, chain, 1)
    const [first] = [...chain.kept.values()]
    await write(one, chain, 1)
    expect([...chain.kept.values()]).toEqual([first])
    await write(two, chain, 1)
    expect(chain.kept.size).toBe(2)
    expect(headFileOf(one).seal?.key).not.toBe(headFileOf(two).seal?.key)
  })

  it('is not made by two at once', async () => {
    const chain = fakeKeychain()
    const keys = createJournalKeys(createVault(chain.keychain), folder())
    expect(await keys.made(() => Promise.resolve(false))).toMatchObject({ state: 'none' })
    expect(chain.kept.size).toBe(0)
  })

  it('is not made where it could not be kept', async () => {
    const chain = fakeKeychain()
    chain.state.isAway = true
    const keys = createJournalKeys(createVault(chain.keychain), folder())
    expect(await keys.made(alone)).toEqual({ state: 'none', why: 'no keychain here' })
  })

  it('that cannot be read is not replaced', async () => {
    const [path, chain] = [folder(), fakeKeychain()]
    await write(path, chain, 1)
    const [account = ''] = [...chain.kept.keys()]
    chain.kept.set(account, 'something else')
    const keys = createJournalKeys(createVault(chain.keychain), path)
    expect(await keys.made(alone)).toMatchObject({ state: 'none' })
    expect(chain.kept.get(account)).toBe('something else')
  })
})
