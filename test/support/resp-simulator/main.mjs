/**
 * Simulated data nodes and Sentinels on loopback, in a process of their own.
 *
 *   node main.mjs '{"groups":300,"replicas":2,"sentinels":3}'
 *
 * Prints the layout as one line of JSON when everything listens. Then takes one JSON object a line on stdin, or as a
 * message over IPC: {"kill":PORT} {"hang":PORT} {"start":PORT} {"failover":"group-0001"} {"layout":true}; answers each with the
 * layout of that moment or {"error":"…"}. Ends when stdin closes.
 */
import { createInterface } from 'node:readline'
import { Deployment } from './deployment.mjs'

const deployment = new Deployment(JSON.parse(process.argv[2] ?? '{}'))
await deployment.open()

/** @param {unknown} message */
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** @param {{ kill?: number, hang?: number, start?: number, failover?: string }} order */
async function obey(order) {
  if (order.kill !== undefined) deployment.kill(order.kill)
  if (order.hang !== undefined) deployment.hang(order.hang)
  if (order.start !== undefined) await deployment.start(order.start)
  if (order.failover !== undefined) deployment.failover(order.failover)
  return deployment.layout()
}

/** @param {() => unknown} read @param {(message: unknown) => void} reply */
async function take(read, reply) {
  try {
    reply(await obey(/** @type {any} */ (read())))
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) })
  }
}

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => void take(() => JSON.parse(line), say))
lines.on('close', () => {
  deployment.close()
  if (process.connected) process.disconnect()
})
process.on(
  'message',
  (message) =>
    void take(
      () => message,
      (answer) => process.send?.(answer),
    ),
)
process.stdout.on('error', () => {})

say(deployment.layout())
