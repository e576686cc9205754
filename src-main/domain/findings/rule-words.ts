import { hostAndPort, type NodeId } from '../address.ts'
import { describeBytes } from '../units.ts'
import type { NodeSnapshot } from '../topology/model.ts'
import { cli, type RuleContext } from './rule.ts'

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** `12 KB/s`. */
export function perSecond(bytes: number): string {
  return `${describeBytes(bytes)}/s`
}

/** CONFIG SET on one node. */
export function setConfig(node: NodeId, name: string, value: string | number): string {
  const text = String(value)
  return cli(node, `CONFIG SET ${name} ${/^[\w.-]+$/.test(text) ? text : `"${text}"`}`)
}

/** CONFIG REWRITE, or why it cannot work there. */
export function keepConfig(node: NodeSnapshot): string {
  return node.info?.server.configFile === ''
    ? `${node.id} runs without a configuration file: CONFIG REWRITE fails there, put the setting where it is started from`
    : cli(node.id, 'CONFIG REWRITE')
}

/** Makes all Sentinels let go of the group, so that they undo nothing that is done by hand; empty without Sentinel. */
export function removeFromSentinels(context: RuleContext): readonly string[] {
  const { snapshot } = context
  return snapshot.sentinels.map((sentinel) => cli(sentinel, `SENTINEL REMOVE ${snapshot.name}`))
}

/** The way back from `removeFromSentinels`; other settings of the group must be set again after it. */
export function monitorAgain(context: RuleContext, master: NodeId): readonly string[] {
  const { snapshot } = context
  const quorum = snapshot.quorum ?? Math.floor(snapshot.sentinels.length / 2) + 1
  return snapshot.sentinels.map((sentinel) =>
    cli(sentinel, `SENTINEL MONITOR ${snapshot.name} ${hostAndPort(master)} ${quorum}`),
  )
}
