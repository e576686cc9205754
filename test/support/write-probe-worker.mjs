// Numbered writes by clients that follow Sentinel, in a process of their own. Told by messages: { do: 'stop' }, then
// { do: 'count' }: which of the acknowledged writes does the master hold now?
import { connect } from 'node:net'

const { sentinels, group, writers, user, password } = JSON.parse(process.argv[2])
const acknowledged = Array.from({ length: writers }, () => [])
let isStopping = false
let lastAckAt
let longestGapMs = 0
let refused = 0
let unknown = 0

/** A connection with one question at a time; error replies are `{ error }`. */
function dial({ host, port }, timeoutMs = 1000) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    let data = Buffer.alloc(0)
    const waiting = []
    const end = (error) => {
      socket.destroy()
      reject(error)
      for (const one of waiting.splice(0)) one.reject(error)
    }
    socket.setTimeout(timeoutMs, () => end(new Error('time-out')))
    socket.on('error', end)
    socket.on('close', () => end(new Error('closed')))
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk])
      for (;;) {
        const reply = read(data, 0)
        if (reply === undefined) return
        data = data.subarray(reply.next)
        waiting.shift()?.resolve(reply.value)
      }
    })
    socket.once('connect', () =>
      resolve({
        ask: (...words) =>
          new Promise((resolveOne, rejectOne) => {
            if (socket.destroyed) return rejectOne(new Error('closed'))
            waiting.push({ resolve: resolveOne, reject: rejectOne })
            socket.write(
              `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
            )
          }),
        close: () => socket.destroy(),
      }),
    )
  })
}

function read(data, at) {
  const end = data.indexOf('\r\n', at)
  if (end < 0) return undefined
  const text = data.toString('utf8', at + 1, end)
  const next = end + 2
  switch (String.fromCharCode(data[at])) {
    case '$': {
      if (text === '-1') return { value: null, next }
      const stop = next + Number(text)
      return data.length < stop + 2 ? undefined : { value: data.toString('utf8', next, stop), next: stop + 2 }
    }
    case '*': {
      const values = []
      let from = next
      for (let i = 0; i < Number(text); i++) {
        const element = read(data, from)
        if (element === undefined) return undefined
        values.push(element.value)
        from = element.next
      }
      return { value: values, next: from }
    }
    case '-':
      return { value: { error: text }, next }
    default:
      return { value: text, next }
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function login(client) {
  if (password !== undefined) await client.ask(...(user === undefined ? ['AUTH', password] : ['AUTH', user, password]))
  return client
}

/** The master that a Sentinel names and that says so itself, as clients find it. */
async function toMaster() {
  for (const sentinel of sentinels) {
    let client
    try {
      client = await dial(sentinel, 500)
      const named = await client.ask('SENTINEL', 'get-master-addr-by-name', group)
      if (!Array.isArray(named)) continue
      const master = await login(await dial({ host: named[0], port: Number(named[1]) }, 10_000))
      const role = await master.ask('ROLE')
      if (Array.isArray(role) && role[0] === 'master') return master
      master.close()
    } catch {
      // The next one.
    } finally {
      client?.close()
    }
  }
  throw new Error('no master')
}

async function write(writer) {
  let n = 0
  while (!isStopping) {
    let client
    try {
      client = await toMaster()
      while (!isStopping) {
        n += 1
        let reply
        try {
          reply = await client.ask('SET', `w:${writer}:${n}`, String(n))
        } catch (error) {
          unknown += 1
          throw error
        }
        if (reply !== 'OK') {
          refused += 1
          throw new Error(reply?.error ?? 'no OK')
        }
        acknowledged[writer].push(n)
        const now = performance.now()
        if (lastAckAt !== undefined) longestGapMs = Math.max(longestGapMs, now - lastAckAt)
        lastAckAt = now
        // Busy, and yet others can use this machine.
        if (n % 20 === 0) await pause(1)
      }
    } catch {
      if (!isStopping) await pause(20)
    } finally {
      client?.close()
    }
  }
}

async function missing() {
  const client = await toMaster()
  const lost = []
  for (const [writer, numbers] of acknowledged.entries()) {
    for (let i = 0; i < numbers.length; i += 500) {
      const some = numbers.slice(i, i + 500)
      const values = await client.ask('MGET', ...some.map((n) => `w:${writer}:${n}`))
      if (!Array.isArray(values)) throw new Error(values?.error ?? 'MGET failed')
      values.forEach((value, j) => value !== String(some[j]) && lost.push(`w:${writer}:${some[j]}`))
    }
  }
  client.close()
  return lost
}

const running = Promise.all(acknowledged.map((_, writer) => write(writer)))
const report = () => ({
  acknowledged: acknowledged.reduce((sum, numbers) => sum + numbers.length, 0),
  refused,
  unknown,
  longestGapMs,
})

async function obey(message) {
  if (message.do === 'report') process.send({ re: message.id, ...report() })
  if (message.do === 'stop') {
    isStopping = true
    await running
    process.send({ re: message.id, ...report() })
  }
  if (message.do === 'count') {
    try {
      const lost = await missing()
      process.send({ re: message.id, ...report(), lost: lost.length, examples: lost.slice(0, 5) })
    } catch (error) {
      process.send({ re: message.id, error: error.message })
    }
  }
}

process.on('message', (message) => void obey(message))
process.on('disconnect', () => process.exit(0))
