import { isRespError, type RespClient, type RespReply, respMap } from './resp-client.ts'
import type { GroupPlan } from './options.ts'

/** What is still missing, in words; undefined when nothing is. */
export type Missing = string | undefined

export async function answers(client: RespClient): Promise<Missing> {
  const reply = await client.ask('PING')
  return reply === 'PONG' ? undefined : `PING is answered ${JSON.stringify(reply)}`
}

// *5 slave 127.0.0.1 :6379 connected :1234
export async function followsItsMaster(client: RespClient): Promise<Missing> {
  const role = await client.ask('ROLE')
  const state = Array.isArray(role) ? (role as readonly RespReply[])[3] : undefined
  return state === 'connected' ? undefined : `its link is ${JSON.stringify(state ?? role)}`
}

/** The Sentinel sees the master, all its direct replicas linked up, all other Sentinels, and a quorum. */
export async function seesGroup(client: RespClient, group: GroupPlan, otherSentinels: number): Promise<Missing> {
  const [master, replicas, peers] = await Promise.all([
    client.ask('SENTINEL', 'MASTER', group.group),
    client.ask('SENTINEL', 'REPLICAS', group.group),
    client.ask('SENTINEL', 'SENTINELS', group.group),
  ])
  const facts = respMap(master)
  const replicaFacts = maps(replicas)
  const peerFacts = maps(peers)
  if (facts.get('flags') !== 'master') return `${group.group}'s master is ${facts.get('flags') ?? describe(master)}`
  if ((facts.get('runid') ?? '') === '') return `${group.group}'s master has not been asked yet`
  if (replicaFacts.length !== group.replicas) return `${replicaFacts.length} of ${group.replicas} replicas are known`
  if (peerFacts.length !== otherSentinels) return `${peerFacts.length} of ${otherSentinels} other Sentinels are known`
  const badReplica = replicaFacts.find((it) => it.get('flags') !== 'slave' || it.get('master-link-status') !== 'ok')
  if (badReplica !== undefined)
    return `replica ${badReplica.get('name')} is ${badReplica.get('flags')}, its link ${badReplica.get('master-link-status')}`
  const badPeer = peerFacts.find((it) => it.get('flags') !== 'sentinel')
  return badPeer === undefined ? undefined : `Sentinel ${badPeer.get('name')} is ${badPeer.get('flags')}`
}

function maps(reply: RespReply): readonly ReadonlyMap<string, string>[] {
  return Array.isArray(reply) ? (reply as readonly RespReply[]).map(respMap) : []
}

function describe(reply: RespReply): string {
  return isRespError(reply) ? reply.error : 'unknown'
}
