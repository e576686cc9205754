import { describe, expect, it } from 'vitest'
import { type LabOptions, planGroups, problemWith, problemWithServer } from '../../../src-main/lab/options.ts'

const BAD: readonly (readonly [LabOptions, RegExp])[] = [
  [{ replicas: -1 }, /^counts are whole numbers/],
  [{ replicas: 1.5 }, /^counts are whole numbers/],
  [{ sentinels: Number.NaN }, /^counts are whole numbers/],
  [{ replicas: 300 }, /^305 processes are more than the 200 of a lab$/],
  [{ groups: [{}, {}] }, /^two groups of one name: mymaster, mymaster$/],
  [{ group: 'my master' }, /^a group name has/],
  [{ name: '../elsewhere' }, /^a lab name has/],
  [{ name: '..' }, /^a lab name has/],
  [{ name: '' }, /^a lab name has/],
  [{ name: 'x'.repeat(61) }, /60 at most$/],
  [{ downAfterMs: 0 }, /^down-after and failover time-out/],
  [{ relay: true, outlivesParent: true }, /^a relay and supervision end with/],
  [{ quorum: 0 }, /^a quorum is/],
  [{ supervise: { delayMs: -1 } }, /^the delay of supervision/],
  [{ supervise: { delayMs: Number.NaN } }, /^the delay of supervision/],
  [{ ports: { from: 7000, to: 6999 } }, /^7000 to 6999 is no range of ports$/],
  [{ ports: { from: 0, to: 70_000 } }, /is no range of ports$/],
  [{ set: { port: '6379' } }, /^port is the lab's own to set$/],
  [{ set: { Bind: '0.0.0.0' } }, /^Bind is the lab's own to set$/],
  [{ set: { 'save 1 1': 'x' } }, /is no configuration directive$/],
  [{ setNode: { master: { save: '""\nport 1' } } }, /^the value of save has a line break in it$/],
  [{ sentinelSet: { 'down-after-milliseconds x': '1' } }, /is no configuration directive$/],
]

describe('options of a lab', () => {
  it.each(BAD)('%j are refused in one line', (options, why) => {
    expect(problemWith(options)).toMatch(why)
    expect(problemWith(options)).not.toContain('\n')
  })

  it('are good as they come, and in every measure that a rehearsal needs', () => {
    expect(problemWith({})).toBeUndefined()
    expect(problemWith({ replicas: 0, chained: 0, sentinels: 0 })).toBeUndefined()
    expect(problemWith({ relay: true, supervise: { delayMs: 0 }, ports: { from: 7000, to: 7000 } })).toBeUndefined()
    expect(problemWith({ set: { save: '', 'client-output-buffer-limit': 'replica 1mb 0 0' } })).toBeUndefined()
    // A quorum that cannot be reached is worth rehearsing.
    expect(problemWith({ sentinels: 1, quorum: 3 })).toBeUndefined()
  })

  it('make no chained replica where there is none to follow', () => {
    expect(planGroups({ replicas: 0, chained: 2 })[0]?.chained).toBe(0)
  })

  it('need a server that is not too old', () => {
    const server = (version: string) => ({ flavour: 'redis', version, path: '/opt/redis-server' }) as const
    expect(problemWithServer(server('4.0.14'))).toBe('/opt/redis-server is redis 4.0.14; a lab needs 5.0 or newer')
    expect(problemWithServer(server('5.0.0'))).toBeUndefined()
    expect(problemWithServer(server('10.0.0'))).toBeUndefined()
  })
})
