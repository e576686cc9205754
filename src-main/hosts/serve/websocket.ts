import type { WebSocket } from 'ws'
import type { ContractServer } from '../../contract/server.ts'

/** A page that does not answer a ping within this time is gone: its socket may be half open for hours otherwise. */
const PING_EVERY_MS = 30_000

/** Carries the contract over one WebSocket: texts in, texts out, and the end of either side told to the other. */
export function carryOverWebSocket(socket: WebSocket, server: ContractServer): void {
  const line = server.accept({
    send: (text) => {
      if (socket.readyState === socket.OPEN) socket.send(text)
    },
    close: () => socket.close(),
    unsentBytes: () => socket.bufferedAmount,
  })
  let isAlive = true
  const pinging = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, PING_EVERY_MS)
  socket.on('pong', () => (isAlive = true))
  socket.on('message', (data, isBinary) => {
    // A binary frame is nothing that our page sends; an empty text is refused as unreadable by the host's half.
    line.receive(isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8'))
  })
  // Trouble with the socket (an oversized message among it) is followed by `close`, which is where the line ends.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    clearInterval(pinging)
    line.closed()
  })
}
