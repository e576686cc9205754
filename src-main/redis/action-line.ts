import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { ActionLine, ActionReply, Sent } from '../actions/ports.ts'
import { formatAddress, type Address } from '../domain/address.ts'
import { fail, ok, type Failure, type Result } from '../domain/failure.ts'
import type { CommandWords } from '../domain/plans/model.ts'
import type { Clock } from '../monitor/ports.ts'
import { isActionAllowed } from './action-allow-list.ts'
import { decodeReply } from './action-replies.ts'
import { nameOf } from './allow-list.ts'
import type { Credentials } from './peer.ts'
import { ReplyScanner } from './reply-frames.ts'
import { firstWord, translateReply, translateTimeout, translateTrouble, type LinkTrouble } from './translate-error.ts'

export interface ActionLineOptions {
  /** As announced: its name in every failure. */
  readonly address: Address
  readonly dialled: Address
  readonly credentials: Credentials
  readonly tls: (() => ConnectionOptions) | undefined
  readonly tlsFlag: string
  /** For connecting, TLS and AUTH together. */
  readonly timeoutMs: number
  readonly maxReplyBytes: number
  readonly clock: Clock
  readonly name: string
}

/** Commands on the wire, answered in order. */
interface Question {
  readonly commands: readonly CommandWords[]
  readonly replies: ActionReply[]
  readonly sentAt: number
  readonly settle: (sent: Sent) => void
}

/**
 * Dials one line for an action, without a library in between: nothing is queued while it is closed, nothing is sent
 * twice, nothing reconnects. AUTH and the name go first; a server that refuses them is a failure.
 */
export async function openActionLine(options: ActionLineOptions): Promise<Result<ActionLine>> {
  const at = formatAddress(options.address)
  let socket: ReturnType<typeof dial>
  try {
    socket = dial(options)
  } catch (error) {
    // Certificates that cannot be used.
    return fail(translateTrouble(error, troubleOf(options, 'tls-handshake', [])))
  }
  const line = speak(socket.socket, options, socket.stage)
  const opened = await socket.connected(options.timeoutMs, options.clock)
  if (opened !== undefined) {
    line.close()
    return fail(opened)
  }
  const { user, password } = options.credentials
  const greeting: CommandWords[] = []
  if (password !== undefined) greeting.push(user === undefined ? ['AUTH', password] : ['AUTH', user, password])
  greeting.push(['CLIENT', 'SETNAME', options.name])
  const sent = await line.send(greeting, options.timeoutMs)
  if (sent.state !== 'answered') {
    line.close()
    return fail(sent.failure)
  }
  const refusal = sent.replies.find((reply) => 'error' in reply)
  if (refusal !== undefined && 'error' in refusal && !isHarmless(refusal.error, password !== undefined)) {
    line.close()
    const text = password === undefined ? refusal.error : refusal.error.replaceAll(password, '***')
    return fail(translateReply(text.replace(/,? with args beginning with:.*/is, ''), at, 'CLIENT SETNAME'))
  }
  return ok(line)
}

/** A server without a password answers AUTH with ERR; the commands that follow tell whether it matters. */
function isHarmless(error: string, hasPassword: boolean): boolean {
  return hasPassword && firstWord(error) === 'ERR'
}

function dial(options: ActionLineOptions) {
  let stage: LinkTrouble['stage'] = 'dialling'
  const target = { host: options.dialled.host, port: options.dialled.port, noDelay: true, autoSelectFamily: true }
  const socket: Socket = options.tls === undefined ? connectPlain(target) : connectTls({ ...target, ...options.tls() })
  socket.once('connect', () => {
    stage = options.tls === undefined ? 'open' : 'tls-handshake'
  })
  socket.once('secureConnect', () => {
    stage = 'open'
  })
  const connected = (timeoutMs: number, clock: Clock): Promise<Failure | undefined> =>
    new Promise((resolve) => {
      const done = (failure: Failure | undefined): void => {
        cancel()
        resolve(failure)
      }
      const cancel = clock.after(timeoutMs, () => done(translateTimeout(troubleOf(options, stage, []))))
      socket.once(options.tls === undefined ? 'connect' : 'secureConnect', () => done(undefined))
      socket.once('error', (error) => done(translateTrouble(error, troubleOf(options, stage, []))))
      socket.once('close', () => done(translateTrouble(undefined, troubleOf(options, stage, []))))
    })
  return { socket, connected, stage: () => stage }
}

function troubleOf(options: ActionLineOptions, stage: LinkTrouble['stage'], command: readonly string[]): LinkTrouble {
  const at = formatAddress(options.address)
  const dialled = formatAddress(options.dialled)
  return {
    at,
    command: nameOf(command),
    stage,
    tlsFlag: options.tlsFlag,
    isTls: options.tls !== undefined,
    repliesTotal: stage === 'open' ? 1 : 0,
    lastErrorLine: undefined,
    foreignBytes: NOTHING,
    via: dialled === at ? undefined : dialled,
  }
}

const NOTHING = Buffer.alloc(0)

/** Frames and matches: each question gets as many replies as it has commands, in order. */
function speak(socket: Socket, options: ActionLineOptions, stage: () => LinkTrouble['stage']): ActionLine {
  const { clock } = options
  const open: Question[] = []
  const scanner = new ReplyScanner()
  let held: Buffer[] = []
  let heldBytes = 0
  let isClosed = false

  const trouble = (command: readonly string[]) => troubleOf(options, stage(), command)

  const end = (failureOf: (command: readonly string[]) => Failure, byPeer: boolean): void => {
    if (isClosed) return
    isClosed = true
    socket.destroy()
    for (const { settle, replies, commands } of open.splice(0))
      settle({ state: 'unknown', failure: failureOf(commands[replies.length] ?? ['?']), replies, isClosed: byPeer })
  }

  const take = (frame: Buffer): void => {
    const question = open[0]
    if (question === undefined) {
      end(() => ({ kind: 'cancelled' }), true)
      return
    }
    question.replies.push(decodeReply(frame))
    if (question.replies.length < question.commands.length) return
    open.shift()
    question.settle({ state: 'answered', replies: question.replies, sentAt: question.sentAt, receivedAt: clock.now() })
  }

  socket.on('data', (chunk: Buffer) => {
    let from = 0
    let at = 0
    while (at < chunk.length && !isClosed) {
      const step = scanner.scan(chunk, at)
      if ('detail' in step) {
        const detail = step.detail
        end(() => ({ kind: 'not-redis', at: formatAddress(options.address), detail }), true)
        return
      }
      if (step.end === undefined) break
      at = step.end
      take(Buffer.concat([...held, chunk.subarray(from, at)]))
      held = []
      heldBytes = 0
      from = at
    }
    const rest = chunk.subarray(from)
    if (rest.length === 0) return
    held.push(rest)
    heldBytes += rest.length
    if (heldBytes > options.maxReplyBytes)
      end((command) => {
        const detail = `more than ${options.maxReplyBytes} bytes`
        return { kind: 'unreadable-reply', at: formatAddress(options.address), command: nameOf(command), detail }
      }, false)
  })
  socket.on('error', (error) => end((command) => translateTrouble(error, trouble(command)), true))
  socket.on('close', () => end((command) => translateTrouble(undefined, trouble(command)), true))

  return {
    node: formatAddress(options.address),
    isOpen: () => !isClosed,
    send: (commands, timeoutMs) => {
      const refused = commands.find((command) => !isActionAllowed(command))
      if (refused !== undefined) {
        const detail = `${formatAddress(options.address)}: an action may not send ${nameOf(refused)}`
        return Promise.resolve({ state: 'not-sent', failure: { kind: 'refused-by-guard', detail } })
      }
      if (isClosed)
        return Promise.resolve({ state: 'not-sent', failure: translateTrouble(undefined, trouble(commands[0] ?? [])) })
      return new Promise((resolve) => {
        const cancel = clock.after(timeoutMs, () => end((command) => translateTimeout(trouble(command)), false))
        open.push({
          commands,
          replies: [],
          sentAt: clock.now(),
          settle: (sent) => {
            cancel()
            resolve(sent)
          },
        })
        socket.write(encode(commands))
      })
    },
    close: () => end(() => ({ kind: 'cancelled' }), false),
  }
}

function encode(commands: readonly CommandWords[]): Buffer {
  return Buffer.concat(
    commands.flatMap((words) => [
      Buffer.from(`*${words.length}\r\n`),
      ...words.flatMap((word) => {
        const bytes = Buffer.from(word)
        return [Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF]
      }),
    ]),
  )
}

const CRLF = Buffer.from('\r\n')
