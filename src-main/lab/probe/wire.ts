const DIGITS = 9
const ZERO = 48

/** What one probe writes: `SET <prefix><run>:<number> <number>xxx`, each as long as every other. */
export interface NumberedWrites {
  readonly keyOf: (number: number) => string
  /** What one write adds to the replication stream: a SET is passed on word for word. */
  readonly bytesPerWrite: number
  /** `count` writes, from `first` on, in one piece. */
  readonly encode: (first: number, count: number) => Buffer
}

/** The shortest value is the number itself. */
export function numberedWrites(prefix: string, valueBytes: number): NumberedWrites {
  const blank = '0'.repeat(DIGITS)
  const key = `${prefix}${blank}`
  const value = blank.padEnd(Math.max(valueBytes, DIGITS), 'x')
  const head = `*3\r\n$3\r\nSET\r\n$${Buffer.byteLength(key)}\r\n${prefix}`
  const middle = `\r\n$${value.length}\r\n`
  const template = Buffer.from(`${head}${blank}${middle}${value}\r\n`)
  const keyDigits = Buffer.byteLength(head)
  const valueDigits = keyDigits + DIGITS + middle.length
  return {
    keyOf: (number) => `${prefix}${String(number).padStart(DIGITS, '0')}`,
    bytesPerWrite: template.length,
    encode: (first, count) => {
      const bytes = Buffer.allocUnsafe(count * template.length)
      for (let i = 0; i < count; i++) {
        const at = i * template.length
        template.copy(bytes, at)
        writeDigits(bytes, at + keyDigits, first + i)
        writeDigits(bytes, at + valueDigits, first + i)
      }
      return bytes
    },
  }
}

function writeDigits(bytes: Buffer, at: number, number: number): void {
  for (let i = DIGITS - 1, rest = number; i >= 0; i--, rest = Math.floor(rest / 10)) bytes[at + i] = ZERO + (rest % 10)
}
