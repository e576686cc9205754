import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Lab, LabNode } from '../../../src-main/lab/lab.ts'

const PROGRAMS = ['/usr/bin/redis-cli', '/usr/local/bin/redis-cli', '/usr/bin/valkey-cli']
const program = PROGRAMS.find((path) => existsSync(path)) ?? 'redis-cli'

/**
 * Ground truth: what the real redis-cli prints for one command on a lab's node, with the lab's administrator and TLS
 * files where the lab has them, past a relay. Not our parser, not our client. Rejects when redis-cli fails.
 */
export function redisCli(lab: Lab, node: LabNode, ...command: readonly string[]): Promise<string> {
  const { user, password, tls } = lab.access(node)
  const args = [
    ...['-h', node.direct.host, '-p', String(node.direct.port)],
    ...(user === undefined ? [] : ['--user', user]),
    ...(tls === undefined ? [] : ['--tls', '--insecure', '--cacert', `${lab.dir}/ca.crt`]),
    ...(tls === undefined ? [] : ['--cert', `${lab.dir}/tls.crt`, '--key', `${lab.dir}/tls.key`]),
    ...command,
  ]
  const env = { ...process.env, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) }
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 10_000, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.replace(/\r/g, '').replace(/\n$/, ''))
      else reject(new Error(`redis-cli ${command.join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}

/** The `key:value` lines of an INFO section, by redis-cli and split here. */
export async function infoOf(lab: Lab, node: LabNode, section: string): Promise<ReadonlyMap<string, string>> {
  const text = await redisCli(lab, node, 'INFO', section)
  const lines = text.split('\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** Whom a Sentinel believes to be the master: `host:port` as redis-cli prints it, joined. */
export async function masterAccordingTo(lab: Lab, sentinel: LabNode, group: string): Promise<string> {
  const text = await redisCli(lab, sentinel, 'SENTINEL', 'get-master-addr-by-name', group)
  const [host = '', port = ''] = text.split('\n')
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
