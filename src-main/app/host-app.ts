import type { Timers } from '../contract/wire.ts'
import { ok } from '../domain/failure.ts'
import { DEFAULT_THRESHOLDS } from '../domain/findings/thresholds.ts'
import { systemClock } from '../monitor/system-clock.ts'
import { createActionDialler } from '../redis/action-dialler.ts'
import { createConnector } from '../redis/connector.ts'
import { createApp } from './app.ts'
import type { App, AppOptions } from './app.ts'
import { hostDrillTools } from './host-drills.ts'
import { hostLabTools } from './host-labs.ts'
import { nodeKeychain } from './keychain.ts'
import { openDeployment } from './open-deployment.ts'
import { userDataFolder } from './user-data-folder.ts'
import { APP_VERSION } from './version.ts'

/** Fast tier of every session that a page looks at. */
const INTERVAL_MS = 1000

/** The machine's timers, for the host's half of the contract. */
export const hostTimers: Timers = systemClock

/** The app over real servers, real files and the machine's clock, for a host that shows a page. */
export function createHostApp(
  host: AppOptions['host'],
  warn: (line: string) => void,
  keychain: AppOptions['keychain'] = nodeKeychain(),
): App {
  return createApp({
    version: APP_VERSION,
    host,
    platform: `${process.platform} ${process.arch}`,
    dataFolder: userDataFolder(),
    clock: systemClock,
    intervalMs: INTERVAL_MS,
    open: async (target, _signal, environment, changed, intervalMs = INTERVAL_MS) => {
      const thresholds = { ...DEFAULT_THRESHOLDS, ...changed }
      return ok((await openDeployment(target, { intervalMs, environment, thresholds })).session)
    },
    connect: (target) => createConnector({ ...target.access, clock: systemClock }),
    labs: hostLabTools(),
    drills: hostDrillTools(),
    reach: ({ access }) => ({
      dialler: createActionDialler({ ...access, clock: systemClock }),
      timeoutMs: access.timeoutMs,
    }),
    keychain,
    warn,
  })
}
