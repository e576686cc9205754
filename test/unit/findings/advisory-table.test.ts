import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import type { Advisory, ReleaseLine } from '../../../src-main/domain/findings/advisory.ts'
import { compareVersions, parseVersion } from '../../../src-main/domain/replies/version.ts'

interface AdvisoryFile {
  readonly schema: string
  readonly asOf: string
  readonly lines: readonly ReleaseLine[]
  readonly advisories: readonly Advisory[]
}

const TABLE = fileURLToPath(new URL('../../../src-main/domain/findings/advisory-table.ts', import.meta.url))

async function advisoryFile(): Promise<AdvisoryFile> {
  const path = fileURLToPath(new URL('../../../resources/advisories.json', import.meta.url))
  return JSON.parse(await readFile(path, 'utf8')) as AdvisoryFile
}

/** The domain imports nothing outside itself, not even JSON: it gets the same rows as source. */
async function asSource(file: AdvisoryFile): Promise<string> {
  const lines = file.lines.map((line) =>
    line.endOfLife === undefined ? line : { ...line, endOfLifeAt: Date.parse(line.endOfLife) },
  )
  const text = `
    // Written from resources/advisories.json by \`npx vitest run test/unit/findings/advisory-table.test.ts -u\`: edit that file.
    import type { Advisory, ReleaseLine } from './advisory.ts'

    /** The month up to which release notes were read. */
    export const ADVISORIES_AS_OF = ${JSON.stringify(file.asOf)}

    /** Release lines, oldest first by flavour. */
    export const RELEASE_LINES: readonly ReleaseLine[] = ${JSON.stringify(lines)}

    /** Published defects: durability, replication and Sentinel first, then security. */
    export const ADVISORIES: readonly Advisory[] = ${JSON.stringify(file.advisories)}
  `
  return format(text, { ...(await resolveConfig(TABLE)), filepath: TABLE })
}

describe('the advisory table', () => {
  it('holds exactly what resources/advisories.json says', async () => {
    await expect(await asSource(await advisoryFile())).toMatchFileSnapshot(TABLE)
  })

  it('names each advisory once, with readable versions and one fix a line', async () => {
    const { advisories, schema } = await advisoryFile()
    expect(schema).toBe('repliscope/advisories@1')
    expect(new Set(advisories.map((advisory) => advisory.id)).size).toBe(advisories.length)
    for (const { id, affected, effect, source } of advisories) {
      expect(effect, id).not.toBe('')
      expect(source, id).not.toBe('')
      for (const { from, fixedIn } of affected) {
        const fixes = fixedIn.map((text) => parseVersion(text))
        expect(fixes, id).not.toContain(undefined)
        const lines = fixes.map((fix) => `${fix?.major}.${fix?.minor}`)
        expect(new Set(lines).size, id).toBe(lines.length)
        const start = parseVersion(from)
        if (from !== undefined) expect(start, id).toBeDefined()
        for (const fix of fixes)
          if (start !== undefined && fix !== undefined) expect(compareVersions(fix, start), id).toBeGreaterThan(0)
      }
    }
  })
})
