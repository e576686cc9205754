import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { auditReport, type AuditReport } from '../../src-main/contract/audit.ts'
import type { Lab, LabNode } from '../../src-main/lab/lab.ts'
import { redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab, type TestLab } from '../support/lab/with-lab.ts'
import { runCli, type CliResult } from './cli-program.ts'

type Finding = AuditReport['findings'][number]

const first = (nodes: readonly LabNode[]): LabNode => at(nodes, 0)
function at(nodes: readonly LabNode[], index: number): LabNode {
  const node = nodes[index]
  if (node === undefined) throw new Error('the lab has no such node')
  return node
}

/** The audit by one Sentinel that runs. */
async function audit(lab: Lab, ...args: readonly string[]): Promise<AuditReport> {
  const sentinel = lab.sentinels.find((node) => lab.isRunning(node)) ?? first(lab.sentinels)
  const { stdout, stderr, code } = await runCli(['audit', '--json', '--sentinel', sentinel.id, ...args])
  if (code !== 0 && code !== 1) throw new Error(`audit ended with ${code}: ${stderr}`)
  return auditReport.parse(JSON.parse(stdout))
}

/** Looks until the finding is there; gives it. */
function appears(lab: Lab, code: string, id?: string): Promise<Finding> {
  return waitFor(
    async () => {
      const { findings } = await audit(lab, '--only', code)
      return findings.find((one) => one.code === code && (id === undefined || one.subject.id === id))
    },
    { what: `the finding ${code}`, deadlineMs: 45_000, everyMs: 200 },
  )
}

/** Looks until the finding is gone. */
async function clears(lab: Lab, code: string, id?: string): Promise<void> {
  await waitFor(
    async () => {
      const { findings } = await audit(lab, '--only', code)
      return !findings.some((one) => one.code === code && (id === undefined || one.subject.id === id))
    },
    { what: `${code} to clear`, deadlineMs: 45_000, everyMs: 200 },
  )
}

const proof = (finding: Finding): readonly (readonly unknown[])[] =>
  finding.evidence.map((one) => [one.node, one.field, one.value])

describe('an audit of a healthy, well-configured deployment', () => {
  const PASSWORD = 'inspect-only'
  const DATA =
    '-@all +ping +info +role +dbsize +client|list +client|id +client|getname +client|setname +config|get +acl|whoami +acl|dryrun +subscribe +psubscribe'
  const SENTINEL =
    '-@all +ping +info +role +psubscribe +subscribe +client|setname +acl|whoami +sentinel|masters +sentinel|master +sentinel|replicas +sentinel|sentinels +sentinel|ckquorum +sentinel|myid +sentinel|info-cache'

  /** The version is the distribution's: whether it carried the fixes back cannot be seen from outside. */
  const ALLOWED = new Set(['version-advisory', 'end-of-life'])

  const healthy = () =>
    withLab({
      // Every server on an address of its own, so that co-location would be real.
      host: 'own',
      chained: 0,
      persistence: 'aof',
      downAfterMs: 5000,
      failoverTimeoutMs: 60_000,
      auth: { users: ['default off resetkeys resetchannels -@all', `inspector on >${PASSWORD} ~* &* ${DATA}`] },
      sentinelAuth: { users: ['default off resetchannels -@all', `inspector on >${PASSWORD} allchannels ${SENTINEL}`] },
      set: {
        save: '3600 1',
        maxmemory: '256mb',
        'min-replicas-to-write': '1',
        'min-replicas-max-lag': '3',
        'repl-backlog-size': '64mb',
      },
    })

  const flagsFor = (lab: TestLab): readonly string[] => [
    ...['--sentinel', first(lab.sentinels).id, '--environment', 'production'],
    ...['--user', 'inspector', '--password-env', 'INSPECT'],
    ...['--sentinel-user', 'inspector', '--sentinel-password-env', 'INSPECT'],
  ]
  const run = (lab: TestLab, ...args: readonly string[]): Promise<CliResult> =>
    runCli(['audit', ...flagsFor(lab), ...args], { INSPECT: PASSWORD })

  it('finds nothing critical and nothing to warn of', async () => {
    const lab = await healthy()
    const report = await waitFor(
      async () => {
        const one = auditReport.parse(JSON.parse((await run(lab, '--json')).stdout))
        return one.groups[0]?.agreed === true ? one : undefined
      },
      { what: 'an audit' },
    )
    const grave = report.findings.filter((one) => one.severity !== 'info' && !ALLOWED.has(one.code))
    expect(grave.map((one) => `${one.severity} ${one.code}: ${one.title}`)).toEqual([])
    expect(report.nodes.flatMap((node) => node.notPermitted)).toEqual([])
    const answers = new Map(report.checklist.map((one) => [one.item, one.answer]))
    expect(answers.get('persistence')).toBe('yes')
    expect(answers.get('odd-sentinels')).toBe('yes')
    expect(answers.get('failure-domains')).toBe('yes')

    const file = join(mkdtempSync(join(tmpdir(), 'repliscope-report-')), 'report.html')
    onTestFinished(() => rmSync(join(file, '..'), { recursive: true, force: true }))
    const except = [...ALLOWED].flatMap((code) => ['--except', code])
    const written = await run(lab, '--html', file, '--fail-on', 'warning', ...except)
    expect(written).toEqual({ code: 0, stdout: '', stderr: `repliscope: report written to ${file}\n` })
    const html = readFileSync(file, 'utf8')
    for (const node of lab.nodes) expect(html).toContain(node.id)
    expect(html).toContain('<svg')
    expect(html).not.toContain('<script')
    expect(html).not.toContain(PASSWORD)

    const again = await run(lab, '--html', file)
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('--force')
    expect(readFileSync(file, 'utf8')).toBe(html)
    expect((await run(lab, '--fail-on', 'warning')).code).toBe(1)
  })
})

describe('a condition that is made and undone', () => {
  let lab: TestLab
  beforeAll(async () => {
    lab = await withLab({ chained: 0, downAfterMs: 5000 })
  })
  afterAll(() => lab.down())

  const set = (node: LabNode, name: string, value: string) => redisCli(lab, node, 'CONFIG', 'SET', name, value)

  it('no persistence on the master', async () => {
    const finding = await appears(lab, 'master-persistence-off', lab.master.id)
    expect(['critical', 'warning']).toContain(finding.severity)
    expect(finding.remedy.join('\n')).toContain(`-p ${lab.master.address.port} CONFIG SET`)
    await set(lab.master, 'save', '3600 1')
    await clears(lab, 'master-persistence-off')
    await set(lab.master, 'save', '')
  })

  it('a writable replica', async () => {
    const replica = first(lab.replicas)
    await clears(lab, 'replica-writable')
    await set(replica, 'replica-read-only', 'no')
    const finding = await appears(lab, 'replica-writable', replica.id)
    expect(finding.severity).toBe('warning')
    expect(finding.evidence.map((one) => one.node)).toContain(replica.id)
    await set(replica, 'replica-read-only', 'yes')
    await clears(lab, 'replica-writable')
  })

  it('writes refused with NOREPLICAS', async () => {
    await clears(lab, 'writes-blocked')
    await set(lab.master, 'min-replicas-to-write', '3')
    const finding = await appears(lab, 'writes-blocked')
    expect(await redisCli(lab, lab.master, 'SET', 'k', 'v')).toContain('NOREPLICAS')
    expect(finding.severity).toBe('critical')
    expect(finding.evidence.map((one) => one.value)).toEqual(expect.arrayContaining([2]))
    expect((await runCli(['audit', '--sentinel', first(lab.sentinels).id])).code).toBe(1)
    await set(lab.master, 'min-replicas-to-write', '0')
    await clears(lab, 'writes-blocked')
    expect(await redisCli(lab, lab.master, 'SET', 'k', 'v')).toBe('OK')
  })

  it('settings of a replica that differ from the master’s', async () => {
    await clears(lab, 'config-drift')
    await set(first(lab.replicas), 'maxmemory', '64mb')
    const finding = await appears(lab, 'config-drift')
    expect(finding.severity).toBe('warning')
    expect(JSON.stringify(finding)).toContain('maxmemory')
    expect(JSON.stringify(finding)).toContain(first(lab.replicas).id)
    await set(first(lab.replicas), 'maxmemory', '0')
    await clears(lab, 'config-drift')
  })

  it('Sentinels with different settings', async () => {
    const odd = at(lab.sentinels, 1)
    await clears(lab, 'sentinels-disagree')
    await redisCli(lab, odd, 'SENTINEL', 'SET', lab.group, 'quorum', '3')
    const finding = await appears(lab, 'sentinels-disagree', lab.group)
    expect(finding).toMatchObject({ severity: 'critical', held: false })
    expect(proof(finding)).toEqual(expect.arrayContaining([[odd.id, 'quorum', 3]]))
    expect(finding.remedy).toContain(
      `redis-cli -h ${odd.address.host} -p ${odd.address.port} SENTINEL SET ${lab.group} quorum 2`,
    )
    await redisCli(lab, odd, 'SENTINEL', 'SET', lab.group, 'quorum', '2')
    await clears(lab, 'sentinels-disagree')
  })

  it('every replica with priority 0: no failover is possible', async () => {
    await clears(lab, 'failover-impossible')
    for (const replica of lab.replicas) await set(replica, 'replica-priority', '0')
    const finding = await appears(lab, 'all-priority-zero', lab.group)
    expect(finding.severity).toBe('critical')
    expect(proof(finding)).toEqual(expect.arrayContaining([[first(lab.replicas).id, 'slave_priority', 0]]))
    await appears(lab, 'failover-impossible', lab.group)
    for (const replica of lab.replicas) await set(replica, 'replica-priority', '100')
    await clears(lab, 'all-priority-zero')
    await clears(lab, 'failover-impossible')
  })
})

describe('a replica that is not let in', () => {
  it('is named with its refused password, and with the bytes that its priority would cost', async () => {
    const lab = await withLab({
      chained: 0,
      downAfterMs: 30_000,
      setNode: { 'replica-1': { 'replica-priority': '10' } },
    })
    const [preferred, fresh] = [first(lab.replicas), at(lab.replicas, 1)]
    await clears(lab, 'priority-beats-freshness')
    await redisCli(lab, preferred, 'CONFIG', 'SET', 'masterauth', 'nobody-asked')
    await redisCli(lab, lab.master, 'CLIENT', 'KILL', 'TYPE', 'replica')
    await waitFor(async () => (await redisCli(lab, lab.master, 'INFO', 'replication')).includes('connected_slaves:1'), {
      what: 'one replica',
    })
    await redisCli(lab, lab.master, 'SET', 'big', 'x'.repeat(100_000))
    const shutOut = await appears(lab, 'auth-asymmetric', preferred.id)
    expect(shutOut.severity).toBe('critical')
    expect(shutOut.title).toContain('where none is set')
    expect(shutOut.evidence.map((one) => one.field)).toContain('errorstat_ERR')
    const finding = await appears(lab, 'priority-beats-freshness', lab.group)
    expect(finding.severity).toBe('warning')
    expect(finding.title).toContain(`${preferred.id} would be promoted (priority 10) although ${fresh.id}`)
    expect(finding.remedy[0]).toContain(`-p ${fresh.address.port} CONFIG SET replica-priority 10`)
    await redisCli(lab, preferred, 'CONFIG', 'SET', 'masterauth', '')
    await clears(lab, 'auth-asymmetric')
    await clears(lab, 'priority-beats-freshness')
  })

  it('and never synced since its start is electable, and said so', async () => {
    const lab = await withLab({ chained: 0, downAfterMs: 30_000 })
    const replica = at(lab.replicas, 1)
    await clears(lab, 'empty-replica-electable')
    await redisCli(lab, replica, 'CONFIG', 'SET', 'masterauth', 'nobody-asked')
    await redisCli(lab, replica, 'CONFIG', 'REWRITE')
    await lab.restart(replica)
    const finding = await appears(lab, 'empty-replica-electable', replica.id)
    expect(finding.severity).toBe('warning')
    expect(proof(finding)).toEqual(expect.arrayContaining([[replica.id, 'master_link_down_since_seconds', -1]]))
    await redisCli(lab, replica, 'CONFIG', 'SET', 'masterauth', '')
    await clears(lab, 'empty-replica-electable')
  })
})

describe('Sentinels that are lost', () => {
  it('cost the quorum, and one that never returns is a ghost until RESET', async () => {
    const lab = await withLab({ replicas: 1, chained: 0 })
    const [alive, back, gone] = [at(lab.sentinels, 0), at(lab.sentinels, 1), at(lab.sentinels, 2)]
    await clears(lab, 'quorum-unreachable')
    await Promise.all([lab.kill(back), lab.kill(gone)])
    const finding = await appears(lab, 'quorum-unreachable', lab.group)
    expect(finding.severity).toBe('critical')
    expect(finding.title).toContain(back.id)
    expect(finding.evidence.find((one) => one.field === 'SENTINEL CKQUORUM')?.value).toMatch(/^NOQUORUM/)
    const impossible = await appears(lab, 'failover-impossible', lab.group)
    expect(impossible.title).toContain('2 votes are needed')
    await lab.restart(back)
    await clears(lab, 'quorum-unreachable')
    await clears(lab, 'failover-impossible')

    const ghost = await appears(lab, 'ghost-entries', lab.group)
    expect(ghost.severity).toBe('warning')
    expect(ghost.title).toContain(gone.id)
    expect(ghost.evidence.map((one) => one.field)).toContain(`${gone.id} s-down-time`)
    for (const sentinel of [alive, back]) {
      await redisCli(lab, sentinel, 'SENTINEL', 'RESET', lab.group)
      await waitFor(async () => (await redisCli(lab, sentinel, 'SENTINEL', 'CKQUORUM', lab.group)).startsWith('OK 2'), {
        what: 'the other Sentinel to be found again',
      })
    }
    await clears(lab, 'ghost-entries')
  })
})

describe('bad input', () => {
  it('is refused in one line and writes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'repliscope-report-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'report.html')
    const bad = [
      ['--only', 'no-such-finding'],
      ['--fail-on', 'fatal'],
      ['--html', join(folder, 'none', 'report.html')],
      ['--threshold', 'lagBytes=many'],
    ]
    for (const args of bad) {
      const { code, stdout, stderr } = await runCli(['audit', '--node', '127.0.0.1:1', ...args])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(/^repliscope: [^\n]+\n$/)
    }
    const unreachable = await runCli(['audit', '--node', '127.0.0.1:1', '--html', file])
    expect(unreachable.code).toBe(3)
    expect(existsSync(file)).toBe(false)
  })
})
