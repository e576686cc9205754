#!/usr/bin/env node
import { EXIT } from './exit-codes.ts'
import { runCli } from './main.ts'
import { createTerminal } from './terminal.ts'

/** A bug: says what and where to report in one line. REPLISCOPE_DEBUG=1 adds the stack. */
function endWithBug(error: unknown): never {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  process.stderr.write(
    `repliscope: internal error: ${text.split('\n')[0] ?? ''}; this is a bug, please report it to the project's issue tracker with this line and the output of repliscope --version\n`,
  )
  if (process.env['REPLISCOPE_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  process.exit(EXIT.internal)
}

process.on('uncaughtException', endWithBug)
process.on('unhandledRejection', endWithBug)

const code = await runCli(process.argv.slice(2), createTerminal(process))
process.exitCode = code
// Everything was ended by its owner; should something be left, it does not keep the caller waiting.
setTimeout(() => process.exit(code), 500).unref()
