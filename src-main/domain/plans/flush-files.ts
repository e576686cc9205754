import { parseAddress, type NodeId } from '../address.ts'
import { isAtLeast } from '../replies/version.ts'
import type { ObservedServer } from './observed.ts'

/** Where a node keeps its data, as far as it tells. Paths are on its own host; undefined: not known. */
export interface StoredFiles {
  readonly rdb: string | undefined
  /** The folder of a multi-part file (7.0 and later), or the file. */
  readonly aof: string | undefined
  readonly isAofOn: boolean | undefined
  readonly isMultiPart: boolean
  /** Its save points before anything was changed; undefined: not known. */
  readonly save: string | undefined
  /** False: it was started without a file, and CONFIG REWRITE fails. */
  readonly hasConfigFile: boolean
  /** The client program that goes with it. */
  readonly client: 'redis-cli' | 'valkey-cli'
}

/** Source: INFO persistence, CONFIG GET dir, dbfilename, appenddirname, appendfilename. */
export function storedFiles({ info, config }: ObservedServer): StoredFiles {
  const dir = config?.get('dir')
  const inDir = (name: string | undefined): string | undefined =>
    dir === undefined || name === undefined ? undefined : `${dir.replace(/\/$/, '')}/${name}`
  const isMultiPart = info !== undefined && isAtLeast(info.server, { redis: '7.0.0', valkey: '7.2.0' }) === true
  return {
    rdb: inDir(config?.get('dbfilename')),
    aof: inDir(isMultiPart ? config?.get('appenddirname') : (config?.get('appendfilename') ?? 'appendonly.aof')),
    isAofOn: info?.persistence.aofEnabled,
    isMultiPart,
    save: config?.get('save'),
    hasConfigFile: info?.server.configFile !== '',
    client: info?.server.flavour === 'valkey' ? 'valkey-cli' : 'redis-cli',
  }
}

/** What has to be typed on the node's host to keep its files. Empty when it does not tell where they are. */
export function copyCommands(node: NodeId, files: StoredFiles | undefined): readonly string[] {
  const { rdb, aof, isAofOn } = files ?? {}
  return [
    rdb === undefined
      ? `${node}: where its dump file is cannot be read`
      : `${node}: cp -p ${quoted(rdb)} ${quoted(`${rdb}.before-flush`)}`,
    ...(isAofOn === true && aof !== undefined
      ? [`${node}: cp -a ${quoted(aof)} ${quoted(`${aof}.before-flush`)}`]
      : []),
  ]
}

/** The client's words for one command on one node, to be typed in a shell. */
export function clientCommand(node: NodeId, files: StoredFiles | undefined, command: string): string {
  const address = parseAddress(node)
  const where = address.ok ? `-h ${address.value.host} -p ${address.value.port}` : ''
  return `${files?.client ?? 'redis-cli'} ${where} ${command}`
}

/** A path as one word of a POSIX shell. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
