import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { TargetFlags } from '../../app/targets/from-flags.ts'

/** Every target flag, and whether it names a file. */
const KEPT: Readonly<Record<keyof TargetFlags, 'as-given' | 'file'>> = {
  profile: 'as-given',
  sentinel: 'as-given',
  node: 'as-given',
  url: 'as-given',
  group: 'as-given',
  user: 'as-given',
  passwordEnv: 'as-given',
  sentinelUser: 'as-given',
  sentinelPasswordEnv: 'as-given',
  tls: 'as-given',
  ca: 'file',
  cert: 'file',
  key: 'file',
  serverName: 'as-given',
  tlsInsecure: 'as-given',
  sentinelTls: 'as-given',
  sentinelCa: 'file',
  sentinelCert: 'file',
  sentinelKey: 'file',
  sentinelTlsInsecure: 'as-given',
  nat: 'as-given',
  timeout: 'as-given',
}

/**
 * The target flags alone, as a plan and the journal keep them: whoever finds the servers again by them may be in another
 * folder, so files are named by their whole path. They hold no password: those are refused as arguments.
 */
export function keptFlags(flags: TargetFlags): TargetFlags {
  return Object.fromEntries(
    Object.entries(KEPT).flatMap(([key, kind]) => {
      const value = flags[key as keyof TargetFlags]
      if (value === undefined) return []
      return [[key, kind === 'file' && typeof value === 'string' ? resolve(value) : value]]
    }),
  )
}

/** The target options of every command that connects; the names become the keys of `TargetFlags`. */
export function addTargetOptions(command: Command): Command {
  const each = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    value,
  ]
  return command
    .optionsGroup('Target (at least one address):')
    .option('--sentinel <host:port>', 'a Sentinel; repeatable', each)
    .option('--node <host:port>', 'any data node, the rest is discovered; repeatable', each)
    .option('--url <url>', 'redis://, rediss:// or redis+sentinel://user@h1:26379,h2:26379/GROUP')
    .option('--profile <name>', 'a saved connection (repliscope profile list)')
    .option('--group <name>', 'only this master group')
    .optionsGroup('Access:')
    .option('--user <name>', 'ACL user on data nodes')
    .option('--password-env <var>', 'environment variable that holds the password for data nodes')
    .option('--sentinel-user <name>', 'ACL user on Sentinels')
    .option('--sentinel-password-env <var>', 'environment variable that holds the password for Sentinels')
    .option('--nat <announced=reachable>', 'dial REACHABLE where ANNOUNCED is announced; repeatable', each)
    .option('--timeout <ms>', 'time-out of each command (default: 2000)')
    .optionsGroup('TLS:')
    .option('--tls', 'use TLS to data nodes')
    .option('--ca <file>', 'CA certificate, PEM (default: the system CAs)')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'client key, PEM')
    .option('--server-name <[node=]name>', 'name to verify and send, for all or for one HOST:PORT; repeatable', each)
    .option('--tls-insecure', 'do not verify data nodes (dangerous)')
    .option('--sentinel-tls', 'use TLS to Sentinels')
    .option('--sentinel-ca <file>', 'CA certificate for Sentinels (default: --ca)')
    .option('--sentinel-cert <file>', 'client certificate for Sentinels (default: --cert)')
    .option('--sentinel-key <file>', 'client key for Sentinels (default: --key)')
    .option('--sentinel-tls-insecure', 'do not verify Sentinels (dangerous)')
}
