import {
  chownSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ActiveFault } from '../../../src-main/domain/drills/faults.ts'
import type { LabControl } from '../../../src-main/lab/keeper/control.ts'
import { openLabLine } from '../../../src-main/lab/keeper/lab-line.ts'
import type { LabLine } from '../../../src-main/lab/keeper/lab-line.ts'
import { MAX_LINE_CHARS, socketOf } from '../../../src-main/lab/keeper/protocol.ts'
import { serveLab } from '../../../src-main/lab/keeper/serve-lab.ts'
import { recordedLabs, rootProblem } from '../../../src-main/lab/record.ts'
import { fakeControl, labNow, type FakeControl } from '../app/support/lab-doubles.ts'

let dir: string
let control: FakeControl

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keeper-'))
  control = fakeControl(labNow('lab'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

async function serve(lab: LabControl = control): Promise<void> {
  const served = await serveLab(lab, dir)
  if (!served.ok) throw new Error('not served')
  onTestFinished(() => served.value.dispose())
}

async function open(): Promise<LabLine> {
  const line = await openLabLine({ name: 'lab', dir })
  if (!line.ok) throw new Error(JSON.stringify(line.failure))
  onTestFinished(() => line.value.close())
  return line.value
}

/** Speaks to the keeper by hand; gives what it says until it ends the line. */
function byHand(text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(socketOf(dir), () => socket.write(text))
    socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
  })
}

describe('a line to the keeper of a lab', () => {
  it('carries every question and change, and failures as they are', async () => {
    await serve()
    const line = await open()
    expect(await line.now()).toEqual({ ok: true, value: labNow('lab') })
    const fault = { kind: 'delay', node: '127.0.0.1:2', peer: '127.0.0.1:1', direction: 'to-node', amount: 50 } as const
    expect(await line.break(fault)).toMatchObject({ ok: true, value: { id: 'f1', ...fault } })
    expect(control.asked).toEqual([fault])
    expect(await line.faults()).toMatchObject({ ok: true, value: { active: [{ id: 'f1' }] } })
    expect(await line.heal('f1')).toEqual({ ok: true, value: undefined })
    expect(await line.break({ kind: 'kill', node: 'x:1' })).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
    expect(await line.down()).toEqual({ ok: true, value: undefined })
    expect(control.isDown()).toBe(true)
  })

  it('tells the faults in force to those who follow, after every change by anybody', async () => {
    await serve()
    const [follower, other] = [await open(), await open()]
    const told: (readonly ActiveFault[])[] = []
    const heard = new Promise<void>((resolve) => {
      follower.onFaults((active) => {
        told.push(active)
        if (told.length === 2) resolve()
      })
    })
    await follower.faults()
    await other.break({ kind: 'freeze', node: '127.0.0.1:2' })
    await other.heal(undefined)
    await heard
    expect(told.map((active) => active.length)).toEqual([1, 0])
    follower.close()
    await expect.poll(() => control.isFollowed()).toBe(false)
  })

  it('is none where nobody keeps the lab', async () => {
    expect(await openLabLine({ name: 'lab', dir })).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
  })

  it('fails what is asked when the keeper goes away meanwhile, and afterwards', async () => {
    const gone = createServer((socket) => {
      socket.write('{"hello":"repliscope/keeper@1"}\n')
      socket.on('data', () => socket.destroy())
    })
    await new Promise<void>((resolve) => gone.listen(socketOf(dir), resolve))
    onTestFinished(() => void gone.close())
    const line = await open()
    const closed = new Promise<void>((resolve) => line.onClosed(resolve))
    expect(await line.now()).toMatchObject({ ok: false, failure: { kind: 'unreachable', cause: 'closed' } })
    await closed
    expect(await line.faults()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  })

  it('is refused by a keeper of another version, with how to end that lab', async () => {
    const other = createServer((socket) => void socket.write('{"hello":"repliscope/keeper@9"}\n'))
    await new Promise<void>((resolve) => other.listen(socketOf(dir), resolve))
    onTestFinished(() => void other.close())
    expect(await openLabLine({ name: 'lab', dir })).toMatchObject({
      ok: false,
      failure: { kind: 'refused-by-guard', detail: expect.stringContaining('lab down lab') },
    })
  })
})

describe('a keeper', () => {
  it('lets only this user in', async () => {
    await serve()
    expect(statSync(socketOf(dir)).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['no JSON', 'hello\n'],
    ['an unknown question', '{"id":1,"ask":"everything"}\n'],
    ['a fault without a process', '{"id":1,"ask":"break","fault":{"kind":"kill"}}\n'],
    ['a line without end', 'x'.repeat(MAX_LINE_CHARS + 1)],
  ])('ends the line on %s, and goes on with others', async (_case, text) => {
    await serve()
    expect(await byHand(text)).toBe('{"hello":"repliscope/keeper@1"}\n')
    expect((await (await open()).now()).ok).toBe(true)
    expect(control.asked).toEqual([])
  })

  it('says what to do where the path is too long for a socket', async () => {
    const deep = join(dir, 'x'.repeat(120))
    mkdirSync(deep)
    expect(await serveLab(control, deep)).toMatchObject({
      ok: false,
      failure: { kind: 'refused-by-guard', detail: expect.stringContaining('shorter') },
    })
  })
})

describe('the folder of labs', () => {
  const record = { schema: 'repliscope/lab-record@1', name: 'lab', dir: '/home/somebody', server: '', nodes: [] }

  function folderWithRecord(): string {
    const root = join(dir, 'labs')
    mkdirSync(join(root, 'lab-abc123'), { recursive: true, mode: 0o700 })
    chmodSync(root, 0o700)
    writeFileSync(join(root, 'lab-abc123', 'lab.json'), JSON.stringify(record))
    return root
  }

  it('gives each lab the folder that its record was found in, whatever is written there', () => {
    const root = folderWithRecord()
    expect(recordedLabs(root).map((lab) => lab.dir)).toEqual([join(root, 'lab-abc123')])
  })

  it('counts for nothing when others may write into it, or it is a link', () => {
    const root = folderWithRecord()
    const link = join(dir, 'link')
    symlinkSync(root, link)
    chmodSync(root, 0o777)
    expect([recordedLabs(root), rootProblem(root)]).toEqual([[], expect.stringContaining('ours alone')])
    expect(existsSync(link)).toBe(true)
    expect(recordedLabs(link)).toEqual([])
  })

  it.runIf(process.getuid?.() === 0)('counts for nothing when another user made it', () => {
    const root = folderWithRecord()
    chownSync(root, 65_534, 65_534)
    expect(recordedLabs(root)).toEqual([])
  })
})
