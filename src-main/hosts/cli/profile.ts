import type { Command } from 'commander'
import type { ProfileFlags } from '../../app/profiles-words.ts'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import type { ParsedTarget } from '../../app/targets/model.ts'
import { askSecret } from './ask-secret.ts'
import type { CliContext } from './context.ts'
import { complain, refuseFailure, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { clean } from './render/text.ts'
import { obstacleTo, writeReport } from './report-file.ts'
import { addTargetOptions } from './target-options.ts'

interface AddFlags extends TargetFlags, ProfileFlags {
  readonly askPassword?: boolean
  readonly askSentinelPassword?: boolean
  readonly replace?: boolean
  readonly json?: boolean
}

interface JsonFlag {
  readonly json?: boolean
}

const SECRETS = `
Passwords go to the keychain of the operating system, never into a file: from an environment variable (--password-env) or
typed without being shown (--ask-password). Where there is no keychain the profile is saved without them, and they are
given anew with each command. The other target options are kept as they are; files of TLS by their path.`

export function registerProfile(program: Command, context: CliContext): void {
  const each = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    value,
  ]
  const profile = program.command('profile').description('saved connections').helpCommand(false)
  profile
    .command('list')
    .description('every saved connection, by name')
    .option('--json', 'JSON on standard output')
    .action(async (flags: JsonFlag) => context.exit(await list(flags, context)))
  const adding = profile
    .command('add <name>')
    .description('save a connection under a name')
    .option('--environment <name>', 'production, staging, development or lab (default: production; a lab of ours: lab)')
    .option('--colour <name>', 'red, orange, yellow, green, teal, blue, purple or grey, beside the name')
    .option('--threshold <name=n>', 'another number to judge by, see docs/findings.md; repeatable', each)
    .option('--ask-password', 'ask for the password for data nodes, without showing it')
    .option('--ask-sentinel-password', 'ask for the password for Sentinels, without showing it')
    .option('--replace', 'replace the profile of that name')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', SECRETS)
  addTargetOptions(adding).action(async (name: string, flags: AddFlags) =>
    context.exit(await add(name, flags, context)),
  )
  profile
    .command('show <name>')
    .description('one saved connection, without any secret')
    .option('--json', 'JSON on standard output')
    .action(async (name: string, flags: JsonFlag) => context.exit(await show(name, flags, context)))
  profile
    .command('remove <name>')
    .description('remove a saved connection, and its secrets from the keychain')
    .action(async (name: string) => context.exit(await remove(name, context)))
  profile
    .command('export [file]')
    .description('all of them for others, without secrets; to standard output without a file')
    .option('--force', 'replace a file that is there already')
    .action(async (file: string | undefined, flags: { readonly force?: boolean }) =>
      context.exit(await exportAll(file, flags.force === true, context)),
    )
  profile
    .command('import <file>')
    .description('take in what was exported; secrets are given anew')
    .option('--replace', 'replace profiles of the same names')
    .action(async (file: string, flags: { readonly replace?: boolean }) =>
      context.exit(await importAll(file, flags.replace === true, context)),
    )
}

async function open({ terminal }: CliContext) {
  const { userProfiles } = await import('../../app/connection.ts')
  return userProfiles(terminal.env)
}

async function list(flags: JsonFlag, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const [{ toProfileReport }, listed] = await Promise.all([
    import('../../app/profiles-words.ts'),
    (await open(context)).list(),
  ])
  if (!listed.ok) return refuseFailure(terminal, listed.failure)
  if (flags.json === true) await terminal.out(`${JSON.stringify(listed.value.map(toProfileReport))}\n`)
  else
    for (const one of listed.value) {
      const where = [...one.sentinels, ...one.nodes, ...one.addresses].join(', ')
      await terminal.out(`${clean(`${one.name}  ${one.environment ?? 'production'}  ${where}`)}\n`)
    }
  return EXIT.done
}

async function show(name: string, flags: JsonFlag, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const { describeProfile, toProfileReport } = await import('../../app/profiles-words.ts')
  const found = await (await open(context)).find(name)
  if (!found.ok) return refuseFailure(terminal, found.failure)
  const text =
    flags.json === true
      ? JSON.stringify(toProfileReport(found.value))
      : describeProfile(found.value).map(clean).join('\n  ')
  await terminal.out(`${text}\n`)
  return EXIT.done
}

async function add(name: string, flags: AddFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const [{ readProfileWords, toProfileReport }, { targetFromFlags }] = await Promise.all([
    import('../../app/profiles-words.ts'),
    import('../../app/targets/from-flags.ts'),
  ])
  if (flags.profile !== undefined)
    return refuseUsage(terminal, { problem: '--profile names a profile', hint: 'give addresses to save' })
  const words = readProfileWords(name, flags)
  if (!words.ok) return refuseUsage(terminal, words)
  const parsed = await targetFromFlags(flags, terminal.env)
  if (!parsed.ok) return refuseUsage(terminal, parsed)
  const target = await withAsked(parsed.value, flags)
  if (target === undefined)
    return refuseUsage(terminal, {
      problem: 'no password was typed',
      hint: 'type one and Enter on a terminal, or give it with --password-env VAR',
    })
  const profiles = await open(context)
  const saved = await profiles.save(words.value, target, {
    replace: flags.replace === true,
    // A keychain that is there is to be used: it is not gone round because it is locked.
    refuseOn: ['locked', 'silent', 'failed'],
    files: flags,
  })
  if (!saved.ok) {
    const isTaken = saved.failure.kind === 'refused-by-guard'
    return refuseFailure(
      terminal,
      isTaken ? { ...saved.failure, detail: `${saved.failure.detail}; --replace replaces it` } : saved.failure,
    )
  }
  if (saved.value.trouble !== undefined)
    complain(
      terminal,
      `the password was not kept: ${saved.value.trouble.detail}; the profile is saved without it, give it with --password-env`,
    )
  const { profile } = saved.value
  if (flags.json === true) await terminal.out(`${JSON.stringify(toProfileReport(profile))}\n`)
  else terminal.err(`saved ${clean(profile.name)}: repliscope inspect --profile ${quoteWord(profile.name)}`)
  return EXIT.done
}

/** The target with what is typed now; undefined when nothing was. */
async function withAsked(target: ParsedTarget, flags: AddFlags): Promise<ParsedTarget | undefined> {
  const { access } = target
  const node = flags.askPassword === true ? await askSecret('Password for data nodes') : access.node.password
  if (flags.askPassword === true && (node === undefined || node === '')) return undefined
  const sentinel =
    flags.askSentinelPassword === true ? await askSecret('Password for Sentinels') : access.sentinel.password
  if (flags.askSentinelPassword === true && (sentinel === undefined || sentinel === '')) return undefined
  return {
    ...target,
    access: {
      ...access,
      node: { ...access.node, ...(node === undefined ? {} : { password: node }) },
      sentinel: { ...access.sentinel, ...(sentinel === undefined ? {} : { password: sentinel }) },
    },
  }
}

async function remove(name: string, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const removed = await (await open(context)).remove(name)
  if (!removed.ok) return refuseFailure(terminal, removed.failure)
  const { trouble } = removed.value
  if (trouble === undefined) return EXIT.done
  complain(terminal, `the profile is removed, but its secrets are still in the keychain: ${trouble.detail}`)
  return EXIT.refused
}

async function exportAll(file: string | undefined, mayReplace: boolean, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const obstacle = file === undefined ? undefined : await obstacleTo(file, mayReplace)
  if (obstacle !== undefined) return usageLine(terminal, obstacle)
  const exported = await (await open(context)).export()
  if (!exported.ok) return refuseFailure(terminal, exported.failure)
  const text = `${JSON.stringify(exported.value, null, 2)}\n`
  if (file === undefined) {
    await terminal.out(text)
    return EXIT.done
  }
  const trouble = await writeReport(file, text, mayReplace)
  return trouble === undefined ? EXIT.done : usageLine(terminal, trouble)
}

async function importAll(file: string, mayReplace: boolean, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const { readExported } = await import('../../app/profiles-words.ts')
  const read = await readExported(file)
  if (!read.ok) return refuseUsage(terminal, read)
  const imported = await (await open(context)).import(read.value, mayReplace)
  if (!imported.ok) {
    const { failure } = imported
    return refuseFailure(
      terminal,
      failure.kind === 'refused-by-guard'
        ? { ...failure, detail: `${failure.detail}; --replace replaces them` }
        : failure,
    )
  }
  terminal.err(`imported ${imported.value.length}: ${clean(imported.value.join(', '))}; secrets are given anew`)
  return EXIT.done
}

function usageLine(terminal: CliContext['terminal'], text: string): ExitCode {
  complain(terminal, text)
  return EXIT.usage
}

/** As a shell takes it. */
function quoteWord(text: string): string {
  return /^[\w./:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
