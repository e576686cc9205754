import type { InfoServer } from '../replies/info-reply.ts'

/**
 * Whether a server behaves like Redis `major.minor` or newer. Every Valkey descends from 7.2. Undefined when the version
 * was not sent or cannot be read.
 */
export function isAtLeast(server: InfoServer, major: number, minor = 0): boolean | undefined {
  const parts = /^(\d+)\.(\d+)/.exec(server.version ?? '')
  if (parts === null) return server.flavour === 'valkey' && major < 8 ? true : undefined
  const [ownMajor, ownMinor] = server.flavour === 'valkey' ? [7, 2] : [Number(parts[1]), Number(parts[2])]
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
