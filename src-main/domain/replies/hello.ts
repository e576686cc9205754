import { read } from './raw-map.ts'
import type { Parsed } from './raw.ts'
import type { HelloMessage } from './reply-types.ts'
import { portOf, readNatural } from './wire-number.ts'

const CHARS_READ = 4096

/**
 * Reads one message of the channel `__sentinel__:hello` on a data node.
 *
 * A group's name is whatever was typed at `SENTINEL MONITOR`, so it may hold commas: four fields are taken from the
 * left, three from the right, and the name is what remains. Fails when an address is missing.
 */
export function parseHello(text: string): Parsed<HelloMessage> {
  // 127.0.0.1,26379,dd69e0976caf9ebaa3353496327d101efa6672c2,0,orders,127.0.0.1,6379,0
  if (text.length > CHARS_READ) return failed(`a hello message of ${text.length} characters`)
  const fields = text.split(',')
  if (fields.length < 8) return failed(`a hello message of ${fields.length} fields instead of 8`)
  const [host = '', port, sentinelId = '', currentEpoch] = fields
  const [masterHost = '', masterPort, masterConfigEpoch] = fields.slice(-3)
  const sentinelPort = portOf(port)
  const portOfMaster = portOf(masterPort)
  if (host === '' || sentinelPort === undefined) return failed('a hello message without the address of its Sentinel')
  if (masterHost === '' || portOfMaster === undefined) return failed('a hello message without the address of a master')
  return read({
    sentinel: { host, port: sentinelPort },
    sentinelId,
    currentEpoch: readNatural(currentEpoch),
    masterName: fields.slice(4, -3).join(','),
    master: { host: masterHost, port: portOfMaster },
    masterConfigEpoch: readNatural(masterConfigEpoch),
  })
}

function failed(detail: string): Parsed<HelloMessage> {
  return { ok: false, problem: { detail } }
}
