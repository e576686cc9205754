import type { Socket } from 'node:net'

/**
 * Resets a connection. Not while the end of its stream is on its way out: the system refuses that (EINVAL), Node then
 * never closes the socket, and the process spins for ever when it is to exit.
 */
export function reset(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
