import { describe, expect, it } from 'vitest'
import type { Deployment, DeploymentOptions } from '../../../src-main/app/open-deployment.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import type { ContractFailure } from '../../../src-main/contract/calls.ts'
import { inspectReport } from '../../../src-main/contract/inspect.ts'
import { toInspectReport } from '../../../src-main/contract/to-inspect.ts'
import type { Finding } from '../../../src-main/domain/findings/model.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { secretInArgv } from '../../../src-main/hosts/cli/guard-argv.ts'
import { readInterval } from '../../../src-main/hosts/cli/interval.ts'
import { runCli } from '../../../src-main/hosts/cli/main.ts'
import { frame } from '../../../src-main/hosts/cli/screen.ts'
import { decideColour } from '../../../src-main/hosts/cli/terminal.ts'
import { FIXTURE_AT, healthyGroup } from '../../support/facts.ts'
import type { FakeTerminal } from './fake-terminal.ts'
import { fakeTerminal } from './fake-terminal.ts'

const SECRET = 'hunter2-very-secret'

interface Fake {
  readonly phase?: 'live' | 'failed'
  readonly failures?: readonly ContractFailure[]
  readonly isInsecure?: boolean
  readonly firstPicture?: Promise<void>
  readonly findings?: readonly Finding[]
  readonly events?: readonly ContractEvent[]
}

function fakeDeployment(fake: Fake = {}) {
  const seen: { target?: ParsedTarget; options?: DeploymentOptions; disposed: number; samples: number } = {
    disposed: 0,
    samples: 1,
  }
  const listeners = new Set<() => void>()
  const open = (target: ParsedTarget, options: DeploymentOptions): Promise<Deployment> => {
    seen.target = target
    seen.options = options
    return Promise.resolve({
      get session(): never {
        throw new Error('not for hosts')
      },
      phase: () => fake.phase ?? 'live',
      failures: () => fake.failures ?? [],
      environment: 'production',
      thresholds: DEFAULT_THRESHOLDS,
      isInsecure: fake.isInsecure ?? false,
      report: () =>
        toInspectReport(
          [
            {
              revision: 1,
              snapshot: healthyGroup(),
              exposure: undefined,
              electable: [],
              findings: fake.findings ?? [],
              notJudged: [],
            },
          ],
          FIXTURE_AT,
          5,
        ),
      recentEvents: () => fake.events ?? [],
      firstPicture: () => fake.firstPicture ?? Promise.resolve(),
      secondSample: () => {
        seen.samples += 1
        return Promise.resolve()
      },
      subscribe: (listener: () => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      dispose: () => {
        seen.disposed += 1
        return Promise.resolve()
      },
    })
  }
  return { open, seen, listeners }
}

async function run(args: readonly string[], fake: Fake = {}, terminal: FakeTerminal = fakeTerminal()) {
  const deployment = fakeDeployment(fake)
  const code = await runCli(args, terminal, deployment.open)
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr(), ...deployment }
}

const oneLine = (text: string): void => {
  expect(text).toMatch(/^repliscope: [^\n]+\n$/)
}

describe('the command line', () => {
  it('prints its version and nothing else', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })

  it('lists in --help only commands that exist', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('inspect')
    for (const later of ['record', 'replay', '--profile', '--ssh']) expect(stdout).not.toContain(later)
    const help = await run(['inspect', '--help'])
    for (const flag of ['--sentinel', '--node', '--url', '--nat', '--tls', '--sentinel-ca', '--watch', '--interval'])
      expect(help.stdout).toContain(flag)
  })

  it.each([
    [[], 'no command given'],
    [['inspcet'], "unknown command 'inspcet' (Did you mean inspect?)"],
    [['inspect', '--jsno'], "unknown option '--jsno' (Did you mean --json?)"],
    [['inspect'], 'no target given'],
    [['inspect', 'extra', '--node', 'h:1'], 'too many arguments'],
    [['inspect', 'h:1'], 'a target is given with --sentinel HOST:PORT or --node HOST:PORT'],
    [['inspect', '--node'], 'argument missing'],
    [['inspect', '--node', 'h'], '--node: "h" has no port'],
    [['inspect', '--node', 'h:1', '--watch', '--interval', '5'], '"5" is not an interval'],
    [['inspect', '--node', 'h:1', '--fail-on', 'nope'], '--fail-on "nope" is not a severity'],
    [['inspect', '--node', 'h:1', '--watch', '--fail-on', 'info'], '--fail-on has no end to judge with --watch'],
    [['inspect', '--node', 'h:1', '--password-env', 'NOT_SET'], 'NOT_SET (--password-env) is not set'],
  ])('answers %j with one line and exit code 2', async (args, words) => {
    const { code, stdout, stderr } = await run(args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    oneLine(stderr)
    expect(stderr).toContain(words)
  })

  it.each([
    ['inspect', '--password', SECRET],
    ['inspect', `--password=${SECRET}`],
    ['inspect', '--passwd', SECRET],
    ['inspect', `--sentinel-password=${SECRET}`],
    ['inspect', '-a', SECRET],
    ['inspect', `-a${SECRET}`],
    ['inspect', '--auth', SECRET],
    ['inspect', `--pasword=${SECRET}`],
    ['inspect', `--unknown=${SECRET}`],
    ['inspect', '--node', 'h:1', SECRET],
    ['inspect', '--url', `redis://user:${SECRET}@h:1`],
    ['inspect', '--url', `redis+sentinel://:${SECRET}@h:1/x`],
    ['inspect', `--url=redis://user:${SECRET}@h:1`],
    ['inspect', '--sentinel', `redis://user:${SECRET}@h:1`],
    ['inspect', '--sentinel', `user:${SECRET}@h:1`],
    ['inspect', '--node', 'h:1', '--password-env', SECRET],
    [`redis://user:${SECRET}@h:1`],
  ])('refuses a password in %j without repeating it', async (...args) => {
    const { code, stdout, stderr, seen } = await run(args)
    expect(code).toBe(2)
    oneLine(stderr)
    expect(stdout + stderr).not.toContain(SECRET)
    expect(seen.target).toBeUndefined()
  })

  it('does not mistake other arguments for secrets', () => {
    for (const arg of [
      '--password-env',
      '--sentinel-password-env',
      'PW',
      'redis://user@[::1]:6379',
      'redis://h:1',
      '--tls',
    ])
      expect(secretInArgv([arg]), arg).toBeUndefined()
  })
})

describe('inspect --json', () => {
  it('prints one object of the contract and nothing else', async () => {
    const { code, stdout, stderr, seen } = await run([
      'inspect',
      '--json',
      '--sentinel',
      '[::1]:26379',
      '--group',
      'mymaster',
    ])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(stdout.trimEnd()).not.toContain('\n')
    expect(inspectReport.parse(JSON.parse(stdout)).groups[0]?.name).toBe('mymaster')
    expect(seen.target).toMatchObject({ sentinels: [{ host: '::1', port: 26379 }], nodes: [], group: 'mymaster' })
    expect(seen.options).toMatchObject({ oneShot: true })
    expect(seen.disposed).toBe(1)
    expect(seen.samples).toBe(1)
  })

  it('tells trouble with some addresses on standard error and still shows the rest', async () => {
    const failures = [{ code: 'not-a-sentinel', message: 'h:1: is a data node, not a Sentinel; use --node h:1' }]
    const { code, stdout, stderr } = await run(['inspect', '--json', '--sentinel', 'h:1,h:2'], { failures })
    expect(code).toBe(0)
    expect(stderr).toBe('repliscope: h:1: is a data node, not a Sentinel; use --node h:1\n')
    expect(() => JSON.parse(stdout) as unknown).not.toThrow()
  })

  it('ends with 3 and prints nothing when nothing can be shown', async () => {
    const failures = [{ code: 'unreachable.refused', message: 'h:1: nothing listens on that port' }]
    const { code, stdout, stderr, seen } = await run(['inspect', '--json', '--node', 'h:1'], {
      phase: 'failed',
      failures,
    })
    expect(code).toBe(3)
    expect(stdout).toBe('')
    oneLine(stderr)
    expect(seen.disposed).toBe(1)
  })

  it('says something even when the trouble has no name', async () => {
    const { code, stderr } = await run(['inspect', '--node', 'h:1'], { phase: 'failed' })
    expect(code).toBe(3)
    oneLine(stderr)
  })

  it('warns when certificates are not verified', async () => {
    const { stderr } = await run(['inspect', '--json', '--node', 'h:1'], { isInsecure: true })
    expect(stderr).toContain('TLS certificates are not verified')
  })

  it('can be interrupted while it waits, and ends what it opened', async () => {
    const terminal = fakeTerminal()
    const running = run(
      ['inspect', '--json', '--node', 'h:1'],
      { firstPicture: new Promise(() => undefined) },
      terminal,
    )
    terminal.stop()
    const { code, stdout, seen } = await running
    expect({ code, stdout, disposed: seen.disposed }).toEqual({ code: 130, stdout: '', disposed: 1 })
  })
})

describe('inspect for people', () => {
  it('takes a second sample, so that rates and seconds left are known', async () => {
    const { code, stdout, seen } = await run(['inspect', '--node', 'h:1'])
    expect(code).toBe(0)
    expect(stdout).toContain('└─ 10.0.0.7:6379')
    expect(seen.samples).toBe(2)
  })

  it('keeps to the width of the terminal', async () => {
    const { stdout } = await run(['inspect', '--node', 'h:1'], {}, fakeTerminal({ columns: 64 }))
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(64)
  })
})

describe('inspect --fail-on', () => {
  const warning: Finding = {
    code: 'no-auth',
    severity: 'warning',
    subject: { kind: 'node', id: '10.0.0.5:6379' },
    title: 'open',
    evidence: [],
    why: '',
    remedy: [],
    since: FIXTURE_AT,
    held: true,
  }

  it.each([
    [[], 0],
    [['--fail-on', 'critical'], 0],
    [['--fail-on', 'warning'], 1],
    [['--fail-on', 'info'], 1],
  ])('with %j and a warning ends with %i', async (flags, expected) => {
    const { code, stdout } = await run(['inspect', '--json', '--node', 'h:1', ...flags], { findings: [warning] })
    expect(code).toBe(expected)
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ code: 'no-auth' }] })
  })
})

describe('inspect --watch', () => {
  it('prints one object a line with --json, until it is stopped', async () => {
    let lines = 0
    const terminal: FakeTerminal = fakeTerminal({
      onOut: () => {
        lines += 1
        if (lines === 3) terminal.stop()
      },
    })
    const { code, stdout, seen } = await run(
      ['inspect', '--watch', '--json', '--interval', '250ms', '--node', 'h:1'],
      {},
      terminal,
    )
    expect(code).toBe(0)
    const texts = stdout.trimEnd().split('\n')
    expect(texts).toHaveLength(3)
    for (const text of texts) inspectReport.parse(JSON.parse(text))
    expect(seen).toMatchObject({ disposed: 1, options: { intervalMs: 250 } })
  })

  it('prints a block an interval to a pipe, with its time', async () => {
    const terminal: FakeTerminal = fakeTerminal({ onOut: () => terminal.stop() })
    const { stdout } = await run(['inspect', '--watch', '--node', 'h:1'], {}, terminal)
    expect(stdout).toMatch(/^--- 2025-06-15T\S+Z\nmymaster/)
    expect(stdout).not.toContain('\u001b')
  })

  it('repaints another screen on a terminal, goes back when stopped and leaves the last picture', async () => {
    const terminal: FakeTerminal = fakeTerminal({
      isTty: true,
      onOut: (text) => {
        if (text.includes('\u001b[H')) terminal.stop()
      },
    })
    const { code, stdout, listeners } = await run(['inspect', '--watch', '--node', 'h:1'], {}, terminal)
    expect(code).toBe(0)
    expect(stdout.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true)
    const [, after] = stdout.split('\u001b[?25h\u001b[?1049l')
    expect(after).toMatch(/^mymaster/)
    expect(listeners.size).toBe(0)
  })

  it('says beneath the picture what happened last, in one line each that fits', async () => {
    const event: ContractEvent = {
      id: '1',
      at: '2026-03-04T12:04:31.208Z',
      since: null,
      group: 'mymaster',
      kind: 'sentinel',
      node: '10.0.0.6:6379',
      what: '+switch-master',
      detail: 'mymaster 10.0.0.5 6379 10.0.0.6 6379\u001b[2J',
      severity: 'warning',
      by: ['10.0.0.5:26379', '10.0.0.6:26379'],
      about: null,
    }
    const wide: FakeTerminal = fakeTerminal({ onOut: () => wide.stop(), columns: 120 })
    const { stdout } = await run(['inspect', '--watch', '--node', 'h:1'], { events: [event] }, wide)
    expect(stdout).toContain(
      '12:04:31  +switch-master  10.0.0.6:6379  mymaster 10.0.0.5 6379 10.0.0.6 6379?[2J  (2 Sentinels)',
    )
    const narrow: FakeTerminal = fakeTerminal({ onOut: () => narrow.stop(), columns: 44 })
    const cut = await run(['inspect', '--watch', '--node', 'h:1'], { events: [event] }, narrow)
    expect(cut.stdout).toMatch(/^12:04:31 {2}\+switch-master {2}10\.0\.0\.6:6379.*…$/m)
    for (const text of cut.stdout.split('\n').slice(1)) expect(text.length).toBeLessThanOrEqual(44)
  })

  it('ends with 0 when stopped before the first picture', async () => {
    const terminal = fakeTerminal()
    terminal.stop()
    const { code } = await run(
      ['inspect', '--watch', '--node', 'h:1'],
      { firstPicture: new Promise(() => undefined) },
      terminal,
    )
    expect(code).toBe(0)
  })
})

describe('the parts', () => {
  it.each([
    ['1s', 1000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['249ms', undefined],
    ['61m', undefined],
    ['1', undefined],
    ['-1s', undefined],
    ['1 h', undefined],
    ['', undefined],
  ])('read the interval %j as %s', (text, ms) => {
    expect(readInterval(text)).toBe(ms)
  })

  it('use colour on a terminal, as NO_COLOR and FORCE_COLOR say', () => {
    expect(decideColour({}, true)).toBe(true)
    expect(decideColour({}, false)).toBe(false)
    expect(decideColour({ TERM: 'dumb' }, true)).toBe(false)
    expect(decideColour({ NO_COLOR: '1' }, true)).toBe(false)
    expect(decideColour({ NO_COLOR: '' }, true)).toBe(true)
    expect(decideColour({ FORCE_COLOR: '1' }, false)).toBe(true)
    expect(decideColour({ FORCE_COLOR: '0' }, true)).toBe(false)
    expect(decideColour({ FORCE_COLOR: '1', NO_COLOR: '1' }, true)).toBe(false)
  })

  it('say how much of the picture a small window cannot show', () => {
    const text = frame(['a', 'b', 'c', 'd', 'e'], 'foot', 4)
    expect(text).toContain('a\u001b[K\r\nb\u001b[K\r\n… 3 more lines')
    expect(text).not.toContain('c\u001b[K')
    expect(text.split('\r\n')).toHaveLength(4)
    expect(frame(['a'], 'foot', 4).split('\r\n')).toHaveLength(4)
  })
})
