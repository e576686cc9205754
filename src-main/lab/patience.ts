import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../domain/address.ts'
import type { LabNode } from './lab-model.ts'
import type { Missing } from './readiness.ts'
import { openRespClient, type RespClient, type RespClientOptions } from './resp-client.ts'

export type Check = (client: RespClient, node: LabNode) => Promise<Missing>

export interface Patience {
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  readonly access: (node: LabNode) => RespClientOptions
  readonly isRunning: (node: LabNode) => boolean
  readonly signal: AbortSignal | undefined
}

/** A node that ended, or was not ready in time. */
export class NotReady extends Error {
  readonly at: NodeId
  readonly isPortTaken: boolean
  constructor(at: NodeId, message: string, log: string) {
    super(`the lab did not come up: ${message}${log === '' ? '' : `; its log ends: ${log}`}`)
    this.at = at
    this.isPortTaken = /address already in use/i.test(log)
  }
}

const POLL_MS = 15

/** Asks one node on a connection of its own, again and again, until nothing is missing. */
export async function untilNothingIsMissing(node: LabNode, check: Check, patience: Patience): Promise<void> {
  let client: RespClient | undefined
  let missing: Missing = 'it does not answer'
  try {
    for (;;) {
      patience.signal?.throwIfAborted()
      try {
        client ??= await openRespClient(node.direct, patience.access(node))
        missing = await check(client, node)
        if (missing === undefined) return
      } catch (error) {
        client?.close()
        client = undefined
        missing = error instanceof Error ? error.message : String(error)
      }
      const hasEnded = !patience.isRunning(node)
      if (hasEnded) throw new NotReady(node.id, `${node.name}: it ended`, endOfLog(node))
      if (performance.now() > patience.deadline) throw new NotReady(node.id, `${node.name}: ${missing}`, '')
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    client?.close()
  }
}

function endOfLog(node: LabNode): string {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return ''
    }
  }
  const lines = `${read(join(node.dir, 'output.log'))}${read(node.logFile)}`.trim().split('\n')
  return lines.slice(-4).join(' | ').slice(-600)
}
