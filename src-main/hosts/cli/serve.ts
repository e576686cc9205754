import type { Command } from 'commander'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import { namesTarget } from '../../app/targets/from-flags.ts'
import { refuseConnection, whenStopped } from './connected.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { addTargetOptions } from './target-options.ts'
import type { Terminal } from './terminal.ts'

interface ServeFlags extends TargetFlags {
  readonly port: string
  readonly host: string
  readonly serveCert?: string
  readonly serveKey?: string
  readonly tokenEnv?: string
  readonly open: boolean
}

interface Problem {
  readonly problem: string
  readonly hint: string
}
type Read<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Problem)

export function registerServe(program: Command, context: CliContext): void {
  const command = program
    .command('serve')
    .description('serve the app to a browser on this machine; with a target the page opens on it')
    .option('--port <n>', 'port to listen on (0: any that is free)', '0')
    .option(
      '--host <address>',
      'address to listen on; other than loopback needs --serve-cert and --serve-key',
      '127.0.0.1',
    )
    .option('--serve-cert <file>', 'certificate that the page is served with, PEM')
    .option('--serve-key <file>', 'its key, PEM')
    .option(
      '--token-env <var>',
      'environment variable that holds the token, so that pages survive a restart on a fixed --port',
    )
    .option('--no-open', 'do not open a browser')
  addTargetOptions(command).action(async (flags: ServeFlags) => {
    context.exit(await serve(flags, context.terminal))
  })
}

/** Serves until it is told to stop. Exit code 2 for flags that cannot be used, a port in use among them. */
async function serve(flags: ServeFlags, terminal: Terminal): Promise<ExitCode> {
  const port = readPort(flags.port)
  if (!port.ok) return refuseUsage(terminal, port)
  const tls = await readServeTls(flags)
  if (!tls.ok) return refuseUsage(terminal, tls)
  const token = await readToken(flags.tokenEnv, terminal.env)
  if (!token.ok) return refuseUsage(terminal, token)
  const connection = namesTarget(flags) ? await readConnection(flags, terminal) : undefined
  if (connection?.ok === false) return refuseConnection(terminal, connection)

  const [{ createHostApp, hostTimers }, { startServe }, { findBuiltPage }, browser] = await Promise.all([
    import('../../app/host-app.ts'),
    import('../serve/serve.ts'),
    import('../serve/static-page.ts'),
    import('../serve/open-browser.ts'),
  ])
  const page = findBuiltPage()
  if (page === undefined)
    return refuseUsage(terminal, { problem: 'the page is not built', hint: 'run npm run build in the checkout first' })
  const app = createHostApp('serve', (line) => complain(terminal, line))
  try {
    // Before the first page can come: it opens on what is opened here.
    if (connection !== undefined) await app.openForHost(connection.value.target, connection.value)
    const served = await startServe({
      handlers: app.handlers,
      timers: hostTimers,
      host: flags.host,
      port: port.value,
      token: token.value,
      page,
      logBug: (reference, call, error) =>
        terminal.err(`repliscope: internal error ${reference} in ${call}: ${stackOf(error)}`),
      ...(tls.value === undefined ? {} : { tls: tls.value }),
    })
    if (!served.ok) return refuseUsage(terminal, served)
    await terminal.out(`${served.value.url}\n`)
    terminal.err('repliscope: serving; whoever has this address has the page. Ctrl-C ends it.')
    const { env, isTty } = terminal
    const forget =
      flags.open && browser.canOpenBrowser(env, process.platform, isTty)
        ? browser.openBrowser(served.value.url, process.platform)
        : undefined
    await whenStopped(terminal.stopped)
    forget?.()
    await served.value.dispose()
    return EXIT.done
  } finally {
    await app.dispose()
  }
}

async function readConnection(flags: ServeFlags, terminal: Terminal) {
  const { connectionFromFlags } = await import('../../app/connection.ts')
  return connectionFromFlags(flags, terminal.env)
}

function readPort(text: string): Read<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  return port <= 65_535
    ? { ok: true, value: port }
    : { ok: false, problem: `--port "${text.slice(0, 40)}" is not a port`, hint: 'give a number from 0 to 65535' }
}

/** Without TLS what is shown, and the token, would cross the network for anyone to read: so only loopback goes without. */
async function readServeTls(flags: ServeFlags): Promise<Read<{ cert: string; key: string } | undefined>> {
  const { isLoopback } = await import('../serve/request-guard.ts')
  const { host, serveCert, serveKey } = flags
  if (serveCert === undefined && serveKey === undefined) {
    if (isLoopback(host)) return { ok: true, value: undefined }
    return {
      ok: false,
      problem: `--host ${host.slice(0, 80)} lets other machines reach the page, and without TLS its token and all it shows can be read on the way`,
      hint: 'give --serve-cert FILE and --serve-key FILE, or stay on 127.0.0.1 and forward the port: ssh -L 7070:127.0.0.1:7070 HOST',
    }
  }
  if (serveCert === undefined || serveKey === undefined)
    return { ok: false, problem: 'of --serve-cert and --serve-key only one is given', hint: 'give both' }
  const { checkTls, readPemFile } = await import('../../app/targets/tls.ts')
  const cert = await readPemFile('--serve-cert', serveCert)
  if (!cert.ok) return cert
  const key = await readPemFile('--serve-key', serveKey)
  if (!key.ok) return key
  const texts = { ca: undefined, cert: cert.value, key: key.value }
  const names = { ca: '', cert: `--serve-cert "${serveCert}"`, key: `--serve-key "${serveKey}"` }
  const checked = checkTls(texts, names, { insecure: false })
  return checked.ok ? { ok: true, value: { cert: cert.value, key: key.value } } : checked
}

async function readToken(variable: string | undefined, env: Terminal['env']): Promise<Read<string>> {
  const { makeToken, tokenProblem } = await import('../serve/token.ts')
  if (variable === undefined) return { ok: true, value: makeToken() }
  const token = env[variable]
  // A name that does not look like a variable's is not repeated: the token itself may stand there by mistake.
  const shown = /^[A-Z_][A-Z0-9_]*$/.test(variable)
    ? `the variable ${variable} of --token-env`
    : 'the variable of --token-env'
  const hint = 'put a random text there, for example from: openssl rand -hex 32'
  if (token === undefined || token === '') return { ok: false, problem: `${shown} is not set`, hint }
  const problem = tokenProblem(token)
  return problem === undefined ? { ok: true, value: token } : { ok: false, problem: `${shown} ${problem}`, hint }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
