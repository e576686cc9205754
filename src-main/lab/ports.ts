import { createServer, type Server } from 'node:net'

/**
 * Ports that are free now on their host, all different. They are held together and let go together, so one call never
 * gives a port twice; another program may still take one before the server does, and then the lab starts again.
 */
export async function freePorts(hosts: readonly string[]): Promise<readonly number[]> {
  const held = await Promise.all(hosts.map(hold))
  const ports = held.map(portOf)
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  return new Set(ports).size === ports.length ? ports : freePorts(hosts)
}

function hold(host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port: 0, exclusive: true }, () => resolve(server))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
