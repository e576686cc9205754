import { describe, expect, it } from 'vitest'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { withLab } from '../support/lab/with-lab.ts'
import { followRemedy, shown, watchFindings } from '../support/watch-findings.ts'

describe('a failover', () => {
  it('is told impossible with the reason of each candidate, then works, and is told for a while', async () => {
    const lab = await withLab({ chained: 0, downAfterMs: 1500 })
    const [sentinel] = lab.sentinels
    if (sentinel === undefined) throw new Error('a Sentinel expected')
    const watch = await watchFindings({
      sentinels: lab.sentinels.map((node) => node.address),
      thresholds: { recentFailoverSeconds: 4 },
    })
    expect(watch.find('failover-impossible')).toBeUndefined()
    for (const replica of lab.replicas) await redisCli(lab, replica, 'CONFIG', 'SET', 'replica-priority', '0')
    const found = await watch.appears('failover-impossible', {
      severity: 'critical',
      title: /no replica can be promoted/,
    })
    for (const replica of lab.replicas) {
      expect(shown(found, 'slave_priority', replica.id)).toEqual([0])
      expect(found.why).toContain(`${replica.id}: priority 0`)
    }
    await watch.appears('all-priority-zero', { severity: 'critical' })
    expect(await redisCli(lab, sentinel, 'SENTINEL', 'CKQUORUM', lab.group)).toMatch(/^OK/)
    await followRemedy(found, (line) => line.includes('CONFIG SET'))
    for (const code of ['failover-impossible', 'all-priority-zero']) await watch.clears(code)
    // Until the Sentinels have read the priorities again.
    await waitFor(
      async () => !/slave-priority\n0\n/.test(await redisCli(lab, sentinel, 'SENTINEL', 'REPLICAS', lab.group)),
      { what: 'Sentinels that know the priorities' },
    )
    await lab.kill(lab.master)
    const recent = await watch.appears('recent-failover', { severity: 'info' })
    const promoted = watch.group().master
    expect(promoted).not.toBe(lab.master.id)
    expect(await masterAccordingTo(lab, sentinel, lab.group)).toBe(promoted)
    expect(recent.title).toContain(promoted)
    await watch.clears('recent-failover')
  })

  it('is told endangered by a password that Sentinel does not have, until it is given', async () => {
    const lab = await withLab({ chained: 0, downAfterMs: 30_000, auth: { password: 'node-secret' } })
    const watch = await watchFindings({
      sentinels: lab.sentinels.map((node) => node.address),
      node: { password: 'node-secret' },
    })
    expect(watch.find('auth-missing-for-failover')).toBeUndefined()
    expect(watch.notJudged()).toContainEqual(
      expect.objectContaining({ code: 'auth-missing-for-failover', reason: expect.stringContaining('masterauth') }),
    )
    const [locked] = lab.sentinels
    if (locked === undefined) throw new Error('a Sentinel expected')
    const set = (password: string) => redisCli(lab, locked, 'SENTINEL', 'SET', lab.group, 'auth-pass', password)
    await set('wrong')
    const found = await watch.appears('auth-missing-for-failover', { severity: 'critical' })
    expect(found.title).toContain(`${lab.master.id} does not let ${locked.id} in`)
    expect(shown(found, 'last-ok-ping-reply').length).toBe(1)
    const errors = await infoOf(lab, lab.master, 'errorstats')
    const count = (word: string) => Number(/count=(\d+)/.exec(errors.get(`errorstat_${word}`) ?? 'count=0')?.[1])
    expect(shown(found, 'errorstat_NOAUTH+errorstat_WRONGPASS')[0]).toBeLessThanOrEqual(
      count('NOAUTH') + count('WRONGPASS'),
    )
    expect(JSON.stringify(watch.findings())).not.toContain('node-secret')
    expect(watch.group().master).toBe(lab.master.id)
    await set(String(lab.access(lab.master).password))
    await watch.clears('auth-missing-for-failover')
    await watch.clears('sentinel-blind-to-master')
  })
})
