import { formatAddress, type NodeId } from '../../domain/address.ts'
import type { Lab, LabNode } from '../lab-model.ts'
import type { LabRecord, RecordedNode } from '../record.ts'
import { isRunning } from '../processes.ts'
import { openRespClient, respText, type RespReply } from '../resp-client.ts'
import type { LabNodeNow, LabNow } from './control.ts'

/** A process that is frozen never answers; a picture of the lab does not wait for it. */
const ANSWER_WITHIN_MS = 700

/** Asks every process what it is, past the relay: a partition does not hide the truth from the lab itself. */
export async function labNow(lab: Lab): Promise<LabNow> {
  const [group] = lab.groups
  const name = group?.group ?? ''
  const [nodes, named] = await Promise.all([
    Promise.all(lab.nodes.map((node) => nodeNow(lab, node))),
    Promise.all(lab.sentinels.map((node) => namedMaster(lab, node, name))),
  ])
  const server = `${lab.binary.flavour} ${lab.binary.version}`
  const started = group === undefined ? '' : group.master.id
  const head = { name: lab.name, dir: lab.dir, server, group: name }
  return arrange(head, nodes, mostNamed(named) ?? soleMaster(nodes) ?? started)
}

/** What is known of a lab that nobody keeps any more, or whose keeper is silent: roles as started, processes as they are. */
export function recordedNow(record: LabRecord): LabNow {
  const nodes = record.nodes.map(({ id, name, startedAs, upstream, process }: RecordedNode): LabNodeNow => ({
    id,
    name,
    startedAs,
    role: null,
    follows: upstream ?? null,
    pid: process !== undefined && isRunning(process) ? process.pid : null,
    runId: null,
  }))
  const master = nodes.find((node) => node.startedAs === 'master')?.id ?? ''
  const group = record.nodes.find((node) => node.group !== undefined)?.group ?? ''
  return arrange({ name: record.name, dir: record.dir, server: record.server, group }, nodes, master)
}

function arrange(
  head: Pick<LabNow, 'name' | 'dir' | 'server' | 'group'>,
  nodes: readonly LabNodeNow[],
  master: NodeId,
): LabNow {
  const followers = nodes.filter((node) => node.startedAs !== 'sentinel' && node.id !== master)
  const isChained = ({ follows, startedAs, role }: LabNodeNow): boolean =>
    role === 'replica' && follows !== null
      ? follows !== master && followers.some((node) => node.id === follows)
      : startedAs === 'chained'
  return {
    ...head,
    master,
    replicas: followers.filter((node) => !isChained(node)).map((node) => node.id),
    chained: followers.filter(isChained).map((node) => node.id),
    sentinels: nodes.filter((node) => node.startedAs === 'sentinel').map((node) => node.id),
    nodes,
    up: nodes.every((node) => node.pid !== null),
  }
}

async function nodeNow(lab: Lab, node: LabNode): Promise<LabNodeNow> {
  const { id, name, startedAs } = node
  const known = { id, name, startedAs, role: null, follows: null, runId: null }
  if (!lab.isRunning(node)) return { ...known, pid: null }
  const answers = await askBoth(lab, node, ['ROLE'], ['INFO', 'server'])
  if (answers === undefined) return { ...known, pid: node.pid }
  const [role, info] = answers
  const runId = /^run_id:([0-9a-f]{40})/m.exec(respText(info))?.[1] ?? null
  return { ...known, ...readRole(role), pid: node.pid, runId }
}

async function askBoth(
  lab: Lab,
  node: LabNode,
  first: readonly string[],
  second: readonly string[],
): Promise<readonly [RespReply, RespReply] | undefined> {
  try {
    const client = await openRespClient(node.direct, { ...lab.access(node), timeoutMs: ANSWER_WITHIN_MS })
    try {
      return await Promise.all([client.ask(...first), client.ask(...second)])
    } finally {
      client.close()
    }
  } catch {
    // It is going down, coming up, or frozen: nothing is known of it now.
    return undefined
  }
}

// *5 slave 127.0.0.1 :6379 connected :1234
function readRole(reply: RespReply): Pick<LabNodeNow, 'role' | 'follows'> {
  const [role, host, port] = Array.isArray(reply) ? (reply as readonly RespReply[]) : []
  if (role === 'slave') return { role: 'replica', follows: formatAddress({ host: respText(host), port: Number(port) }) }
  return { role: role === 'master' || role === 'sentinel' ? role : null, follows: null }
}

async function namedMaster(lab: Lab, sentinel: LabNode, group: string): Promise<NodeId | undefined> {
  if (!lab.isRunning(sentinel)) return undefined
  const answers = await askBoth(lab, sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', group], ['PING'])
  const [host, port] = Array.isArray(answers?.[0]) ? (answers[0] as readonly RespReply[]) : []
  return typeof host === 'string' ? formatAddress({ host, port: Number(port) }) : undefined
}

function mostNamed(named: readonly (NodeId | undefined)[]): NodeId | undefined {
  const votes = new Map<NodeId, number>()
  for (const id of named) if (id !== undefined) votes.set(id, (votes.get(id) ?? 0) + 1)
  return [...votes].toSorted((a, b) => b[1] - a[1])[0]?.[0]
}

function soleMaster(nodes: readonly LabNodeNow[]): NodeId | undefined {
  const masters = nodes.filter((node) => node.role === 'master')
  return masters.length === 1 ? masters[0]?.id : undefined
}
