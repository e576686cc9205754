import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab.ts'
import type { Session } from '../../src-main/monitor/session.ts'
import { liveSession, onlyGroup } from '../support/live-session.ts'
import { masterAccordingTo } from '../support/lab/redis-cli.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'

const rejections: unknown[] = []
const note = (reason: unknown) => {
  rejections.push(reason)
}
beforeEach(() => {
  rejections.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(rejections).toEqual([])
})

/** Everybody up, one master, every link online, the Sentinels agreed, and redis-cli says the same. */
async function whole(session: Session, lab: TestLab, what: string): Promise<void> {
  await waitFor(
    async () => {
      const group = onlyGroup(session)
      const isWell =
        group.agreed &&
        group.masters.length === 1 &&
        group.links.length === 3 &&
        group.links.every((link) => link.state === 'online' && link.byteLag !== undefined) &&
        [...group.nodes.values()].every((node) => node.reachability === 'up')
      const sentinel = lab.sentinels[0]
      return isWell && sentinel !== undefined && (await masterAccordingTo(lab, sentinel, lab.group)) === group.master
    },
    { what: `a whole picture ${what}`, deadlineMs: 50_000 },
  )
}

describe('a live session', () => {
  it('survives kill -9, a stop and a restart of every process in turn, and sees each', async () => {
    const lab = await withLab({ downAfterMs: 1500 })
    const session = await liveSession({
      sentinels: lab.sentinels.map((node) => node.address),
      intervalMs: 250,
      timeoutMs: 500,
    })
    await whole(session, lab, 'at the start')
    const victims: LabNode[] = [
      ...lab.sentinels.slice(1, 2),
      ...lab.chained,
      ...lab.replicas.slice(1),
      ...(isLongRun ? [...lab.replicas.slice(0, 1), lab.master] : [lab.master]),
    ]
    for (const victim of victims) {
      lab.stop(victim.id)
      await waitFor(() => onlyGroup(session).nodes.get(victim.id)?.reachability === 'hung', {
        what: `${victim.name} hung`,
      })
      lab.cont(victim.id)
      await whole(session, lab, `after ${victim.name} was stopped`)
      await lab.kill(victim.id, 'SIGKILL')
      await waitFor(() => onlyGroup(session).nodes.get(victim.id)?.reachability === 'unreachable', {
        what: `${victim.name} unreachable`,
      })
      await lab.restart(victim.id)
      await whole(session, lab, `after ${victim.name} was killed and restarted`)
    }
  }, 240_000)
})
