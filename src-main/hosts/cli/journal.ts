import type { Command } from 'commander'
import type { JournalReader } from '../../app/actions-journal.ts'
import type { CliContext } from './context.ts'
import { complain } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { clean } from './render/text.ts'

interface JournalFlags {
  readonly json?: boolean
}

export function registerJournal(program: Command, context: CliContext): void {
  const journal = program.command('journal').description('the journal of actions').helpCommand(false)
  const give = (name: string, description: string) =>
    journal.command(name).description(description).option('--json', 'JSON on standard output')
  give('list', 'every action, newest last').action(async (flags: JournalFlags) => {
    context.exit(await list(flags, context))
  })
  give('show <id>', 'every transition of one action').action(async (id: string, flags: JournalFlags) => {
    context.exit(await show(id, flags, context))
  })
  give('verify', 'look for edits, gaps and truncation (exit code 1 when there are any)').action(
    async (flags: JournalFlags) => {
      context.exit(await verify(flags, context))
    },
  )
  journal
    .command('export')
    .description('every row, one JSON object a line, then the head: keep it elsewhere as proof')
    .option('--json', 'it is JSON in any case')
    .action(async () => {
      context.exit(await exportAll(context))
    })
}

async function list(flags: JournalFlags, context: CliContext): Promise<ExitCode> {
  return reading(async (reader) => {
    const stories = reader.stories()
    if (!stories.ok) return refuse(stories.message, context)
    if (flags.json === true) await context.terminal.out(`${JSON.stringify(stories.value)}\n`)
    else
      for (const story of stories.value)
        await context.terminal.out(
          `${clean(`${story.id}  ${story.startedAt}  ${story.state.padEnd(10)}  ${story.action}  ${story.target}`)}\n`,
        )
    const open = stories.value.filter((story) => story.state === 'unfinished')
    for (const story of open)
      complain(context.terminal, `${story.id} has no end: repliscope act --verify ${story.id} tells what is true now`)
    return EXIT.done
  })
}

async function show(id: string, flags: JournalFlags, context: CliContext): Promise<ExitCode> {
  return reading(async (reader) => {
    const rows = reader.rows(id)
    if (!rows.ok) return refuse(rows.message, context)
    const story = reader.stories()
    const own = story.ok ? story.value.find((one) => one.id === id) : undefined
    if (rows.value.length === 0 || own === undefined) {
      complain(context.terminal, `no action ${id.slice(0, 40)} in the journal`)
      return EXIT.notConnected
    }
    if (flags.json === true) {
      const bare = rows.value.map(withoutLine)
      await context.terminal.out(`${JSON.stringify({ schema: 'repliscope/journal@1', ...own, rows: bare })}\n`)
      return EXIT.done
    }
    const lines = [
      `${own.id}: ${own.action} of ${own.target}, ${own.state}`,
      ...rows.value.map((row) => `${row.at}  ${row.line}`),
      ...own.pending.map((undo) => `not taken back: ${undo?.title ?? ''} on ${undo?.node ?? ''}`),
      ...(own.state === 'unfinished' || own.pending.length > 0
        ? [`repliscope act --verify ${own.id} tells what is true now and what is left to be taken back`]
        : []),
    ]
    await context.terminal.out(`${lines.map(clean).join('\n')}\n`)
    return EXIT.done
  })
}

async function verify(flags: JournalFlags, context: CliContext): Promise<ExitCode> {
  return reading(async (reader) => {
    const verdict = await reader.verify()
    if (!verdict.ok && !verdict.isDamaged) return refuse(verdict.message, context)
    // A file that cannot be read for damage is a finding like any other; how many rows it has is not known.
    const { isSound, rows, problems, notes } = verdict.ok
      ? verdict.value
      : { isSound: false, rows: null, problems: [verdict.message], notes: [] }
    if (flags.json === true)
      await context.terminal.out(
        `${JSON.stringify({ schema: 'repliscope/journal-verify@1', sound: isSound, rows, problems, notes })}\n`,
      )
    else {
      const lines = [
        `${isSound ? 'sound' : 'NOT sound'}: ${rows ?? 'an unknown number of'} rows`,
        ...problems,
        ...notes,
      ]
      await context.terminal.out(`${lines.map(clean).join('\n')}\n`)
    }
    return isSound ? EXIT.done : EXIT.findings
  })
}

async function exportAll(context: CliContext): Promise<ExitCode> {
  return reading(async (reader) => {
    const rows = reader.rows(undefined)
    if (!rows.ok) return refuse(rows.message, context)
    const head = reader.head()
    if (!head.ok) return refuse(head.message, context)
    for (const row of rows.value) await context.terminal.out(`${JSON.stringify(withoutLine(row))}\n`)
    await context.terminal.out(`${JSON.stringify({ schema: 'repliscope/journal-head@1', ...head.value })}\n`)
    return EXIT.done
  })
}

/** The row itself; `line` is for people. */
function withoutLine<T extends { readonly line: string }>(row: T): Omit<T, 'line'> {
  const { line: _line, ...rest } = row
  return rest
}

async function reading(work: (reader: JournalReader) => Promise<ExitCode>): Promise<ExitCode> {
  const { openJournalReader } = await import('../../app/actions-journal.ts')
  const reader = openJournalReader()
  try {
    return await work(reader)
  } finally {
    reader.close()
  }
}

/** A journal that cannot be used is told, and left as it is. */
function refuse(message: string, { terminal }: CliContext): ExitCode {
  complain(terminal, message)
  return EXIT.refused
}
