import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deploymentIdOf } from '../../../src-main/app/acknowledged.ts'
import type { Deployment, DeploymentOptions } from '../../../src-main/app/open-deployment.ts'
import { productJudge } from '../../../src-main/app/product-judge.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import { auditReport } from '../../../src-main/contract/audit.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import { runCli } from '../../../src-main/hosts/cli/main.ts'
import { createAcknowledgements } from '../../../src-main/storage/acknowledgements.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
} from '../../support/facts.ts'
import { NO_PAST } from '../../support/past.ts'
import { fakeDeployment, groupAt } from './fake-deployment.ts'
import { fakeTerminal } from './fake-terminal.ts'

/** One deployment with one group, judged by the whole catalogue. */
function deploymentOf(snapshot: GroupSnapshot) {
  const seen: { target?: ParsedTarget; options?: DeploymentOptions; opened: number } = { opened: 0 }
  const open = (target: ParsedTarget, options: DeploymentOptions): Promise<Deployment> => {
    seen.target = target
    seen.options = options
    seen.opened += 1
    const thresholds = { ...DEFAULT_THRESHOLDS, ...options.thresholds, ...options.thresholdChanges }
    const judge = productJudge(options.environment ?? 'production', thresholds)
    return Promise.resolve(fakeDeployment(groupAt(snapshot, judge(snapshot, NO_PAST, undefined)), options))
  }
  return { open, seen }
}

const SERVERS = [HEALTHY.master, HEALTHY.replica1, HEALTHY.replica2, HEALTHY.chained]

const evenly = (): GroupSnapshot =>
  withSentinelMaster({ ...healthyGroup(), knownSentinels: 4 }, { otherSentinelTotal: 3, quorum: 3 })

async function audit(args: readonly string[], snapshot: GroupSnapshot = healthyGroup(), home = folder()) {
  const terminal = fakeTerminal({ env: { REPLISCOPE_HOME: home } })
  const deployment = deploymentOf(snapshot)
  const code = await runCli(['audit', '--sentinel', '10.0.0.1:26379', ...args], terminal, deployment.open)
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr(), ...deployment.seen }
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'repliscope-audit-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const oneLine = (text: string): void => expect(text).toMatch(/^repliscope: [^\n]+\n$/)

describe('audit --json', () => {
  it('is the picture with every finding judged, and the checklist', async () => {
    const { code, stdout, stderr } = await audit(['--json', '--only', 'even-sentinels'], evenly())
    const report = auditReport.parse(JSON.parse(stdout))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(report.schema).toBe('repliscope/audit@1')
    expect(report.groups.map((group) => group.name)).toEqual(['mymaster'])
    expect(report.findings.map((one) => one.code)).toEqual(['even-sentinels'])
    expect(report.checklist.map((one) => one.item)).toContain('odd-sentinels')
    expect(new Set(report.checklist.map((one) => one.answer)).size).toBeGreaterThan(1)
  })

  it('leaves out what was asked to be left out', async () => {
    const { stdout } = await audit(['--json', '--except', 'even-sentinels'], evenly())
    expect(auditReport.parse(JSON.parse(stdout)).findings.map((one) => one.code)).not.toContain('even-sentinels')
  })
})

describe('audit --fail-on', () => {
  it.each([
    ['info', 1],
    ['warning', 1],
    ['critical', 0],
  ])('%s ends a look with one warning with %i', async (severity, code) => {
    expect((await audit(['--only', 'even-sentinels', '--fail-on', severity], evenly())).code).toBe(code)
  })

  it('is critical by default', async () => {
    const impossible = withSentinelMaster(healthyGroup(), { quorum: 9 })
    expect((await audit([], impossible)).code).toBe(1)
    expect((await audit(['--only', 'quorum-not-majority'], impossible)).code).toBe(0)
  })

  it('refuses what is no severity', async () => {
    const { code, stderr, opened } = await audit(['--fail-on', 'fatal'])
    expect({ code, opened }).toEqual({ code: 2, opened: 0 })
    oneLine(stderr)
    expect(stderr).toContain('"fatal"')
  })
})

describe('audit for people', () => {
  it('prints title, evidence, remedy, and what is not yet held', async () => {
    const split = {
      ...healthyGroup(),
      views: healthyGroup().views.map((view, n) => (n === 0 ? { ...view, master: '10.0.0.6:6379' } : view)),
    }
    const { stdout } = await audit(['--only', 'sentinels-disagree'], split)
    expect(stdout).toContain('CRITICAL sentinels-disagree')
    expect(stdout.replace(/\s+/g, ' ')).toContain('(not yet held)')
    expect(stdout.replace(/\s+/g, ' ')).toContain('evidence: 10.0.0.1:26379 master address 10.0.0.6:6379')
    expect(stdout).toContain('Durability checklist')
  })

  it('shows an empty value as such', async () => {
    const empty = withNodeConfig(healthyGroup(), HEALTHY.master, { save: '', appendonly: 'no' })
    const { stdout } = await audit(
      ['--only', 'master-persistence-off'],
      withNodeInfo(empty, HEALTHY.master, { persistence: { aofEnabled: false } }),
    )
    expect(stdout.replace(/\s+/g, ' ')).toContain('10.0.0.5:6379 save "";')
  })

  it('counts one warning as one', async () => {
    const { stdout } = await audit(['--only', 'even-sentinels'], evenly())
    expect(stdout).toContain(' 1 warning,')
    expect((await audit(['--markdown', '--only', 'even-sentinels'], evenly())).stdout).toContain(' 1 warning,')
  })

  it('prints Markdown when asked', async () => {
    expect((await audit(['--markdown'])).stdout).toMatch(/^# Repliscope audit: mymaster\n/)
  })
})

describe('what somebody has acknowledged', () => {
  const ENDED = ['--only', 'end-of-life']
  const old = () =>
    SERVERS.reduce(
      (group, id) => withNodeInfo(group, id, { server: { flavour: 'redis', version: '6.0.20' } }),
      healthyGroup(),
    )

  it('is one line a code until somebody has seen one of it, in JSON one finding a node either way', async () => {
    const home = folder()
    const before = await audit(ENDED, old(), home)
    expect(before.stdout.match(/WARNING end-of-life/g)).toHaveLength(1)
    expect(before.stdout.replace(/\s+/g, ' ')).toContain(`the same of ${SERVERS.slice(1).join(', ')}`)
    expect(before.stdout).not.toContain('acknowledged')
    await createAcknowledgements(home, () => undefined).put(
      deploymentIdOf(before.target!),
      {
        code: 'end-of-life',
        subject: { kind: 'node', id: HEALTHY.replica1 },
        group: 'mymaster',
        severity: 'warning',
        note: 'moves in July',
        at: new Date(FIXTURE_AT).toISOString(),
        expiresAt: null,
      },
      FIXTURE_AT,
    )
    const after = await audit(ENDED, old(), home)
    expect(after.stdout.match(/WARNING end-of-life/g)).toHaveLength(2)
    expect(after.stdout).toContain(', 1 of them acknowledged')
    expect(after.stdout).toContain('acknowledged 2025-06-15T15:06:40.000Z: moves in July')
    const json = auditReport.parse(JSON.parse((await audit([...ENDED, '--json'], old(), home)).stdout))
    expect(json.findings.map(({ subject }) => subject.id)).toEqual(SERVERS)
    expect(json.acknowledged).toMatchObject([{ subject: { id: HEALTHY.replica1 }, note: 'moves in July' }])
  })

  it('is left out, and said so, where it cannot be read', async () => {
    const home = folder()
    writeFileSync(join(home, 'acknowledgements.json'), '{"schema":"repliscope/acknowledgements@9"}')
    const { code, stderr } = await audit(ENDED, old(), home)
    expect(code).toBe(0)
    oneLine(stderr)
    expect(stderr).toContain('acknowledgements')
  })
})

describe('audit into a file', () => {
  it('writes HTML, and says where', async () => {
    const file = join(folder(), 'report.html')
    expect(await audit(['--html', file])).toMatchObject({
      stdout: '',
      stderr: `repliscope: report written to ${file}\n`,
    })
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('writes Markdown beside JSON on standard output', async () => {
    const file = join(folder(), 'report.md')
    const { stdout } = await audit(['--json', '--markdown', file])
    expect(readFileSync(file, 'utf8')).toMatch(/^# Repliscope audit/)
    expect(auditReport.safeParse(JSON.parse(stdout)).success).toBe(true)
  })

  it('replaces nothing without --force', async () => {
    const made = folder()
    const file = join(made, 'report.html')
    writeFileSync(file, 'precious')
    const refused = await audit(['--html', file])
    expect(refused).toMatchObject({ code: 2, stdout: '', opened: 0 })
    oneLine(refused.stderr)
    expect(refused.stderr).toContain('--force')
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect((await audit(['--html', file, '--force'])).code).not.toBe(2)
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/)
    expect(readdirSync(made)).toEqual(['report.html'])
  })

  it.each([
    ['a folder', () => folder()],
    ['a file in a folder that is not there', () => join(folder(), 'none', 'report.html')],
    [
      'a file below a file',
      () => {
        const file = join(folder(), 'plain')
        writeFileSync(file, '')
        return join(file, 'report.html')
      },
    ],
  ])('refuses %s before it connects', async (_, path) => {
    const refused = await audit(['--html', path(), '--force'])
    expect(refused).toMatchObject({ code: 2, opened: 0 })
    oneLine(refused.stderr)
  })

  it('says so when the write itself fails', async () => {
    const refused = await audit(['--html', '/proc/repliscope.html'])
    expect(refused.code).toBe(2)
    oneLine(refused.stderr)
  })
})

describe('the settings of an audit', () => {
  it.each([
    [['--only', 'no-such-code'], 'no-such-code'],
    [['--except', 'no-such-code'], 'no-such-code'],
    [['--environment', 'moon'], 'production, staging'],
    [['--threshold', 'lagBytes'], 'NAME=NUMBER'],
    [['--threshold', 'nope=1'], 'NAME=NUMBER'],
    [['--threshold', 'toString=1'], 'NAME=NUMBER'],
    [['--threshold', 'lagBytes=-1'], 'from 0 on'],
    [['--threshold', 'memoryWarnRatio=90'], 'from 0 to 1'],
    [['--json', '--markdown'], 'standard output'],
  ])('%j are refused in one line, before anything is dialled', async (args, words) => {
    const { code, stdout, stderr, opened } = await audit(args)
    expect({ code, stdout, opened }).toEqual({ code: 2, stdout: '', opened: 0 })
    oneLine(stderr)
    expect(stderr).toContain(words)
  })

  it('reach the judge', async () => {
    const { options } = await audit(['--environment', 'staging', '--threshold', 'downAfterMinMs=9000'])
    expect(options).toMatchObject({ environment: 'staging', oneShot: true, thresholdChanges: { downAfterMinMs: 9000 } })
    const { stdout } = await audit(['--threshold', 'downAfterMinMs=9000', '--only', 'down-after-odd', '--json'])
    expect(auditReport.parse(JSON.parse(stdout)).findings.map((one) => one.code)).toEqual(['down-after-odd'])
  })
})
