import { createServer } from 'node:net'

/** @typedef {import('node:net').Socket} Socket */
/** @typedef {{ socket: Socket, subscriptions: Set<string> }} Peer */
/** @typedef {(command: string[], peer: Peer) => string | undefined} Answerer bytes to send; undefined sends nothing */

/** @param {string} text */
export const bulk = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
/** @param {readonly string[]} texts */
export const bulks = (texts) => `*${texts.length}\r\n${texts.map(bulk).join('')}`
/** @param {readonly string[]} elements */
export const array = (elements) => `*${elements.length}\r\n${elements.join('')}`
/** @param {number} value */
export const integer = (value) => `:${value}\r\n`
/** @param {string} line */
export const error = (line) => `-${line}\r\n`
export const OK = '+OK\r\n'

/**
 * One listening port that can be closed and opened again, as a process that is killed and restarted.
 */
export class Endpoint {
  port = 0
  isHung = false
  /** @type {Set<Peer>} */
  peers = new Set()
  /** @type {any} the server while it listens */
  #server
  /** @type {Answerer} */
  #answer

  /** @param {Answerer} answer */
  constructor(answer) {
    this.#answer = answer
  }

  get isUp() {
    return this.#server !== undefined
  }

  /** Listens on a free loopback port the first time, on the same one afterwards. */
  async open() {
    if (this.#server !== undefined) return
    const server = createServer((socket) => this.#accept(socket))
    await new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: this.port, host: '127.0.0.1', backlog: 511 }, () => resolve(undefined))
    })
    this.#server = server
    const address = server.address()
    if (address !== null && typeof address === 'object') this.port = address.port
  }

  /** Closes the port and every connection at once. */
  close() {
    this.#server?.close()
    this.#server = undefined
    this.isHung = false
    for (const { socket } of this.peers) socket.destroy()
  }

  /** @param {Socket} socket */
  #accept(socket) {
    const peer = { socket, subscriptions: new Set() }
    let pending = ''
    this.peers.add(peer)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => this.peers.delete(peer))
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1')
      if (this.isHung) return
      let reply = ''
      for (;;) {
        const read = readCommand(pending)
        if (read === undefined) break
        pending = read.rest
        reply += this.#answer(read.command, peer) ?? ''
      }
      if (reply !== '') socket.write(reply)
    })
  }

  /**
   * Sends a message to everyone who subscribed to that channel or to all.
   * @param {string} channel
   * @param {string} payload
   */
  publish(channel, payload) {
    for (const { socket, subscriptions } of this.peers) {
      if (subscriptions.has(channel)) socket.write(bulks(['message', channel, payload]))
      if (subscriptions.has('*')) socket.write(bulks(['pmessage', '*', channel, payload]))
    }
  }
}

/**
 * Takes one command off the front of the text.
 * @param {string} text
 * @returns {{ command: string[], rest: string } | undefined}
 */
function readCommand(text) {
  let at = text.indexOf('\r\n')
  if (at < 0 || text[0] !== '*') return undefined
  const count = Number(text.slice(1, at))
  at += 2
  const command = []
  for (let i = 0; i < count; i++) {
    const end = text.indexOf('\r\n', at)
    if (end < 0) return undefined
    const length = Number(text.slice(at + 1, end))
    if (text.length < end + 2 + length + 2) return undefined
    command.push(text.slice(end + 2, end + 2 + length))
    at = end + 2 + length + 2
  }
  return { command, rest: text.slice(at) }
}
