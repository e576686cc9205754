import type { Command } from 'commander'
import type { Audit, AuditLook } from '../../app/audit.ts'
import type { AuditFlags, AuditSettings } from '../../app/audit-settings.ts'
import type { Deployment } from '../../app/open-deployment.ts'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import { withDeployment } from './connected.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { hasAtLeast, readFailOn } from './fail-on.ts'
import { renderAudit } from './render/audit.ts'
import { obstacleTo, writeReport } from './report-file.ts'
import { addTargetOptions } from './target-options.ts'

interface Flags extends TargetFlags, AuditFlags {
  readonly json?: boolean
  /** True: to standard output. */
  readonly markdown?: boolean | string
  readonly html?: string
  readonly failOn: string
  readonly force?: boolean
}

export function registerAudit(program: Command, context: CliContext): void {
  const each = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    value,
  ]
  const command = program
    .command('audit')
    .description('look once, judge everything, and answer the durability checklist')
    .option('--json', 'JSON on standard output')
    .option('--markdown [file]', 'Markdown, on standard output or into a file')
    .option('--html <file>', 'one self-contained, printable file')
    .option('--force', 'replace a report that is there already')
    .option('--fail-on <severity>', 'exit with 1 for a finding of info, warning or critical, held or not', 'critical')
    .option('--environment <name>', 'production, staging, development or lab (default: production; a lab of ours: lab)')
    .option('--only <code>', 'only this finding; repeatable', each)
    .option('--except <code>', 'not this finding; repeatable', each)
    .option('--threshold <name=n>', 'another number to judge by, see docs/findings.md; repeatable', each)
  addTargetOptions(command).action(async (flags: Flags) => {
    context.exit(await audit(flags, context))
  })
}

async function audit(flags: Flags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const { readAuditSettings } = await import('../../app/audit-settings.ts')
  const settings = readAuditSettings(flags)
  if (!settings.ok) return refuseUsage(terminal, settings)
  const failOn = readFailOn(flags.failOn)
  if (!failOn.ok) return refuseUsage(terminal, failOn)
  if (flags.json === true && flags.markdown === true)
    return refuseUsage(terminal, {
      problem: '--json and --markdown both go to standard output',
      hint: 'give --markdown a file, or one of the two',
    })
  for (const file of filesOf(flags)) {
    const obstacle = await obstacleTo(file, flags.force === true)
    if (obstacle === undefined) continue
    complain(terminal, obstacle)
    return EXIT.usage
  }
  return withDeployment(flags, optionsOf(settings.value), context, async (deployment, { target }) => {
    await deployment.secondSample()
    const { acknowledgedByUser } = await import('../../app/acknowledged.ts')
    const seen = await acknowledgedByUser(target, terminal.env, Date.now(), (line) => complain(terminal, line))
    const done = await look(deployment, settings.value, seen)
    const trouble = await tell(done, flags, context)
    if (trouble !== undefined) {
      complain(terminal, trouble)
      return EXIT.usage
    }
    for (const file of filesOf(flags)) complain(terminal, `report written to ${file}`)
    return hasAtLeast(done.report.findings, failOn.value) ? EXIT.findings : EXIT.done
  })
}

function optionsOf({ environment, thresholds }: AuditSettings) {
  return { oneShot: true, thresholdChanges: thresholds, ...(environment === undefined ? {} : { environment }) }
}

async function look(
  deployment: Deployment,
  { filter }: AuditSettings,
  acknowledged: NonNullable<AuditLook['acknowledged']>,
): Promise<Audit> {
  const { auditOf } = await import('../../app/audit.ts')
  const { takenAt, tookMs } = deployment.report()
  const { environment, thresholds } = deployment
  const groups = deployment.session.state().groups.values()
  const moment = { takenAt: Date.parse(takenAt), tookMs, acknowledged }
  return auditOf(groups, { thresholds, environment }, moment, filter)
}

/** Files first: a report that cannot be written is worth more words than one that scrolled by. */
async function tell(done: Audit, flags: Flags, { terminal }: CliContext): Promise<string | undefined> {
  const { html, markdown } = flags
  const mayReplace = flags.force === true
  if (html !== undefined) {
    const trouble = await writeReport(html, done.text('html'), mayReplace)
    if (trouble !== undefined) return trouble
  }
  if (typeof markdown === 'string') {
    const trouble = await writeReport(markdown, done.text('markdown'), mayReplace)
    if (trouble !== undefined) return trouble
  }
  if (flags.json === true) await terminal.out(`${JSON.stringify(done.report)}\n`)
  else if (markdown === true) await terminal.out(done.text('markdown'))
  else if (filesOf(flags).length === 0) {
    const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
    await terminal.out(`${renderAudit(done.report, canvas).join('\n')}\n`)
  }
  return undefined
}

function filesOf({ html, markdown }: Flags): readonly string[] {
  return [html, markdown].flatMap((file) => (typeof file === 'string' ? file : []))
}
