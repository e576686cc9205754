import { homedir } from 'node:os'
import { dataFolder } from '../storage/data-folder.ts'

/** Where this user's data lives, on this machine. */
export function userDataFolder(): string {
  return dataFolder(process.env, process.platform, homedir())
}
