import { readFileSync } from 'node:fs'
import type { LabNode } from '../../../src-main/lab/lab.ts'

/** The node's configuration file as it stands on the disk. */
export function configOf(node: LabNode): string {
  return readFileSync(node.configFile, 'utf8')
}
