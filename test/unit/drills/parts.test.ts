import { describe, expect, it } from 'vitest'
import { DRILLS } from '../../../src-main/lab/drills/catalogue.ts'
import { labOf } from '../../../src-main/lab/drills/drill.ts'
import { infoFields } from '../../../src-main/lab/drills/live-stage.ts'
import { firstResync } from '../../../src-main/lab/drills/resync-log.ts'
import { whyNot } from '../../../src-main/lab/drills/why-not.ts'
import { planGroups, problemWith } from '../../../src-main/lab/options.ts'
import { RULES } from '../../../src-main/domain/findings/catalogue.ts'

describe('the log of a replica', () => {
  it.each([
    { log: '12:S 01 Jan * MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.', verdict: 'partial' },
    { log: '12:S 01 Jan * Full resync from master: 4fe3a0:1234', verdict: 'full' },
    { log: '12:S 01 Jan * Full resync from primary: 4fe3a0:1234', verdict: 'full' },
    {
      log: '12:S 01 Jan * PRIMARY <-> REPLICA sync: Primary accepted a Partial Resynchronization.',
      verdict: 'partial',
    },
    { log: '12:S 01 Jan * Partial resynchronization not possible (no cached master)', verdict: 'none' },
    { log: '', verdict: 'none' },
    { log: undefined, verdict: 'unknown' },
  ])('tells $verdict', ({ log, verdict }) => {
    expect(firstResync(log)).toBe(verdict)
  })

  it('counts the first answer when several came', () => {
    expect(firstResync('Full resync from master: a:1\n accepted a Partial Resynchronization')).toBe('full')
    expect(firstResync('accepted a Partial Resynchronization\nFull resync from master: a:1')).toBe('partial')
  })
})

describe('why a drill cannot be run here', () => {
  const redis = { flavour: 'redis', version: '7.0.15', path: '/redis-server' } as const
  const valkey = { flavour: 'valkey', version: '8.0.1', path: '/valkey-server' } as const

  it('is an older server, or one without WAITAOF; a Valkey has all of it', () => {
    expect(whyNot({ needs: ['7.2+'] }, redis)).toBe('it needs 7.2+, this is redis 7.0.15')
    expect(whyNot({ needs: ['waitaof'] }, redis)).toBe('it needs WAITAOF, which 7.0.15 has not')
    expect(whyNot({ needs: ['6.2+', '7.0+'] }, redis)).toBeNull()
    expect(whyNot({ needs: ['7.2+', 'waitaof'] }, valkey)).toBeNull()
    expect(whyNot({ needs: ['7.2+'] }, undefined)).toBeNull()
  })
})

describe('every drill of the catalogue', () => {
  it('has a name of its own and tells what it is about', () => {
    expect(new Set(DRILLS.map((drill) => drill.name)).size).toBe(DRILLS.length)
    for (const drill of DRILLS) {
      expect(drill.name).toMatch(/^[a-z][a-z-]+[a-z]$/)
      expect(drill.story.length, drill.name).toBeGreaterThan(80)
      expect(drill.seconds, drill.name).toBeLessThanOrEqual(60)
    }
  })

  it('has a lab that can be started, with its remedy and without', () => {
    for (const drill of DRILLS)
      for (const withRemedy of [false, true]) {
        const lab = labOf(drill, withRemedy)
        expect(problemWith({ ...lab, name: `drill-${drill.name}` }), drill.name).toBeUndefined()
        expect(planGroups(lab), drill.name).toHaveLength(1)
      }
  })

  it('expects findings that the catalogue knows', () => {
    const known = new Set(RULES.map((rule) => rule.code))
    for (const drill of DRILLS)
      for (const code of [...drill.findings, ...(drill.findingsWithRemedy ?? [])])
        expect(known.has(code), `${drill.name}: ${code}`).toBe(true)
  })

  it('lays the remedy over its lab, setting by setting', () => {
    const merged = labOf(
      {
        lab: { replicas: 2, set: { a: '1', b: '2' }, setNode: { master: { c: '3' } } },
        remedyLab: { replicas: 3, set: { b: '9' }, setNode: { master: { d: '4' }, 'replica-1': { e: '5' } } },
      },
      true,
    )
    expect(merged).toMatchObject({
      replicas: 3,
      set: { a: '1', b: '9' },
      setNode: { master: { c: '3', d: '4' }, 'replica-1': { e: '5' } },
    })
  })
})

describe('INFO as fields', () => {
  it('reads lines with a colon, values with colons too', () => {
    const fields = infoFields('# Replication\r\nrole:slave\r\nmaster_host:::1\r\n\r\nempty:\r\n')
    expect([...fields]).toEqual([
      ['role', 'slave'],
      ['master_host', '::1'],
      ['empty', ''],
    ])
  })
})
