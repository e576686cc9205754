/**
 * Splits bytes that are about to be written into the commands they hold: `*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n`.
 * Returns undefined unless the text is whole, well-formed commands and nothing else; what cannot be read is not sent.
 */
export function parseRequests(bytes: Buffer): readonly (readonly string[])[] | undefined {
  const commands: string[][] = []
  let at = 0

  /** The count in a header line of that type, or -1. */
  const header = (type: number): number => {
    const end = bytes.indexOf('\r\n', at, 'latin1')
    if (bytes[at] !== type || end < 0 || end - at > 11) return -1
    const digits = bytes.toString('latin1', at + 1, end)
    at = end + 2
    return /^\d+$/.test(digits) ? Number(digits) : -1
  }

  while (at < bytes.length) {
    const count = header(ARRAY)
    if (count < 1) return undefined
    const command: string[] = []
    for (let i = 0; i < count; i++) {
      const length = header(BULK)
      const end = at + length
      if (length < 0 || bytes[end] !== CR || bytes[end + 1] !== LF) return undefined
      command.push(bytes.toString('utf8', at, end))
      at = end + 2
    }
    commands.push(command)
  }
  return commands
}

const ARRAY = 0x2a
const BULK = 0x24
const CR = 0x0d
const LF = 0x0a
