import type { Probe, ProbeCount } from '../probe/probe.ts'
import type { Stage } from './stage.ts'

/** Long enough for the session to measure a write rate over several samples. */
const RATE_SETTLES_MS = 2000
/** Writes that go on for a while after the failover, so that the gap has an end. */
const AFTERWARDS_MS = 500

/** Lets the load run until the session knows its rate. */
export async function settleRate(stage: Stage): Promise<void> {
  stage.say('the load runs until its rate is known')
  await stage.pass(RATE_SETTLES_MS)
}

/** Kills the master and follows the failover to its end: everybody caught up, the client writing again, all counted. */
export async function crashMaster(stage: Stage, probe: Probe): Promise<ProbeCount> {
  const { master } = stage.group
  await stage.break({ kind: 'kill', node: master.id })
  return followFailover(stage, probe)
}

export async function followFailover(stage: Stage, probe: Probe): Promise<ProbeCount> {
  const { master, replicas, chained } = stage.group
  stage.say('the Sentinels find out and elect')
  const winner = await stage.newMaster(master.id)
  stage.say(`${winner} is promoted; the others turn to it`)
  const others = [...replicas, ...chained].filter((node) => node.id !== winner && stage.lab.isRunning(node))
  await Promise.all(others.map((node) => stage.caughtUp(node)))
  await untilWriting(stage, probe)
  return stage.settle(probe, winner)
}

/** The client is through to a master again. */
export async function untilWriting(stage: Stage, probe: Probe): Promise<void> {
  const before = probe.tally().acknowledged
  await stage.until('write that is accepted', () => probe.tally().acknowledged > before)
  await stage.pass(AFTERWARDS_MS)
}
