import { utilityProcess } from 'electron'
import type { KeychainProcess } from '../../app/keychain.ts'

/**
 * The keychain's program in a process of Electron's: an app whose runAsNode fuse is off cannot start Node's children. On
 * time-out it is killed, whatever its library hangs on.
 */
export function startKeychainProcess(program: string): KeychainProcess {
  const child = utilityProcess.fork(program, [], { serviceName: 'Repliscope keychain', stdio: 'ignore' })
  return {
    send: (requests) => child.postMessage([...requests]),
    onAnswers: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    end: () => void child.kill(),
  }
}
