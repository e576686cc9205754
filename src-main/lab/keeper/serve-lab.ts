import { chmodSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import type { FaultRequest } from '../../domain/drills/faults.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { LabControl } from './control.ts'
import { createLineReader, HELLO, keeperRequest, socketOf, socketProblem } from './protocol.ts'
import type { KeeperLine, KeeperRequest } from './protocol.ts'

type BreakRequest = Extract<KeeperRequest, { readonly ask: 'break' }>

export interface ServedLab {
  /** Ends every line. Idempotent. */
  readonly dispose: () => void
}

/** Lets other processes of this user ask for and act on a lab that this process keeps. */
export async function serveLab(lab: LabControl, dir: string): Promise<Result<ServedLab>> {
  const problem = socketProblem(dir)
  if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: problem })
  const lines = new Set<Socket>()
  const server = createServer((socket) => {
    lines.add(socket)
    const end = serveLine(socket, lab)
    socket.on('close', () => {
      lines.delete(socket)
      end()
    })
  })
  const listening = await new Promise<Error | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen(socketOf(dir), () => resolve(undefined))
  })
  if (listening !== undefined)
    return fail({ kind: 'storage', detail: `no socket can be made at ${socketOf(dir)}: ${listening.message}` })
  chmodSync(socketOf(dir), 0o600)
  return ok({
    dispose: () => {
      server.close()
      // What was answered last is still delivered.
      for (const socket of lines) socket.destroySoon()
    },
  })
}

/** Serves one peer; the returned function is for when it has gone. */
function serveLine(socket: Socket, lab: LabControl): () => void {
  let stopFollowing: (() => void) | undefined
  const say = (line: KeeperLine): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(line)}\n`)
  }
  const answer = async (request: KeeperRequest): Promise<Result<unknown>> => {
    switch (request.ask) {
      case 'now':
        return lab.now()
      case 'faults':
        return lab.faults()
      case 'break':
        return lab.break(withoutAbsent(request.fault))
      case 'heal':
        return lab.heal(request.fault ?? undefined)
      case 'follow':
        stopFollowing ??= lab.onFaults((active) => say({ active }))
        return ok(null)
      case 'down':
        return lab.down()
    }
  }
  const receive = async (text: string): Promise<void> => {
    const request = readRequest(text)
    if (request === undefined) return void socket.destroy()
    const result = await answer(request)
    say(
      result.ok
        ? { id: request.id, ok: true, value: result.value ?? null }
        : { id: request.id, ok: false, failure: result.failure },
    )
  }
  socket.setEncoding('utf8')
  socket.on('error', () => undefined)
  socket.on(
    'data',
    createLineReader(
      (line) => void receive(line),
      () => socket.destroy(),
    ),
  )
  say({ hello: HELLO })
  return () => stopFollowing?.()
}

/** What was not sent is left out, not undefined. */
function withoutAbsent({ kind, node, peer, direction, amount }: BreakRequest['fault']): FaultRequest {
  return {
    kind,
    node,
    ...(peer === undefined ? {} : { peer }),
    ...(direction === undefined ? {} : { direction }),
    ...(amount === undefined ? {} : { amount }),
  }
}

function readRequest(text: string): KeeperRequest | undefined {
  try {
    return keeperRequest.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
