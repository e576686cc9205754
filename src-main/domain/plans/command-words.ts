import type { CommandWords } from './model.ts'

/** SENTINEL subcommands that only read. */
const READS = /^(masters?|replicas|slaves|sentinels|myid|ckquorum|get-master-addr-by-name|info-cache)$/i

/** Whether a command can change a server or what it does. What is not known to read changes. */
export function isChanging(command: readonly string[]): boolean {
  const [name = '', sub = ''] = command
  switch (name.toUpperCase()) {
    case 'ROLE':
    case 'INFO':
    case 'PING':
    case 'DBSIZE':
    case 'LASTSAVE':
    case 'AUTH':
    case 'COMMAND':
      return false
    case 'CONFIG':
      return !/^get$/i.test(sub)
    case 'CLIENT':
      return !/^(list|setname)$/i.test(sub)
    case 'ACL':
      return !/^(whoami|dryrun|getuser)$/i.test(sub)
    case 'SENTINEL':
      return !READS.test(sub)
    default:
      return true
  }
}

/** Commands that cut clients off, move a role, stop a process or remove data: never without a confirmed plan that says so. */
export function isDestructive(command: readonly string[]): boolean {
  const [name = '', sub = ''] = command
  if (/^(REPLICAOF|SLAVEOF|SHUTDOWN|FLUSHALL|FLUSHDB|FAILOVER)$/i.test(name)) return true
  if (/^SENTINEL$/i.test(name)) return /^(failover|reset|remove|monitor)$/i.test(sub)
  return /^CLIENT$/i.test(name) && /^kill$/i.test(sub)
}

/** As a person would type it: words with spaces or nothing in them are quoted. */
export function wordsAsText(command: CommandWords | readonly string[]): string {
  return command.map((word) => (word === '' || /[\s"]/.test(word) ? JSON.stringify(word) : word)).join(' ')
}
