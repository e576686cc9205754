import type { ConfigReply } from './reply-types.ts'

const SECRET = /pass(word|phrase)?$|^(masterauth|primaryauth|user)$|secret|token|(^|-)auth$/

/**
 * Reads a configuration file: the last value of each directive, in lower case, quotes removed. Several `save` lines are
 * joined as CONFIG GET would print them. Secrets and users are left out. `include` stays in the map: what it names was
 * not read.
 */
export function readConfigFile(text: string): ConfigReply {
  const config = new Map<string, string>()
  for (const raw of text.split(/\r?\n/)) {
    // save 3600 1 300 100
    const [, name, rest] = /^\s*([a-z][a-z0-9-]*)\s+(.*?)\s*$/i.exec(raw) ?? []
    const key = name?.toLowerCase()
    if (key === undefined || rest === undefined || SECRET.test(key)) continue
    const value = rest.replace(/^(["'])(.*)\1$/, '$2')
    const before = config.get(key)
    config.set(
      key,
      key === 'save' && value !== '' && before !== undefined && before !== '' ? `${before} ${value}` : value,
    )
  }
  return config
}
