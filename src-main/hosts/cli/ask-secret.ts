import type { ReadStream } from 'node:tty'

/**
 * Asks a person for a secret on the terminal, showing nothing of what is typed. Undefined: it was given up with Ctrl-C or
 * Ctrl-D, or there is no terminal.
 */
export async function askSecret(
  question: string,
  input: ReadStream = process.stdin,
  say: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<string | undefined> {
  if (!input.isTTY) return undefined
  // Before the question: whoever answers at once is not shown either.
  input.setRawMode(true)
  input.setEncoding('utf8')
  input.resume()
  say(`${question}: `)
  try {
    return await readLine(input)
  } finally {
    input.setRawMode(false)
    input.pause()
    say('\n')
  }
}

/** Up to Enter. Raw mode hands over every key, so that the few that edit are read here. */
function readLine(input: ReadStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    let typed = ''
    const settle = (answer: string | undefined): void => {
      input.off('data', take)
      input.off('end', giveUp)
      resolve(answer)
    }
    const giveUp = (): void => settle(undefined)
    const take = (chunk: string | Buffer): void => {
      for (const key of chunk.toString()) {
        if (key === '\r' || key === '\n') return settle(typed)
        if (key === '\u0003' || key === '\u0004') return settle(undefined)
        if (key === '\u007f' || key === '\b') typed = Array.from(typed).slice(0, -1).join('')
        else if (key === '\u0015') typed = ''
        else typed += key
      }
    }
    input.on('data', take)
    input.on('end', giveUp)
  })
}
