import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src-main/domain/findings/model.ts'
import { countFindings, type AuditDocument, type AuditedGroup } from '../../../src-main/export/audit-document.ts'
import { auditHtml } from '../../../src-main/export/audit-html.ts'
import { auditMarkdown } from '../../../src-main/export/audit-markdown.ts'
import { topologySvg } from '../../../src-main/export/topology-svg.ts'
import {
  FIXTURE_AT,
  groupSnapshot,
  HEALTHY,
  healthyGroup,
  linkSnapshot,
  nodeSnapshot,
  withLink,
} from '../../support/facts.ts'

const HOSTILE = '<img src=x onerror=alert(1)> | `rm -rf` [x](http://evil.test) \u202e\u001b[31m'

const finding = (partial: Partial<Finding> = {}): Finding => ({
  code: 'no-replica',
  severity: 'critical',
  subject: { kind: 'node', id: HEALTHY.master },
  title: `${HEALTHY.master} has no connected replica`,
  evidence: [{ node: HEALTHY.master, field: 'connected_slaves', value: 0, at: FIXTURE_AT }],
  why: 'There is nothing to fail over to.',
  remedy: ['redis-cli -h 10.0.0.6 -p 6379 REPLICAOF 10.0.0.5 6379', 'Look at the log'],
  since: FIXTURE_AT - 5000,
  held: true,
  ...partial,
})

const group = (partial: Partial<AuditedGroup> = {}): AuditedGroup => ({
  snapshot: healthyGroup(),
  headline: 'If 10.0.0.5:6379 died now: 10.0.0.6:6379 takes over, no writes lost',
  exposure: {
    masterCrash: { lossBytes: { low: 0, high: 2048 }, lossSeconds: 2, promotes: HEALTHY.replica1, reason: 'measured' },
    partition: {
      acceptedForSeconds: 11,
      isUnbounded: false,
      boundedBy: 'min-replicas',
      reason: 'min-replicas 1, 10 s',
    },
    masterRestartsEmpty: { wipes: false, reason: 'AOF' },
    powerLoss: [
      { node: HEALTHY.master, lossSeconds: 1, lossChanges: undefined, isUnbounded: false, reason: 'everysec' },
    ],
  },
  findings: [finding()],
  notJudged: [
    { code: 'config-drift', subject: { kind: 'node', id: HEALTHY.replica2 }, reason: 'CONFIG GET not permitted' },
  ],
  checklist: [{ item: 'persistence', answer: 'yes', evidence: 'AOF everysec everywhere' }],
  acknowledged: [],
  ...partial,
})

const document = (...groups: readonly AuditedGroup[]): AuditDocument => ({
  takenAt: FIXTURE_AT,
  environment: 'production',
  version: '1.2.3',
  groups,
})

describe('the HTML report', () => {
  const html = auditHtml(document(group()))

  it('tells everything an auditor asks for', () => {
    for (const words of [
      'mymaster',
      'no-replica',
      'connected_slaves',
      'There is nothing to fail over to.',
      '<code>redis-cli -h 10.0.0.6 -p 6379 REPLICAOF 10.0.0.5 6379</code>',
      '<li>Look at the log</li>',
      'CONFIG GET not permitted',
      '0 B to 2 KB (2 s of writes)',
      'AOF everysec everywhere',
      '1 critical',
      '2025-06-15T15:06:40Z',
      ...healthyGroup().nodes.keys(),
    ])
      expect(html).toContain(words)
  })

  it('stands by itself: no script, nothing loaded, nothing that leads away', () => {
    expect(html).not.toMatch(/<script|<link|<iframe|<img|@import|url\(|javascript:|\son\w+=/i)
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/)
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    expect(html).toContain('@media print')
  })

  it('takes hostile names for text', () => {
    const hostile = auditHtml(
      document(
        group({
          snapshot: groupSnapshot({ name: HOSTILE, nodes: [nodeSnapshot({ id: HOSTILE, role: 'master' })] }),
          headline: HOSTILE,
          findings: [
            finding({
              title: HOSTILE,
              why: HOSTILE,
              remedy: [HOSTILE, `redis-cli ${HOSTILE}`],
              subject: { kind: 'node', id: HOSTILE },
              evidence: [{ node: HOSTILE, field: HOSTILE, value: HOSTILE, at: undefined }],
            }),
          ],
          notJudged: [{ code: HOSTILE, subject: { kind: 'node', id: HOSTILE }, reason: HOSTILE }],
          checklist: [{ item: 'versions', answer: 'no', evidence: HOSTILE }],
        }),
      ),
    )
    expect(hostile).not.toContain('<img')
    expect(hostile).not.toContain('\u202e')
    expect(hostile).not.toContain('\u001b')
    expect(hostile).toContain('&lt;img')
  })

  it('says which findings have not yet held, and that there is none', () => {
    expect(html).not.toContain('not yet held')
    expect(auditHtml(document(group({ findings: [finding({ held: false })] })))).toContain('(not yet held)')
    expect(auditHtml(document(group({ findings: [], notJudged: [] })))).toContain('<p>None.</p>')
  })

  it('counts a finding about a node of two groups once', () => {
    expect(countFindings(document(group(), group()))).toEqual({ critical: 1, warning: 0, info: 0 })
  })
})

describe('the Markdown report', () => {
  const markdown = auditMarkdown(document(group({ findings: [finding({ held: false })] })))

  it('tells the same', () => {
    expect(markdown).toContain('#### CRITICAL no-replica: 10.0.0.5:6379 has no connected replica (not yet held)')
    expect(markdown).toContain('1. `redis-cli -h 10.0.0.6 -p 6379 REPLICAOF 10.0.0.5 6379`')
    expect(markdown).toContain('| 10.0.0.5:6379 | connected\\_slaves | 0 | 2025-06-15T15:06:40Z |')
    expect(markdown).toContain('- `config-drift` for 10.0.0.7:6379: CONFIG GET not permitted')
    expect(markdown.endsWith('|\n')).toBe(true)
  })

  it('takes hostile names for text', () => {
    const hostile = auditMarkdown(
      document(group({ findings: [finding({ title: HOSTILE, remedy: [`redis-cli ${HOSTILE}`] })] })),
    )
    expect(hostile).not.toMatch(/^[^`]*[^\\]<img/m)
    expect(hostile).toContain('\\[x\\](http://evil.test)')
    expect(hostile).toContain('`` redis-cli')
    expect(hostile).not.toContain('\u202e')
  })
})

describe('what is said of several nodes', () => {
  const nodes = [HEALTHY.master, HEALTHY.replica1, HEALTHY.replica2]
  const ended = nodes.map((id) =>
    finding({
      code: 'end-of-life',
      severity: 'warning',
      subject: { kind: 'node', id },
      title: `${id} runs redis 7.0.15`,
      evidence: [{ node: id, field: 'redis_version', value: '7.0.15', at: FIXTURE_AT }],
      why: 'Nobody mends this line.',
      remedy: ['Plan the move.'],
    }),
  )

  it('is one entry with the nodes named, and counts as before', () => {
    const markdown = auditMarkdown(document(group({ findings: ended })))
    expect(markdown.match(/^####/gm)).toHaveLength(1)
    expect(markdown).toContain(`The same of ${nodes.slice(1).join(', ')}.`)
    expect(markdown).toContain(`About 3 nodes: ${nodes.join(', ')}, since`)
    expect(markdown).toContain(`| ${nodes.join(', ')} | redis\\_version | 7.0.15 |`)
    expect(markdown.match(/Plan the move/g)).toHaveLength(1)
    expect(markdown).toContain('0 critical, 3 warnings, 0 for information.')
    const html = auditHtml(document(group({ findings: ended })))
    expect(html.match(/<article/g)).toHaveLength(1)
    expect(html).toContain(`<p>The same of ${nodes.slice(1).join(', ')}.</p>`)
  })

  it('is told apart where somebody has seen it, with the note and until when', () => {
    const seen = {
      code: 'end-of-life',
      subject: { kind: 'node' as const, id: HEALTHY.replica1 },
      group: 'mymaster',
      severity: 'warning' as const,
      note: 'moves in <July>',
      at: new Date(FIXTURE_AT - 60_000).toISOString(),
      expiresAt: new Date(FIXTURE_AT + 60_000).toISOString(),
    }
    const report = document(group({ findings: ended, acknowledged: [seen] }))
    expect(auditMarkdown(report).match(/^####/gm)).toHaveLength(2)
    expect(auditMarkdown(report)).toContain(
      'Acknowledged 2025-06-15T15:05:40Z until 2025-06-15T15:07:40Z: moves in \\<July\\>.',
    )
    expect(auditMarkdown(report)).toContain('0 critical, 3 warnings, 0 for information, 1 of them acknowledged.')
    expect(auditHtml(report)).toContain('moves in &lt;July&gt;')
    expect(auditHtml(report).match(/class="finding warning seen"/g)).toHaveLength(1)
  })
})

describe('the topology picture', () => {
  it('draws every node and every link', () => {
    const svg = topologySvg(healthyGroup(), [])
    for (const id of healthyGroup().nodes.keys()) expect(svg).toContain(`>${id}</text>`)
    expect(svg.match(/<path class="link"/g)).toHaveLength(3)
    expect(svg.match(/<rect/g)).toHaveLength(7)
  })

  it('marks a link that is not online, and the worst finding of each node', () => {
    const broken = withLink(healthyGroup(), HEALTHY.replica2, {
      state: 'down',
      byteLag: undefined,
      byteLagReason: 'stale',
    })
    const svg = topologySvg(broken, [finding({ severity: 'warning' }), finding({ code: 'x' })])
    expect(svg.match(/class="link broken"/g)).toHaveLength(1)
    expect(svg).toContain('down, lag not known (stale)')
    expect(svg.match(/class="node master critical"/g)).toHaveLength(1)
    expect(svg.match(/worst finding/g)).toHaveLength(1)
  })

  it('draws a group of which nothing is known, and a large one in several rows', () => {
    expect(topologySvg(groupSnapshot(), [])).toContain('<svg')
    const nodes = Array.from({ length: 13 }, (_, n) =>
      nodeSnapshot({ id: `10.1.0.${n}:6379`, role: n === 0 ? 'master' : 'replica' }),
    )
    const links = nodes.slice(1).map((node) => linkSnapshot({ replica: node.id, upstream: '10.1.0.0:6379' }))
    const svg = topologySvg(groupSnapshot({ nodes, links }), [])
    const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
    expect(width).toBeLessThan(1300)
    expect(svg.match(/<rect/g)).toHaveLength(13)
  })
})
