import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, from here or from a bundle of this. */
export const ROOT = upTo('package.json', dirname(fileURLToPath(import.meta.url)))

function upTo(file: string, folder: string): string {
  if (existsSync(join(folder, file))) return folder
  const above = dirname(folder)
  if (above === folder) throw new Error(`no ${file} above this module`)
  return upTo(file, above)
}
