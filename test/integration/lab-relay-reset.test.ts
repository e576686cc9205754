import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { reset } from '../../src-main/lab/relay/reset.ts'

it.each([{ name: 'open' }, { name: 'that has just been told to end', ends: true }])(
  'a connection $name is closed by a reset, without an error of its own',
  async ({ ends = false }) => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    const errors: Error[] = []
    socket.on('error', (error) => errors.push(error))
    if (ends) socket.end()
    reset(socket)
    await once(socket, 'close')
    expect(errors).toEqual([])
  },
)
