import { connect, type Socket } from 'node:net'
import type { ActiveFault } from '../../domain/drills/faults.ts'
import { fail, ok, type Failure, type Result } from '../../domain/failure.ts'
import type { LabRecord } from '../record.ts'
import type { LabControl, LabFaults, LabNow } from './control.ts'
import { createLineReader, HELLO, socketOf } from './protocol.ts'
import type { KeeperLine, KeeperRequest } from './protocol.ts'

/** A line to the process that keeps a lab. Whoever opens it closes it. */
export interface LabLine extends LabControl {
  readonly onClosed: (listener: () => void) => void
  /** Idempotent. */
  readonly close: () => void
}

type Ask = KeeperRequest extends infer Each ? (Each extends { id: number } ? Omit<Each, 'id'> : never) : never

const HELLO_WITHIN_MS = 3000
const ANSWER_WITHIN_MS = 5000
/** A node is started again and awaited, or a full sync is. */
const CHANGE_WITHIN_MS = 60_000

/** Opens a line; fails with `not-found` when nobody keeps the lab, and with `unreachable` when its keeper is silent. */
export async function openLabLine(record: Pick<LabRecord, 'name' | 'dir'>): Promise<Result<LabLine>> {
  const socket = await dial(socketOf(record.dir))
  if (socket === undefined)
    return fail({ kind: 'not-found', detail: `nobody keeps the lab ${record.name}: its keeper has ended`, known: [] })
  const line = speak(socket, record.name)
  const hello = await line.hello
  if (hello.ok) return ok(line.line)
  line.line.close()
  return hello
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.on('error', () => resolve(undefined))
  })
}

function speak(socket: Socket, name: string): { readonly hello: Promise<Result<void>>; readonly line: LabLine } {
  const silent: Failure = {
    kind: 'unreachable',
    at: `the keeper of lab ${name}`,
    cause: 'timeout',
    stage: 'command',
    detail: '',
  }
  const gone: Failure = { ...silent, cause: 'closed' }
  const pending = new Map<number, (answer: Result<unknown>) => void>()
  const followers = new Set<(active: readonly ActiveFault[]) => void>()
  const onClosed = new Set<() => void>()
  let next = 1
  let isClosed = false

  /** Settles with the answer to `id`, or with the failure when it does not come in time. */
  const awaitAnswer = (id: number, withinMs: number): Promise<Result<unknown>> =>
    new Promise((resolve) => {
      const settle = (answer: Result<unknown>): void => {
        clearTimeout(timer)
        pending.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(() => settle(fail(silent)), withinMs)
      pending.set(id, settle)
    })

  const ask = (request: Ask, withinMs: number): Promise<Result<unknown>> => {
    if (isClosed) return Promise.resolve(fail(gone))
    const id = next++
    const answer = awaitAnswer(id, withinMs)
    socket.write(`${JSON.stringify({ id, ...request })}\n`)
    return answer
  }

  const receive = (text: string): void => {
    const said = readLine(text)
    if (said === undefined) end()
    else if ('hello' in said) pending.get(0)?.(said.hello === HELLO ? ok(undefined) : fail(otherVersion(name)))
    else if ('active' in said) for (const follower of [...followers]) follower(said.active)
    else pending.get(said.id)?.(said.ok ? ok(said.value) : fail(said.failure))
  }

  const end = (): void => {
    if (isClosed) return
    isClosed = true
    socket.destroy()
    for (const settle of [...pending.values()]) settle(fail(gone))
    for (const listener of onClosed) listener()
    onClosed.clear()
    followers.clear()
  }

  const hello = awaitAnswer(0, HELLO_WITHIN_MS) as Promise<Result<void>>
  socket.setEncoding('utf8')
  socket.on('data', createLineReader(receive, end))
  socket.on('close', end)
  // The answers are of the types that the keeper's own `LabControl` gave: both ends are this program, and said hello.
  const line: LabLine = {
    now: () => ask({ ask: 'now' }, ANSWER_WITHIN_MS) as Promise<Result<LabNow>>,
    faults: () => ask({ ask: 'faults' }, ANSWER_WITHIN_MS) as Promise<Result<LabFaults>>,
    break: (fault) => ask({ ask: 'break', fault }, CHANGE_WITHIN_MS) as Promise<Result<ActiveFault>>,
    heal: async (fault) => done(await ask({ ask: 'heal', fault: fault ?? null }, CHANGE_WITHIN_MS)),
    onFaults: (listener) => {
      if (followers.size === 0) void ask({ ask: 'follow' }, ANSWER_WITHIN_MS)
      followers.add(listener)
      return () => void followers.delete(listener)
    },
    down: async () => done(await ask({ ask: 'down' }, CHANGE_WITHIN_MS)),
    onClosed: (listener) => {
      if (isClosed) listener()
      else onClosed.add(listener)
    },
    close: end,
  }
  return { hello, line }
}

function readLine(text: string): KeeperLine | undefined {
  try {
    return JSON.parse(text) as KeeperLine
  } catch {
    return undefined
  }
}

function done(answer: Result<unknown>): Result<void> {
  return answer.ok ? ok(undefined) : answer
}

function otherVersion(name: string): Failure {
  return {
    kind: 'refused-by-guard',
    detail: `the lab ${name} is kept by another version of repliscope: repliscope lab down ${name} ends it`,
  }
}
