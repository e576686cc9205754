import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../../src-main/domain/findings/catalogue.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { findingsMarkdown } from '../../../src-main/export/findings-markdown.ts'

const FILE = fileURLToPath(new URL('../../../docs/findings.md', import.meta.url))

/** Every code of the catalogue's design, by section. */
const CODES = {
  topology: `no-master split-brain empty-master master-persistence-off no-replica replica-link-down replica-lag-seconds
    replica-lag-bytes replica-ahead replica-writable replica-serves-stale full-sync-loop full-sync-running
    output-buffer-pressure output-buffer-too-small backlog-too-small backlog-inactive diverged-history sync-fan-out
    chained-replica dataset-flushed emptiness-propagating replication-loop self-replica replica-apply-errors
    aof-restart-full-sync replica-version-older config-drift replica-maxmemory-lower stale-expired-reads`,
  guards: `writes-unguarded writes-blocked writes-at-edge guard-unattainable guard-unattainable-after-failover
    guard-slower-than-failover`,
  persistence: `rdb-save-failed rdb-stale stop-writes-off aof-write-error aof-rewrite-failed aof-rewrite-long
    fsync-delayed fsync-no fsync-off-during-rewrite durability-overstated replica-persistence-off loading
    restart-loses-runtime-config enable-aof-trap aof-truncation-tolerated`,
  memory: 'evicting memory-full-writes-fail no-maxmemory fork-headroom volatile-policy-without-ttl',
  sentinel: `failover-impossible quorum-unreachable sentinels-disagree ghost-entries too-few-sentinels even-sentinels
    quorum-not-majority sentinels-colocated priority-beats-freshness all-priority-zero empty-replica-electable
    foreign-history-candidate hidden-but-electable sentinel-blind-to-master tilt down-after-odd parallel-syncs-high
    unreachable-announced-address auth-asymmetric auth-missing-for-failover failover-in-progress recent-failover
    address-kind-mixed`,
  operations: `dangerous-commands-open no-auth plain-transport version-advisory mixed-versions end-of-life
    managed-service inspector-not-permitted clock-skew inspector-slow`,
} as const

const EXPECTED = Object.entries(CODES).flatMap(([section, codes]) =>
  codes.split(/\s+/).map((code) => [code, section] as const),
)

describe('the catalogue of findings', () => {
  it('names every code once', () => {
    const codes = RULES.map((rule) => rule.code)
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
  })

  it.each(EXPECTED)('has a rule for %s (%s)', (code, section) => {
    expect(RULES.find((rule) => rule.code === code)).toMatchObject({ code, section })
  })

  it('has no rule that the design does not know', () => {
    const known = new Set<string>(EXPECTED.map(([code]) => code))
    expect(RULES.map((rule) => rule.code).filter((code) => !known.has(code))).toEqual([])
  })
})

describe('docs/findings.md', () => {
  it('is what scripts/findings-docs.mjs would write now', async () => {
    const wanted = await format(findingsMarkdown(), { ...(await resolveConfig(FILE)), filepath: FILE })
    expect(readFileSync(FILE, 'utf8')).toBe(wanted)
  })

  it('has every code, its severity and every threshold', () => {
    const text = readFileSync(FILE, 'utf8')
    for (const rule of RULES)
      expect(text).toContain(`\n### ${rule.code}\n\n- **Severity**: ${rule.severities.join(', ')}\n`)
    for (const name of Object.keys(DEFAULT_THRESHOLDS)) expect(text).toContain(`\`${name}\``)
  })
})
