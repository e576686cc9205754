import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { toContractFailure } from '../contract/to-failure.ts'
import type { Acknowledged } from '../domain/findings/acknowledged.ts'
import { createAcknowledgements } from '../storage/acknowledgements.ts'
import { dataFolder } from '../storage/data-folder.ts'
import { toRecent } from './target-words.ts'
import type { ParsedTarget } from './targets/model.ts'

/** Names the deployment that what is kept about it is found by: the same for the same addresses at every start. */
export function deploymentIdOf(target: ParsedTarget): string {
  const { addresses, kind, group } = toRecent(target)
  const hash = createHash('sha256').update(JSON.stringify([addresses, kind, group]))
  return hash.digest('base64url').slice(0, 12)
}

/** What people have seen of a deployment and said so, for a report; none where it cannot be read, and `warn` says why. */
export async function acknowledgedIn(
  dataFolder: string,
  deployment: string,
  now: number,
  warn: (line: string) => void,
): Promise<readonly Acknowledged[]> {
  const known = createAcknowledgements(dataFolder, (keptAs) => warn(brokenWords(keptAs)))
  const read = await known.list(deployment, now)
  if (read.ok) return read.value
  warn(`acknowledgements cannot be read, the report leaves them out: ${toContractFailure(read.failure).message}`)
  return []
}

/** The same for a target of the command line, in the folder of this user. */
export function acknowledgedByUser(
  target: ParsedTarget,
  variables: Readonly<Record<string, string | undefined>>,
  now: number,
  warn: (line: string) => void,
): Promise<readonly Acknowledged[]> {
  return acknowledgedIn(dataFolder(variables, process.platform, homedir()), deploymentIdOf(target), now, warn)
}

export function brokenWords(keptAs: string): string {
  return `the list of acknowledged findings was broken and is kept as ${keptAs}`
}
