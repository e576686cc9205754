import type { Address } from '../address.ts'
import type { SentinelEvent } from './reply-types.ts'
import { portOf } from './wire-number.ts'

const CHANNEL_KEPT = 128
const PAYLOAD_KEPT = 1024

/** A payload that starts with one of these names an instance: `<type> <name> <ip> <port>`. */
const INSTANCE_TYPES: ReadonlySet<string> = new Set(['master', 'slave', 'sentinel'])

/**
 * Reads one event that a Sentinel published; the channel is the event's name.
 *
 * Never fails: an event that names no group has `group` undefined. Source: PSUBSCRIBE on a Sentinel.
 */
export function parseSentinelEvent(channel: string, payload: string): SentinelEvent {
  const words = payload.slice(0, PAYLOAD_KEPT).split(' ')
  const switched = channel === '+switch-master' ? switchOf(words) : undefined
  return {
    channel: channel.slice(0, CHANNEL_KEPT),
    payload: payload.slice(0, PAYLOAD_KEPT),
    group: channel === '+switch-master' ? switched?.group : groupOf(words),
    switched: switched?.addresses,
  }
}

// orders 10.0.0.5 6379 10.0.0.6 6379
function switchOf(words: readonly string[]) {
  if (words.length < 5) return undefined
  // counted from the right: nothing forbids a space in a name
  const from = addressOf(words.at(-4), words.at(-3))
  const to = addressOf(words.at(-2), words.at(-1))
  const group = words.slice(0, -4).join(' ')
  return from === undefined || to === undefined || group === '' ? undefined : { group, addresses: { from, to } }
}

// master orders 10.0.0.5 6379 #quorum 2/2
// slave 10.0.0.6:6379 10.0.0.6 6379 @ orders 10.0.0.5 6379
function groupOf(words: readonly string[]): string | undefined {
  const [type = '', name] = words
  if (!INSTANCE_TYPES.has(type)) return undefined
  if (type === 'master') return name || undefined
  const at = words.indexOf('@')
  return at < 0 ? undefined : words[at + 1] || undefined
}

function addressOf(host: string | undefined, port: string | undefined): Address | undefined {
  const number = portOf(port)
  return host === undefined || host === '' || number === undefined ? undefined : { host, port: number }
}
