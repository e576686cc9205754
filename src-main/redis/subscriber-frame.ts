/**
 * What a whole RESP2 frame is on a connection that subscribed: a `message`, an `answer` to the command awaited, or `bad`.
 * The library reads elements of these frames without looking whether they are there; here they are looked at.
 */
export function isSubscriberFrame(frame: Buffer, awaited: string | undefined): 'message' | 'answer' | 'bad' {
  const isSubscribing = awaited === 'SUBSCRIBE' || awaited === 'PSUBSCRIBE'
  switch (frame[0]) {
    case 0x2d: // an error
      return 'answer'
    case 0x2b: // a status: to AUTH, CLIENT SETNAME, PING
      return awaited !== undefined && !isSubscribing ? 'answer' : 'bad'
    case 0x2a:
      break
    default:
      return 'bad'
  }
  const elements = flatElements(frame)
  switch (elements?.[0]?.text) {
    case 'message':
      return !isSubscribing && isAllText(elements, 3) ? 'message' : 'bad'
    case 'pmessage':
      return !isSubscribing && isAllText(elements, 4) ? 'message' : 'bad'
    case 'subscribe':
    case 'psubscribe':
      return isSubscribing && elements.length === 3 && elements[1]?.type === '$' && elements[2]?.type === ':'
        ? 'answer'
        : 'bad'
    case 'pong':
      return awaited === 'PING' && isAllText(elements, 2) ? 'answer' : 'bad'
    default:
      return 'bad'
  }
}

interface Element {
  readonly type: '$' | ':'
  readonly text: string
}

function isAllText(elements: readonly Element[], count: number): boolean {
  return elements.length === count && elements.every((element) => element.type === '$')
}

/** The elements of an array that holds strings and integers only; undefined for anything else, nulls too. */
function flatElements(frame: Buffer): readonly Element[] | undefined {
  const elements: Element[] = []
  let at = frame.indexOf('\r\n') + 2
  while (at < frame.length) {
    const type = String.fromCharCode(frame[at] ?? 0)
    const lineEnd = frame.indexOf('\r\n', at)
    const line = frame.toString('latin1', at + 1, lineEnd)
    at = lineEnd + 2
    if (type === ':') elements.push({ type, text: line })
    else if (type === '$' && line !== '-1') {
      const end = at + Number(line)
      elements.push({ type, text: frame.toString('utf8', at, Math.min(end, at + 32)) })
      at = end + 2
    } else return undefined
  }
  return elements
}
