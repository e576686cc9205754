import { describe, expect, it } from 'vitest'
import { dangerousCommandsOpen } from '../../../../src-main/domain/findings/rules/operations/dangerous-commands-open.ts'
import { inspectorNotPermitted } from '../../../../src-main/domain/findings/rules/operations/inspector-not-permitted.ts'
import { managedService } from '../../../../src-main/domain/findings/rules/operations/managed-service.ts'
import { noAuth } from '../../../../src-main/domain/findings/rules/operations/no-auth.ts'
import { plainTransport } from '../../../../src-main/domain/findings/rules/operations/plain-transport.ts'
import type { GroupSnapshot, NodeAccess, NodeSnapshot } from '../../../../src-main/domain/topology/model.ts'
import {
  groupSnapshot,
  HEALTHY,
  healthyGroup,
  infoReply,
  linkSnapshot,
  nodeSnapshot,
  withNode,
  withNodeConfig,
  withNodeInfo,
} from '../../../support/facts.ts'
import { evidenceOf, fired, judge, unjudged, words } from '../judging.ts'

const RESTRICTED: NodeAccess = {
  hasCredentials: true,
  user: 'default',
  defaultUserMay: new Map([
    ['FLUSHALL', false],
    ['KEYS', false],
  ]),
}

/** Every process with the same door, but for `id`. */
function withAccess(id: string, access: NodeAccess, others: NodeAccess = RESTRICTED): GroupSnapshot {
  return [...healthyGroup().nodes.keys()].reduce(
    (group, one) => withNode(group, one, (node) => ({ ...node, access: one === id ? access : others })),
    healthyGroup(),
  )
}

function withMaster(change: Partial<NodeSnapshot>): GroupSnapshot {
  return withNode(healthyGroup(), HEALTHY.master, (node) => ({ ...node, ...change }))
}

describe('dangerous-commands-open', () => {
  const open: NodeAccess = {
    hasCredentials: true,
    user: 'default',
    defaultUserMay: new Map([
      ['FLUSHALL', true],
      ['DEBUG', true],
      ['CONFIG SET', true],
      ['KEYS', false],
    ]),
  }

  it('names what the default user may run, and takes it away', () => {
    const finding = fired(judge(dangerousCommandsOpen, withAccess(HEALTHY.master, open)))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('10.0.0.5:6379: the default user may run FLUSHALL and CONFIG SET')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 ACL SETUSER default -flushall -config|set')
  })

  it('counts DEBUG only where the server lets anybody run it', () => {
    const group = withNodeConfig(withAccess(HEALTHY.master, open), HEALTHY.master, { 'enable-debug-command': 'yes' })
    expect(fired(judge(dangerousCommandsOpen, group)).title).toContain('FLUSHALL, DEBUG and CONFIG SET')
    const debug = withNodeConfig(withAccess('nobody', open), HEALTHY.master, { 'enable-debug-command': 'yes' })
    expect(judge(dangerousCommandsOpen, debug)).toEqual([])
    const unseen = withNodeConfig(healthyGroup(), HEALTHY.master, { 'enable-debug-command': 'yes' })
    const found = judge(dangerousCommandsOpen, unseen).filter((verdict) => verdict.kind === 'fires')
    expect(found.map((verdict) => verdict.title)).toEqual([
      '10.0.0.5:6379 lets every client with the permission run DEBUG',
    ])
  })

  it('does not fire on a restricted default user', () => {
    expect(judge(dangerousCommandsOpen, withAccess(HEALTHY.master, RESTRICTED))).toEqual([])
  })

  it('cannot tell for another user, whose default user may be off, nor without ACL DRYRUN', () => {
    const other = withAccess(HEALTHY.master, { ...open, user: 'inspector' })
    expect(unjudged(judge(dangerousCommandsOpen, other))[0]).toContain('on 10.0.0.5:6379 cannot be seen')
    expect(unjudged(judge(dangerousCommandsOpen, healthyGroup()))).toHaveLength(1)
  })
})

describe('no-auth', () => {
  const nobody: NodeAccess = { hasCredentials: false, user: 'default', defaultUserMay: undefined }

  it('is a warning, and critical where the network reaches it with protected-mode no', () => {
    const quiet = withNodeConfig(withAccess(HEALTHY.master, nobody), HEALTHY.master, { 'protected-mode': 'yes' })
    expect(fired(judge(noAuth, quiet)).severity).toBe('warning')
    const open = withNodeConfig(quiet, HEALTHY.master, { 'protected-mode': 'no' })
    const finding = fired(judge(noAuth, open))
    expect(finding.severity).toBe('critical')
    expect(finding.title).toBe('10.0.0.5:6379 needs no password and is open to the network')
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 -x CONFIG SET requirepass')
    expect(finding.remedy.findIndex((step) => step.includes('SET masterauth'))).toBeLessThan(
      finding.remedy.findIndex((step) => step.includes('SET requirepass')),
    )
    expect(finding.remedy.findIndex((step) => step.includes('auth-pass <'))).toBeLessThan(
      finding.remedy.findIndex((step) => step.includes('SET requirepass')),
    )
    expect(words(finding)).toContain('a newline at its end would belong to the password')
  })

  it('stays a warning on loopback', () => {
    const node = nodeSnapshot({
      id: '127.0.0.1:6379',
      role: 'master',
      info: infoReply(),
      config: new Map([['protected-mode', 'no']]),
      access: nobody,
    })
    expect(fired(judge(noAuth, groupSnapshot({ nodes: [node] }))).severity).toBe('warning')
  })

  it('speaks of Sentinels too', () => {
    const finding = fired(judge(noAuth, withAccess('10.0.0.1:26379', nobody)))
    expect(finding.why).toContain('Sentinel')
  })

  it('does not fire where a password was given, and says once where nobody looked', () => {
    expect(judge(noAuth, withAccess(HEALTHY.master, RESTRICTED))).toEqual([])
    expect(unjudged(judge(noAuth, healthyGroup()))).toHaveLength(1)
  })
})

describe('plain-transport', () => {
  const plain = {
    ...healthyGroup(),
    links: healthyGroup().links.map((link) => ({ ...link, isTls: false })),
  }

  it('is a warning in production and information elsewhere', () => {
    const finding = fired(judge(plainTransport, plain))
    expect(finding.severity).toBe('warning')
    expect(finding.subject).toEqual({ kind: 'group', id: 'mymaster' })
    expect(fired(judge(plainTransport, plain, { environment: 'staging' })).severity).toBe('info')
  })

  it('believes the setting of the replica before our own connection', () => {
    const plainLink = withNodeConfig(healthyGroup(), HEALTHY.replica1, { 'tls-replication': 'no' })
    const finding = fired(judge(plainTransport, plainLink))
    expect(finding.title).toBe('mymaster: 10.0.0.6:6379 is reached without TLS')
    expect(evidenceOf(finding)['tls-replication']).toBe('no')
    expect(judge(plainTransport, withNodeConfig(plain, 'all', { 'tls-replication': 'yes' }))).toEqual([])
  })

  it('does not fire with TLS, on loopback, or when it is not known', () => {
    expect(judge(plainTransport, healthyGroup())).toEqual([])
    const local = groupSnapshot({
      links: [linkSnapshot({ replica: '127.0.0.1:6380', upstream: '127.0.0.1:6379', isTls: false })],
    })
    expect(judge(plainTransport, local)).toEqual([])
    const unknown = groupSnapshot({ links: [linkSnapshot({ replica: '10.0.0.2:6379', isTls: undefined })] })
    expect(judge(plainTransport, unknown)).toEqual([])
  })
})

describe('managed-service', () => {
  it('knows a service by its host name', () => {
    const id = 'my-001.abc123.0001.euw1.cache.amazonaws.com:6379'
    const node = nodeSnapshot({ id, role: 'master', info: infoReply(), notPermitted: ['CONFIG GET', 'ROLE'] })
    const finding = fired(judge(managedService, groupSnapshot({ nodes: [node] })))
    expect(finding.severity).toBe('info')
    expect(finding.title).toContain('Amazon ElastiCache')
    expect(finding.title).toContain('it refuses CONFIG GET and ROLE')
  })

  it('knows it by the os field, and by an alias', () => {
    const byOs = withNodeInfo(healthyGroup(), HEALTHY.master, { server: { os: 'Amazon ElastiCache' } })
    expect(evidenceOf(fired(judge(managedService, byOs)))['os']).toBe('Amazon ElastiCache')
    expect(fired(judge(managedService, withMaster({ aliases: ['x.redis.cache.windows.net:6380'] }))).title).toContain(
      'Azure',
    )
  })

  it('takes nobody for a service who only refuses commands', () => {
    expect(judge(managedService, withMaster({ config: undefined, notPermitted: ['CONFIG GET', 'ROLE'] }))).toEqual([])
  })
})

describe('inspector-not-permitted', () => {
  it('gives the ACL line for exactly what was refused', () => {
    const finding = fired(judge(inspectorNotPermitted, withMaster({ notPermitted: ['CLIENT LIST', 'CONFIG GET'] })))
    expect(finding.severity).toBe('info')
    expect(finding.title).toBe('10.0.0.5:6379 does not permit CLIENT LIST and CONFIG GET')
    expect(finding.remedy[0]).toBe('redis-cli -h 10.0.0.5 -p 6379 ACL SETUSER USER +client|list +config|get')
    expect(finding.why).toContain('settings')
  })

  it('adds the channel for a subscription, and names the user where it is known', () => {
    const group = withMaster({
      notPermitted: ['SUBSCRIBE'],
      access: { hasCredentials: true, user: 'insp', defaultUserMay: undefined },
    })
    expect(fired(judge(inspectorNotPermitted, group)).remedy[0]).toContain(
      "ACL SETUSER insp +subscribe '&__sentinel__:hello'",
    )
  })

  it('speaks of renamed commands where there is no ACL', () => {
    const old = withNodeInfo(withMaster({ notPermitted: ['CONFIG GET'] }), HEALTHY.master, {
      server: { version: '5.0.14' },
    })
    expect(fired(judge(inspectorNotPermitted, old)).remedy[0]).toContain('rename-command')
  })

  it('does not fire when nothing was refused', () => {
    expect(judge(inspectorNotPermitted, healthyGroup())).toEqual([])
  })
})
