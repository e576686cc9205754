import type { Stage } from './stage.ts'

/** Twice the time that a failover takes at down-after 1 s. */
const TWICE_A_FAILOVER_MS = 8000

/**
 * Waits until the Sentinels that are left see the master down, then for as long as two failovers would take, and
 * measures that nobody was promoted; a promotion is measured as well.
 */
export async function watchNothingHappen(stage: Stage): Promise<void> {
  const { master } = stage.group
  const replicas = stage.group.replicas.filter((node) => stage.lab.isRunning(node))
  const left = stage.lab.sentinels.filter((node) => stage.lab.isRunning(node))
  await stage.until('master that is held for down', async () => {
    const [first] = left
    if (first === undefined) return true
    const reply = await stage.ask(first, 'SENTINEL', 'MASTER', stage.group.group)
    return JSON.stringify(reply).includes('s_down')
  })
  stage.say('the master is seen down, and nothing follows')
  const deadline = stage.now() + TWICE_A_FAILOVER_MS
  while (stage.now() < deadline) {
    const roles = await Promise.all(replicas.map(async (node) => (await stage.info(node, 'replication')).get('role')))
    const promoted = replicas.find((_, index) => roles[index] === 'master')
    if (promoted !== undefined) return stage.measure({ winner: promoted.id })
    await stage.pass(250)
  }
  stage.mark({
    lane: 'drill',
    node: master.id,
    what: 'nobody was promoted',
    detail: `${TWICE_A_FAILOVER_MS / 1000} s passed`,
  })
  stage.measure({ winner: null })
}
