import { createServer, type Server } from 'node:net'

/** First and last port that may be used. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

/** Below what systems give to outgoing connections, so that no port is taken from a process that is down. */
const QUIET_PORTS: PortRange = { from: 20_000, to: 29_999 }

/** Fewer ports are free than were asked for. */
export class PortsExhausted extends Error {}

/**
 * Ports that are free now on their host, all different. They are held together and let go together, so one call never
 * gives a port twice; another program may still take one before the server does, and then the lab starts again.
 */
export async function freePorts(hosts: readonly string[], range?: PortRange): Promise<readonly number[]> {
  if (range !== undefined) return portsFrom(range, range.from, hosts)
  const held = await Promise.all(hosts.map((host) => hold(host, 0)))
  const ports = held.map(portOf)
  await letGo(held)
  return new Set(ports).size === ports.length ? ports : freePorts(hosts)
}

/** The same from the quiet ports, one after another from a random one on. */
export function quietPorts(hosts: readonly string[], range?: PortRange): Promise<readonly number[]> {
  const { from, to } = range ?? QUIET_PORTS
  const start = range === undefined ? from + Math.floor((Math.random() * (to - from)) / 2) : from
  return portsFrom({ from, to }, start, hosts)
}

async function portsFrom(range: PortRange, start: number, hosts: readonly string[]): Promise<readonly number[]> {
  const held: Server[] = []
  try {
    let port = start
    for (const host of hosts) {
      for (;;) {
        if (port > range.to)
          throw new PortsExhausted(
            `${hosts.length} free ports are needed, and of ${range.from} to ${range.to} only ${held.length} are`,
          )
        const server = await hold(host, port++).catch(orTaken)
        if (server === undefined) continue
        held.push(server)
        break
      }
    }
    return held.map(portOf)
  } finally {
    await letGo(held)
  }
}

function orTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return undefined
  throw error
}

/** Whether this machine has this address. */
export async function hasAddress(host: string): Promise<boolean> {
  try {
    await letGo([await hold(host, 0)])
    return true
  } catch {
    return false
  }
}

function hold(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => resolve(server))
  })
}

async function letGo(held: readonly Server[]): Promise<void> {
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
