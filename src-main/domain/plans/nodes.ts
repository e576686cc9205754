import { parseAddress, type NodeId } from '../address.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import { outputBufferLimit, readBytes } from '../replies/config-get.ts'
import type { GroupSnapshot } from '../topology/model.ts'
import type { Intent, PreflightCheck } from './model.ts'
import type { Observed, ObservedServer } from './observed.ts'
import { check } from './seal.ts'

/** By id or by an alias: people type the address that they dial. Undefined: not of this group. */
export function idOf(snapshot: GroupSnapshot, typed: NodeId): NodeId | undefined {
  if (snapshot.nodes.has(typed)) return typed
  return [...snapshot.nodes.values()].find((node) => node.aliases.includes(typed))?.id
}

/** The node that an intent names, else the master; undefined when there is none such among the data nodes. */
export function nodeOf(intent: Intent, snapshot: GroupSnapshot): NodeId | undefined {
  const node = intent.node === undefined ? snapshot.master : idOf(snapshot, intent.node)
  return node !== undefined && snapshot.nodes.get(node)?.kind === 'server' ? node : undefined
}

/** A node that answers, with its INFO; else the check that says why not. */
export function answering(
  observed: Observed,
  node: NodeId | undefined,
  typed: NodeId | undefined,
): { readonly server: ObservedServer; readonly info: InfoReply } | PreflightCheck {
  if (node === undefined)
    return check(
      'node',
      'failed',
      typed === '' ? 'no node is given' : `${typed ?? 'the master'} is not a data node of this group`,
    )
  const server = observed.servers.get(node)
  if (server?.info === undefined || server.failure !== undefined)
    return check('node', 'failed', `${node} does not answer`)
  return { server, info: server.info }
}

/** Host and port as separate words of a command. */
export function hostAndPort(node: NodeId): readonly [string, string] {
  const parsed = parseAddress(node)
  return parsed.ok ? [parsed.value.host, String(parsed.value.port)] : [node, '0']
}

/** Two texts of one parameter mean the same: `256mb` and `268435456`, `YES` and `yes`. */
export function sameValue(a: string, b: string): boolean {
  if (a.trim().toLowerCase() === b.trim().toLowerCase()) return true
  const words = (text: string): readonly string[] => text.trim().split(/\s+/).map(plainWord)
  return words(a).join(' ') === words(b).join(' ')
}

/**
 * Whether a parameter reads as it was asked to be: of `client-output-buffer-limit` only the classes asked for are looked
 * at, and the letters of `notify-keyspace-events` have no order.
 */
export function readsAs(key: string, now: string, wanted: string): boolean {
  if (sameValue(now, wanted)) return true
  if (key === 'client-output-buffer-limit') return haveLimits(now, wanted)
  return key === 'notify-keyspace-events' && eventsOf(now) === eventsOf(wanted)
}

function haveLimits(now: string, wanted: string): boolean {
  const of = (text: string) => {
    const config = new Map([['client-output-buffer-limit', text]])
    return CLASSES.map((kind) => outputBufferLimit(config, kind))
  }
  const has = of(now)
  const asked = of(wanted).flatMap((limit, i) => (limit === undefined ? [] : [{ limit, own: has[i] }]))
  return asked.length > 0 && asked.every(({ limit, own }) => JSON.stringify(limit) === JSON.stringify(own))
}

const CLASSES = ['normal', 'replica', 'pubsub'] as const

/** `A` stands for all of these; a server writes it for them. */
const ALL_EVENTS = 'g$lshzxetd'

function eventsOf(text: string): string {
  return [...new Set(text.trim().replace('A', ALL_EVENTS))].sort().join('')
}

function plainWord(word: string): string {
  const bytes = readBytes(word)
  return bytes === undefined ? word.toLowerCase().replace(/^replica$/, 'slave') : String(bytes)
}

/** Whether a child process could be forked now, by memory alone. */
export function forkHeadroom(info: InfoReply, node: NodeId): PreflightCheck {
  const { rssBytes, totalSystemBytes } = info.memory
  if (rssBytes === undefined || totalSystemBytes === undefined || totalSystemBytes === 0)
    return check('fork-headroom', 'passed', `${node} does not show the machine's memory`)
  const share = Math.round((rssBytes / totalSystemBytes) * 100)
  return share > 50
    ? check(
        'fork-headroom',
        'warned',
        `${node} uses ${share} % of its machine's memory: under writes a child may need as much again`,
      )
    : check('fork-headroom', 'passed', `${node} uses ${share} % of its machine's memory`)
}

/** Nothing that would make a new child fail runs already. */
export function noChild(info: InfoReply, node: NodeId): PreflightCheck {
  const { bgsaveInProgress, aofRewriteInProgress } = info.persistence
  if (bgsaveInProgress === true || aofRewriteInProgress === true)
    return check(
      'no-child',
      'failed',
      `${node} is ${bgsaveInProgress === true ? 'saving' : 'rewriting its append-only file'} already`,
    )
  return check('no-child', 'passed', `no child runs on ${node}`)
}
