import { describe, expect, it } from 'vitest'
import { RULES } from '../../../src-main/domain/findings/catalogue.ts'
import { createJudge } from '../../../src-main/domain/findings/create-judge.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { readConfigFile } from '../../../src-main/domain/replies/config-file.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import { HEALTHY, healthyGroup, withNodeConfig, withNodeInfo } from '../../support/facts.ts'
import { NO_PAST } from './judging.ts'

const judge = createJudge(RULES, { thresholds: DEFAULT_THRESHOLDS, environment: 'production' })

function withConfigFile(group: GroupSnapshot, text: string): GroupSnapshot {
  const node = group.nodes.get(HEALTHY.master)
  if (node === undefined) throw new Error('no master')
  const nodes = new Map([...group.nodes, [HEALTHY.master, { ...node, configFile: readConfigFile(text) }]])
  return { ...group, nodes }
}

describe('the judge', () => {
  it('lets the rules see the configuration file that a node was seen to run with', () => {
    const running = withNodeInfo(withNodeConfig(healthyGroup(), HEALTHY.master, { appendonly: 'no' }), HEALTHY.master, {
      server: { configFile: '/etc/redis/redis.conf' },
      persistence: { aofEnabled: false },
    })
    const codes = (group: GroupSnapshot) => judge(group, NO_PAST, undefined).findings.map((finding) => finding.code)
    expect(codes(withConfigFile(running, 'appendonly yes'))).toContain('enable-aof-trap')
    expect(codes(withConfigFile(running, 'appendonly no'))).not.toContain('enable-aof-trap')
    expect(codes(running)).not.toContain('enable-aof-trap')
  })
})
