import { fork, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createKeychain, forkKeychain } from '../../src-main/storage/vault-keychain.ts'
import { createVault } from '../../src-main/storage/vault.ts'
import { forgeJournal, type HeadFile } from '../support/forge-journal.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import { withLab } from '../support/lab/with-lab.ts'

// A real gnome-keyring on a D-Bus of its own, under a home of its own: nobody's keychain is touched.

const CLI = process.env['REPLISCOPE_CLI'] ?? fileURLToPath(new URL('../../out/cli/index.js', import.meta.url))
const PROGRAM = join(dirname(CLI), '../shared/keychain.js')
const SECRET = 'hunter2-very-secret'
const HAS_KEYRING = ['dbus-run-session', 'gnome-keyring-daemon'].every((name) =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name))),
)

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vault-'))
  mkdirSync(join(home, 'run'), { mode: 0o700 })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const data = () => join(home, 'data')
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
  const { DBUS_SESSION_BUS_ADDRESS: _, DISPLAY: __, WAYLAND_DISPLAY: ___, ...env } = process.env
  return {
    ...env,
    HOME: home,
    XDG_DATA_HOME: join(home, 'share'),
    XDG_RUNTIME_DIR: join(home, 'run'),
    REPLISCOPE_HOME: data(),
    PW: SECRET,
    ...more,
  }
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(command: string, args: readonly string[], env = environment()): Promise<Ended> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Runs the command line on a bus of its own with a keyring that is open, or locked. The daemons end with the bus. */
async function onKeyring(state: 'unlocked' | 'locked', ...lines: readonly (readonly string[])[]): Promise<Ended[]> {
  const open = state === 'unlocked' ? 'printf pw | gnome-keyring-daemon --unlock' : 'gnome-keyring-daemon --start'
  const results = lines.map((_, n) => join(home, `result-${n}`))
  const script = [
    `${open} --components=secrets >/dev/null 2>&1`,
    ...lines.map(
      (words, n) =>
        `${[process.execPath, CLI, ...words].map(quoted).join(' ')} >${results[n]}.out 2>${results[n]}.err; echo $? >${results[n]}.code`,
    ),
  ].join('\n')
  await run('dbus-run-session', ['--', 'sh', '-c', script])
  const read = (path: string) => readFileSync(path, 'utf8')
  return results.map((path) => ({
    code: Number(read(`${path}.code`)),
    stdout: read(`${path}.out`),
    stderr: read(`${path}.err`),
  }))
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
const cli = (args: readonly string[], env = environment()) => run(process.execPath, [CLI, ...args], env)

/** Every file under the data folder, as one text. */
function everythingKept(folder = data()): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

const oneLine = (text: string): void => expect(text).toMatch(/^repliscope: [^\n]+\n$/)

it('is built', () => expect(existsSync(PROGRAM)).toBe(true))

describe.skipIf(!HAS_KEYRING)('profiles on a real keyring', () => {
  it('keep the password there, connect with it, and take it away with them', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    await redisCli(lab, lab.master, 'CONFIG', 'SET', 'requirepass', SECRET)
    const [added, listed, shown, inspected, removed] = await onKeyring(
      'unlocked',
      ['profile', 'add', 'orders prod', '--node', lab.master.id, '--password-env', 'PW', '--environment', 'staging'],
      ['profile', 'list', '--json'],
      ['profile', 'show', 'orders prod'],
      ['inspect', '--json', '--profile', 'orders prod'],
      ['profile', 'remove', 'orders prod'],
    )
    expect(added).toMatchObject({ code: 0, stdout: '' })
    expect(JSON.parse(listed?.stdout ?? '')).toMatchObject([
      { name: 'orders prod', environment: 'staging', nodes: [lab.master.id], password: 'keychain' },
    ])
    expect(shown?.stdout).toContain('password in the keychain')
    expect(inspected).toMatchObject({ code: 0, stderr: '' })
    const report = JSON.parse(inspected?.stdout ?? '') as { nodes: { id: string; reachability: string }[] }
    expect(report.nodes.find((node) => node.id === lab.master.id)?.reachability).toBe('up')
    expect(removed).toMatchObject({ code: 0, stderr: '' })
    for (const { stdout, stderr } of [added, listed, shown, inspected, removed].flatMap((one) => one ?? []))
      expect(stdout + stderr).not.toContain(SECRET)
    expect(everythingKept()).not.toContain(SECRET)
    // The same id again would find it if it were still there.
    const [again] = await onKeyring('unlocked', ['profile', 'show', 'orders prod'])
    expect(again?.code).toBe(3)
  })

  it('are refused with 4 and one line when it is locked, and nothing is saved or removed unseen', async () => {
    await onKeyring('unlocked', ['profile', 'add', 'p', '--node', '127.0.0.1:1', '--password-env', 'PW'])
    const before = everythingKept()
    const [inspected, added, listed, removed] = await onKeyring(
      'locked',
      ['inspect', '--profile', 'p'],
      ['profile', 'add', 'q', '--node', '127.0.0.1:1', '--password-env', 'PW'],
      ['profile', 'list', '--json'],
      ['profile', 'remove', 'p'],
    )
    for (const refused of [inspected, added]) {
      expect(refused).toMatchObject({ code: 4, stdout: '' })
      oneLine(refused?.stderr ?? '')
      expect(refused?.stderr).toContain('locked')
    }
    expect(JSON.parse(listed?.stdout ?? '')).toHaveLength(1)
    expect(before).toContain('"keychain"')
    expect(removed).toMatchObject({ code: 4, stderr: expect.stringContaining('still in the keychain') })
  })
})

describe('without a usable keychain', () => {
  it('saves the profile without its password, says so, and asks for it with each command', async () => {
    const added = await cli(['profile', 'add', 'p', '--node', '127.0.0.1:1', '--password-env', 'PW'])
    expect(added.code).toBe(0)
    expect(added.stderr).toContain('the password was not kept')
    expect(everythingKept()).not.toContain(SECRET)
    expect(statSync(join(data(), 'profiles.json')).mode & 0o777).toBe(0o600)
    const refused = await cli(['inspect', '--profile', 'p'])
    expect(refused.code).toBe(4)
    oneLine(refused.stderr)
    const given = await cli(['inspect', '--profile', 'p', '--password-env', 'PW', '--timeout', '200'])
    expect(given.code).toBe(3)
    expect(given.stderr).toContain('127.0.0.1:1')
  })

  it('holds the key of the journal: whoever rewrites rows and head without it is found', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    const act = ['act', 'bgsave', '--node', lab.master.id, '--environment', 'lab', '--confirm', lab.master.id, '--json']
    const verify = ['journal', 'verify', '--json']
    const told = (ended: Ended | undefined) =>
      JSON.parse(ended?.stdout ?? '') as { sound: boolean; problems: readonly string[]; notes: readonly string[] }
    // Begun without a keychain, taken over by the first action that finds one.
    const before = await cli(act)
    expect(before.code, before.stderr).toBe(0)
    expect(told(await cli(verify)).notes.join()).toContain('unkeyed')
    const [acted, verified, exported] = await onKeyring('unlocked', act, verify, ['journal', 'export'])
    expect(acted?.code, acted?.stderr).toBe(0)
    expect(verified?.code).toBe(0)
    expect(told(verified).notes.join()).toMatch(/rows 1 to \d+ are sealed with the key of this keychain/)
    const head = JSON.parse(exported?.stdout.trim().split('\n').at(-1) ?? '') as HeadFile
    expect(head).toMatchObject({ schema: 'repliscope/journal-head@1', seal: { count: head.count, hash: head.hash } })

    forgeJournal(data(), (bodies) => bodies.map((body) => body.replaceAll(lab.master.id, '127.0.0.1:1')))
    const [found, refused] = await onKeyring('unlocked', verify, act)
    expect(found?.code).toBe(1)
    expect(told(found).problems.join()).toContain('sealed')
    expect(refused?.code).toBe(4)
    oneLine(refused?.stderr ?? '')
    // Without the key the chain is whole, and that the seal was not checked is said.
    expect(told(await cli(verify)).notes.join()).toContain('was not checked')
  })

  it('gives up on a D-Bus that takes the connection and never says a word', async () => {
    const socket = join(home, 'silent')
    const server = createServer((connection) => void connection.on('error', () => undefined))
    await new Promise<void>((resolve) => void server.listen(socket, resolve))
    onTestFinished(() => void server.close())
    const env = environment({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` })
    const added = await cli(['profile', 'add', 'p', '--node', '127.0.0.1:1', '--password-env', 'PW'], env)
    expect(added).toMatchObject({ code: 4, stderr: expect.stringContaining('did not answer within 5 s') })
    oneLine(added.stderr)
    expect(existsSync(join(data(), 'profiles.json'))).toBe(false)
  })

  it('holds the secret in memory for the session of a host, and ends the process that hung', async () => {
    const socket = join(home, 'silent')
    const server = createServer((connection) => void connection.on('error', () => undefined))
    await new Promise<void>((resolve) => void server.listen(socket, resolve))
    onTestFinished(() => void server.close())
    const pids: number[] = []
    const start = () => {
      const child = fork(PROGRAM, [], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        execArgv: [],
        env: environment({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` }),
      })
      pids.push(child.pid ?? 0)
      return {
        send: (requests: readonly object[]) => void child.send([...requests]),
        onAnswers: (listener: (answers: unknown) => void) => void child.on('message', listener),
        onExit: (listener: () => void) => void child.on('exit', listener),
        end: () => void child.kill('SIGKILL'),
        child,
      }
    }
    let ended: Promise<unknown> = Promise.resolve()
    const vault = createVault(
      createKeychain(() => {
        const process_ = start()
        ended = new Promise((resolve) => process_.child.on('exit', resolve))
        return process_
      }),
    )
    expect(await vault.keep(new Map([['id/password', SECRET]]))).toMatchObject({
      place: 'memory',
      trouble: { reason: 'silent' },
    })
    expect((await vault.read(['id/password'])).found.get('id/password')).toBe(SECRET)
    await ended
    expect(pids).toHaveLength(1)
  })

  it('names the missing bus through the program itself', async () => {
    const saved = { ...process.env }
    onTestFinished(() => void Object.assign(process.env, saved))
    delete process.env['DBUS_SESSION_BUS_ADDRESS']
    delete process.env['DISPLAY']
    process.env['XDG_RUNTIME_DIR'] = join(home, 'run')
    const vault = createVault(createKeychain(() => forkKeychain(PROGRAM)))
    expect(await vault.keep(new Map([['id/password', SECRET]]))).toMatchObject({
      place: 'memory',
      trouble: { reason: 'absent' },
    })
  })
})

describe('a profiles file that cannot be used', () => {
  it('is kept aside and named with 4, and left as it was', async () => {
    mkdirSync(data(), { recursive: true })
    writeFileSync(join(data(), 'profiles.json'), '{ "schema": ')
    const refused = await cli(['inspect', '--profile', 'p'])
    expect(refused.code).toBe(4)
    oneLine(refused.stderr)
    const [kept] = readdirSync(data())
    expect(refused.stderr).toContain(kept)
    expect(readFileSync(join(data(), kept ?? ''), 'utf8')).toBe('{ "schema": ')
  })

  it('is left alone with 4 when a newer version wrote it', async () => {
    mkdirSync(data(), { recursive: true })
    writeFileSync(join(data(), 'profiles.json'), '{"schema":"repliscope/profiles@7","profiles":[]}')
    for (const args of [
      ['profile', 'list'],
      ['profile', 'add', 'p', '--node', 'h:1'],
      ['inspect', '--profile', 'p'],
    ]) {
      const refused = await cli(args)
      expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('newer version') })
    }
    expect(readdirSync(data())).toEqual(['profiles.json'])
  })
})

describe('profile add', () => {
  it('asks for a password on a terminal without showing it', async () => {
    const line = [process.execPath, CLI, 'profile', 'add', 'p', '--node', '127.0.0.1:1', '--ask-password'].map(quoted)
    const child = spawn('script', ['-qec', `exec ${line.join(' ')}`, '/dev/null'], {
      env: environment({ TERM: 'xterm' }),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let seen = ''
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!seen.includes('Password') && (seen + text).includes('Password')) child.stdin.write(`${SECRET}\r`)
      seen += text
    })
    expect(await ended).toBe(0)
    expect(seen).toContain('Password for data nodes: ')
    expect(seen).not.toContain(SECRET)
    expect(everythingKept()).not.toContain(SECRET)
  })

  it('does not ask where there is no terminal, and takes no password as an argument', async () => {
    const asked = await cli(['profile', 'add', 'p', '--node', '127.0.0.1:1', '--ask-password'])
    expect(asked.code).toBe(2)
    oneLine(asked.stderr)
    for (const args of [['--password', SECRET], [`--password=${SECRET}`], ['--url', `redis://u:${SECRET}@h:1`]]) {
      const refused = await cli(['profile', 'add', 'p', ...args])
      expect(refused.code).toBe(2)
      expect(refused.stdout + refused.stderr).not.toContain(SECRET)
    }
  })

  it('exports without secrets and imports what was exported', async () => {
    await cli(['profile', 'add', 'p', '--node', '127.0.0.1:1', '--password-env', 'PW', '--threshold', 'lagBytes=5'])
    const file = join(home, 'shared.json')
    expect((await cli(['profile', 'export', file])).code).toBe(0)
    expect(readFileSync(file, 'utf8')).not.toMatch(/"id"|hunter2/)
    expect((await cli(['profile', 'import', file])).code).toBe(4)
    const other = environment({ REPLISCOPE_HOME: join(home, 'other') })
    expect((await cli(['profile', 'import', file], other)).code).toBe(0)
    const listed = await cli(['profile', 'list', '--json'], other)
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'p', password: 'ask', thresholds: { lagBytes: 5 } }])
  })
})
