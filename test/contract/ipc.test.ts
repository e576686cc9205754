import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { serveContract } from '../../src-main/contract/server.ts'
import { carryOverIpc } from '../../src-main/hosts/desktop/ipc.ts'
import { plainHandlers } from './support/handlers.ts'
import { ContentsDouble, openDoor, PAGE_ORIGIN } from './support/rigs.ts'
import { timers } from './support/timers.ts'
import { eventually } from '../support/eventually.ts'

const HELLO = '{"t":"hello","contract":1,"token":null}'
const CALL = '{"t":"call","id":1,"name":"app/info","params":{}}'

function start() {
  const ipcMain = new EventEmitter()
  const server = serveContract({
    handlers: plainHandlers(),
    timers,
    logBug: (_reference, _call, error) => expect.unreachable(String(error)),
    admit: () => undefined,
  })
  const refused: string[] = []
  const stop = carryOverIpc({
    ipcMain: ipcMain as unknown as Electron.IpcMain,
    server,
    origin: PAGE_ORIGIN,
    logRefused: (url) => refused.push(url),
  })
  const contents = new ContentsDouble()
  const received: string[] = []
  contents.renderer.on('repliscope/to-page', (_event, text: string) => received.push(text))
  const from = (senderFrame: unknown, text: unknown) =>
    void ipcMain.emit('repliscope/to-host', { sender: contents, senderFrame }, text)
  return { ipcMain, server, contents, received, refused, from, stop }
}

it('accepts the top frame of our own page', async () => {
  const { contents, received, refused, from } = start()
  from(contents.mainFrame, HELLO)
  from(contents.mainFrame, CALL)
  await eventually(() => expect(received.map((text) => JSON.parse(text).t)).toEqual(['welcome', 'answer']))
  expect(refused).toEqual([])
})

it.each([
  ['an iframe of our own page', () => ({ url: `${PAGE_ORIGIN}/index.html` })],
  ['a frame that is gone', () => null],
])('refuses %s', async (_what, frame) => {
  const { received, refused, from, server } = start()
  from(frame(), HELLO)
  from(frame(), CALL)
  await new Promise((resolve) => setImmediate(resolve))
  expect([received, server.pageCount(), refused.length]).toEqual([[], 0, 2])
})

it.each(['https://example.org/', 'repliscope://app.evil/', 'file:///etc/passwd', 'about:blank'])(
  'refuses the top frame when it shows %s',
  async (url) => {
    const { contents, received, refused, from, server } = start()
    contents.mainFrame.url = url
    from(contents.mainFrame, HELLO)
    await new Promise((resolve) => setImmediate(resolve))
    expect([received, server.pageCount(), refused]).toEqual([[], 0, [url]])
  },
)

it('begins a new line when the window reloads, and ends it with the window', async () => {
  const { contents, from, server, received } = start()
  from(contents.mainFrame, HELLO)
  from(contents.mainFrame, HELLO)
  await eventually(() => expect(received).toHaveLength(2))
  expect(server.pageCount()).toBe(1)
  contents.destroy()
  expect(server.pageCount()).toBe(0)
})

it('listens to each window once, however often it reloads', () => {
  const { contents, from } = start()
  for (let n = 0; n < 20; n += 1) from(contents.mainFrame, HELLO)
  expect(contents.listenerCount('destroyed')).toBe(1)
})

it('exposes the verbs of the contract to the page and nothing else, and refuses a name it does not declare', async () => {
  const door = await openDoor(new EventEmitter(), new ContentsDouble())
  expect(Object.keys(door).toSorted()).toEqual(['ack', 'call', 'cancel', 'hello', 'listen'])
  expect(() => door.call(1, 'shell/run', {})).toThrow('the contract has no call "shell/run"')
})
