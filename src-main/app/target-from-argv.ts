import { targetFromFlags } from './targets/from-flags.ts'
import type { ParsedTarget, TargetResult } from './targets/model.ts'

/**
 * Reads `--sentinel HOST:PORT`, `--node HOST:PORT` (repeatable) and `--group NAME` from the desktop's arguments; undefined
 * when none is there. What else is there belongs to Chromium. Credentials are typed into the page.
 */
export async function targetFromArgv(argv: readonly string[]): Promise<TargetResult<ParsedTarget> | undefined> {
  const values = (flag: string): string[] =>
    argv.flatMap((arg, index) => {
      if (arg.startsWith(`${flag}=`)) return [arg.slice(flag.length + 1)]
      const next = arg === flag ? argv[index + 1] : undefined
      return next === undefined ? [] : [next]
    })
  const [sentinel, node] = [values('--sentinel'), values('--node')]
  if (sentinel.length + node.length === 0) return undefined
  const [group] = values('--group')
  return targetFromFlags({ sentinel, node, ...(group === undefined ? {} : { group }) }, {})
}
