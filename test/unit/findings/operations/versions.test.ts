import { describe, expect, it } from 'vitest'
import { clockSkew } from '../../../../src-main/domain/findings/rules/operations/clock-skew.ts'
import { endOfLife } from '../../../../src-main/domain/findings/rules/operations/end-of-life.ts'
import { inspectorSlow } from '../../../../src-main/domain/findings/rules/operations/inspector-slow.ts'
import { mixedVersions } from '../../../../src-main/domain/findings/rules/operations/mixed-versions.ts'
import { versionAdvisory } from '../../../../src-main/domain/findings/rules/operations/version-advisory.ts'
import type { GroupSnapshot } from '../../../../src-main/domain/topology/model.ts'
import { FIXTURE_AT, HEALTHY, healthyGroup, withNode, withNodeInfo } from '../../../support/facts.ts'
import { evidenceOf, fired, judge, masterPast, unjudged, words } from '../judging.ts'

const SENTINEL = HEALTHY.sentinels[0]

function version(text: string | undefined, id: string = HEALTHY.master, flavour: 'redis' | 'valkey' = 'redis') {
  return withNodeInfo(healthyGroup(), id, { server: { version: text, flavour } })
}

describe('version-advisory', () => {
  it('warns of fixes that the number lacks, with the effect, the fix and the reservation about backports', () => {
    const finding = fired(judge(versionAdvisory, version('8.6.3')))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe(
      '10.0.0.5:6379 runs redis 8.6.3, whose number lacks 1 published fix (security); 1 more may concern it',
    )
    expect(String(evidenceOf(finding)['CVE-2026-62356, SLOT_INFO in RDB, ACL key bypass (#15478)'])).toContain(
      'fixed in 8.6.6',
    )
    expect(finding.why).toContain('cannot be seen from outside')
    expect(words(finding)).toContain('Update from 8.6.3 to 8.6.6')
  })

  it('names the next line where the own one has ended', () => {
    const finding = fired(judge(versionAdvisory, version('7.0.15')))
    expect(finding.severity).toBe('warning')
    expect(words(finding)).toContain('no fix in this line')
    expect(words(finding)).toContain('changelog')
    expect(finding.evidence.length).toBeLessThanOrEqual(14)
  })

  it('is information where only the use of a feature or an unverified patch would concern it', () => {
    const finding = fired(judge(versionAdvisory, version('7.2.13')))
    expect(finding.severity).toBe('info')
    expect(finding.title).toContain('may concern it')
  })

  it('judges Sentinels by what concerns Sentinels', () => {
    const finding = fired(judge(versionAdvisory, version('8.6.3', SENTINEL)))
    expect(finding.subject.id).toBe(SENTINEL)
    expect(Object.keys(evidenceOf(finding)).join()).toContain('#14970')
  })

  it('is silent on a version without open defects: what no release fixes has a finding of its own', () => {
    expect(judge(versionAdvisory, healthyGroup())).toEqual([])
    const valkey = healthyGroup()
    const all = [...valkey.nodes.keys()].reduce<GroupSnapshot>(
      (group, id) => withNodeInfo(group, id, { server: { flavour: 'valkey', version: '9.1.2' } }),
      valkey,
    )
    expect(judge(versionAdvisory, all)).toEqual([])
  })

  it('cannot judge a version that it does not know', () => {
    expect(unjudged(judge(versionAdvisory, version(undefined)))[0]).toContain('does not say which version')
    expect(unjudged(judge(versionAdvisory, version('99.0.0')))[0]).toContain('newer than the advisories')
  })
})

describe('mixed-versions', () => {
  it('compares data nodes with data nodes and Sentinels with Sentinels', () => {
    const finding = fired(judge(mixedVersions, version('8.4.6', HEALTHY.replica1)))
    expect(finding.severity).toBe('info')
    expect(finding.title).toBe('mymaster: data nodes run redis 8.4.6 and redis 8.6.6')
    expect(finding.evidence).toHaveLength(4)
    const sentinelsOlder = HEALTHY.sentinels.reduce<GroupSnapshot>(
      (group, id) => withNodeInfo(group, id, { server: { version: '8.4.6' } }),
      healthyGroup(),
    )
    expect(judge(mixedVersions, sentinelsOlder)).toEqual([])
  })

  it('does not count a node that does not answer', () => {
    const gone = withNode(version('8.4.6', HEALTHY.replica1), HEALTHY.replica1, (node) => ({
      ...node,
      reachability: 'unreachable',
    }))
    expect(judge(mixedVersions, gone)).toEqual([])
  })
})

describe('end-of-life', () => {
  it('fires on a line whose day has passed', () => {
    const finding = fired(judge(endOfLife, version('7.0.15')))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toContain('the line 7.0 has had no fixes since 2024-07-29')
    expect(finding.why).toContain('7.0.15')
    expect(finding.why).toContain('distribution')
  })

  it('does not fire before that day, on a maintained line, or on an unknown one', () => {
    expect(judge(endOfLife, version('8.0.6'))).toEqual([])
    const later = { ...version('8.0.6'), takenAt: Date.parse('2026-03-01') }
    expect(fired(judge(endOfLife, later)).subject.id).toBe(HEALTHY.master)
    expect(judge(endOfLife, version('9.1.2', HEALTHY.master, 'valkey'))).toEqual([])
    expect(judge(endOfLife, version('6.3.4'))).toEqual([])
    expect(judge(endOfLife, version(undefined))).toEqual([])
  })
})

describe('clock-skew', () => {
  const skewed = (clockSkewMs: number | undefined, rttMs: number | undefined) =>
    withNode(healthyGroup(), HEALTHY.replica2, (node) => ({ ...node, clockSkewMs, rttMs }))

  it('fires beyond a second, with its direction', () => {
    const finding = fired(judge(clockSkew, skewed(-2500, 1)))
    expect(finding.severity).toBe('info')
    expect(finding.title).toBe("10.0.0.7:6379: its clock is 2.5 s behind this machine's")
    expect(fired(judge(clockSkew, skewed(2500, undefined))).title).toContain('ahead of')
  })

  it.each([
    [1000, 0],
    [1900, 900],
    [undefined, 1],
  ])('does not fire with %s ms and a round trip of %s ms', (skew, rtt) => {
    expect(judge(clockSkew, skewed(skew, rtt))).toEqual([])
  })
})

describe('inspector-slow', () => {
  const aged = (ageMs: number, ids: readonly string[]) =>
    ids.reduce<GroupSnapshot>(
      (group, id) => withNode(group, id, (node) => ({ ...node, sampledAt: FIXTURE_AT - ageMs })),
      healthyGroup(),
    )
  const servers = [HEALTHY.master, HEALTHY.replica1, HEALTHY.replica2, HEALTHY.chained]

  it('fires when most figures are old though their nodes answer', () => {
    const finding = fired(judge(inspectorSlow, aged(15_001, servers)))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('mymaster: this inspector falls behind, figures are up to 15 s old')
    expect(finding.subject.kind).toBe('group')
  })

  it('does not fire for one late node, in time, or with an interval that is meant to be long', () => {
    expect(judge(inspectorSlow, aged(20_000, [HEALTHY.replica1]))).toEqual([])
    expect(judge(inspectorSlow, aged(15_000, servers))).toEqual([])
    const slow = aged(50_000, [HEALTHY.master, HEALTHY.replica1])
    const past = masterPast(slow, [
      [140, {}],
      [80, {}],
      [20, {}],
    ])
    expect(judge(inspectorSlow, slow, { past })).toEqual([])
  })
})
