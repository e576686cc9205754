import { randomBytes } from 'node:crypto'
import { answerDataNode, answerSentinel } from './answers.mjs'
import { Endpoint } from './resp.mjs'

/**
 * @typedef {object} Options
 * @property {number} groups
 * @property {number} replicas a group
 * @property {number} sentinels one set for all groups
 * @property {number} writeBytesPerSecond of each master
 * @property {string} version
 * @property {number} downAfterMs
 */

/** @typedef {{ index: number, group: Group, endpoint: Endpoint, runId: string, startedAt: number, downAt: number | undefined, lagBytes: number, calls: Record<string, number> }} DataNode */
/** @typedef {{ name: string, master: DataNode, nodes: DataNode[], replid: string, replid2: string, secondOffset: number, epoch: number, baseOffset: number, baseAt: number }} Group */
/** @typedef {{ id: string, endpoint: Endpoint, downAt: number | undefined }} Sentinel */

export const id = () => randomBytes(20).toString('hex')

/** Groups of one master and its replicas, watched by one set of Sentinels. Offsets move with the clock; nothing is stored. */
export class Deployment {
  /** @type {Group[]} */
  groups = []
  /** @type {Sentinel[]} */
  sentinels = []
  /** @type {Options} */
  options

  /** @param {Partial<Options>} options */
  constructor(options) {
    this.options = {
      groups: 1,
      replicas: 2,
      sentinels: 3,
      writeBytesPerSecond: 10_000,
      version: '7.0.15',
      downAfterMs: 3000,
      ...options,
    }
  }

  async open() {
    const { groups, replicas, sentinels } = this.options
    for (let i = 0; i < sentinels; i++) {
      /** @type {Sentinel} */
      const sentinel = {
        id: id(),
        endpoint: new Endpoint((command, peer) => answerSentinel(this, sentinel, command, peer)),
        downAt: undefined,
      }
      this.sentinels.push(sentinel)
    }
    for (let g = 0; g < groups; g++) {
      /** @type {any} the master is set below */
      const draft = {
        name: `group-${String(g + 1).padStart(4, '0')}`,
        nodes: [],
        replid: id(),
        replid2: '0'.repeat(40),
        secondOffset: -1,
        epoch: 0,
        baseOffset: 1_000_000,
        baseAt: Date.now(),
      }
      /** @type {Group} */
      const group = draft
      for (let n = 0; n <= replicas; n++) {
        /** @type {DataNode} */
        const node = {
          index: n,
          group,
          endpoint: new Endpoint((command, peer) => answerDataNode(this, node, command, peer)),
          runId: id(),
          startedAt: Date.now(),
          downAt: undefined,
          lagBytes: n * 17,
          calls: {},
        }
        group.nodes.push(node)
      }
      group.master = /** @type {DataNode} */ (group.nodes[0])
      this.groups.push(group)
    }
    for (const endpoint of this.endpoints()) await endpoint.open()
    this.hellos = setInterval(() => this.sayHello(), 2000)
  }

  endpoints() {
    return [...this.sentinels, ...this.groups.flatMap((group) => group.nodes)].map(({ endpoint }) => endpoint)
  }

  /** Where everything listens, by role as of now. */
  layout() {
    return {
      sentinels: this.sentinels.map(({ endpoint }) => endpoint.port),
      groups: this.groups.map((group) => ({
        name: group.name,
        master: group.master.endpoint.port,
        replicas: group.nodes.filter((node) => node !== group.master).map((node) => node.endpoint.port),
      })),
    }
  }

  /** @param {Group} group */
  offsetOf(group) {
    const isMoving = group.master.endpoint.isUp && !group.master.endpoint.isHung
    const until = isMoving ? Date.now() : (group.master.downAt ?? Date.now())
    return group.baseOffset + Math.floor((Math.max(0, until - group.baseAt) * this.options.writeBytesPerSecond) / 1000)
  }

  /** @param {number} port */
  find(port) {
    const sentinel = this.sentinels.find(({ endpoint }) => endpoint.port === port)
    return sentinel ?? this.groups.flatMap((group) => group.nodes).find(({ endpoint }) => endpoint.port === port)
  }

  /** Ends what listens there, as kill -9 does. @param {number} port */
  kill(port) {
    const found = this.need(port)
    found.downAt = Date.now()
    found.endpoint.close()
    this.reportDown(found)
  }

  /** Stops it, as SIGSTOP does: it takes connections and never answers. @param {number} port */
  hang(port) {
    const found = this.need(port)
    found.downAt = Date.now()
    found.endpoint.isHung = true
    this.reportDown(found)
  }

  /** Starts a killed one as a new process, or lets a stopped one go on. @param {number} port */
  async start(port) {
    const found = this.need(port)
    const wasHung = found.endpoint.isHung
    if (!wasHung && 'group' in found) {
      found.runId = id()
      found.startedAt = Date.now()
    }
    if ('group' in found && found.group.master === found) {
      found.group.baseOffset = this.offsetOf(found.group)
      found.group.baseAt = Date.now()
    }
    found.downAt = undefined
    found.endpoint.isHung = false
    // What was sent to a stopped process is not answered here: its clients dial again.
    if (wasHung) for (const { socket } of found.endpoint.peers) socket.destroy()
    await found.endpoint.open()
    this.tell('-sdown', this.describe(found))
  }

  /** Promotes the first replica that is up; the rest follow it, the old master too. @param {string} name */
  failover(name) {
    const group = this.groups.find((one) => one.name === name)
    if (group === undefined) throw new Error(`no group ${name}`)
    const old = group.master
    const next = group.nodes.find((node) => node !== old && node.endpoint.isUp && !node.endpoint.isHung)
    if (next === undefined) throw new Error(`no replica of ${name} is up`)
    const offset = this.offsetOf(group)
    group.replid2 = group.replid
    group.secondOffset = offset + 1
    group.replid = id()
    group.baseOffset = offset
    group.baseAt = Date.now()
    group.epoch += 1
    group.master = next
    for (const [i, node] of group.nodes.entries()) node.lagBytes = node === next ? 0 : i * 17
    this.tell('+switch-master', `${name} 127.0.0.1 ${old.endpoint.port} 127.0.0.1 ${next.endpoint.port}`)
  }

  /** @param {DataNode | Sentinel} found */
  describe(found) {
    if (!('group' in found)) return `sentinel ${found.id} 127.0.0.1 ${found.endpoint.port}`
    const { name, master } = found.group
    if (found === master) return `master ${name} 127.0.0.1 ${master.endpoint.port}`
    const { port } = found.endpoint
    return `slave 127.0.0.1:${port} 127.0.0.1 ${port} @ ${name} 127.0.0.1 ${master.endpoint.port}`
  }

  /** @param {DataNode | Sentinel} found */
  reportDown(found) {
    const { downAt } = found
    setTimeout(() => {
      if (found.downAt === downAt) this.tell('+sdown', this.describe(found))
    }, this.options.downAfterMs).unref()
  }

  /** @param {string} channel @param {string} payload */
  tell(channel, payload) {
    for (const { endpoint } of this.sentinels) endpoint.publish(channel, payload)
  }

  sayHello() {
    for (const group of this.groups)
      for (const node of group.nodes) {
        if (![...node.endpoint.peers].some((peer) => peer.subscriptions.size > 0)) continue
        for (const { id: sentinelId, endpoint } of this.sentinels)
          if (endpoint.isUp && !endpoint.isHung)
            node.endpoint.publish(
              '__sentinel__:hello',
              `127.0.0.1,${endpoint.port},${sentinelId},${group.epoch},${group.name},127.0.0.1,${group.master.endpoint.port},${group.epoch}`,
            )
      }
  }

  close() {
    clearInterval(this.hellos)
    for (const endpoint of this.endpoints()) endpoint.close()
  }

  /** @param {number} port */
  need(port) {
    const found = this.find(port)
    if (found === undefined) throw new Error(`nothing listens on ${port}`)
    return found
  }
}
