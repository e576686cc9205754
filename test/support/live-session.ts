import { onTestFinished } from 'vitest'
import { readLocalConfig } from '../../src-main/app/local-config.ts'
import type { Address } from '../../src-main/domain/address.ts'
import type { GroupSnapshot } from '../../src-main/domain/topology/model.ts'
import { openSession } from '../../src-main/monitor/open-session.ts'
import type { Clock } from '../../src-main/monitor/ports.ts'
import type { Judge, Session } from '../../src-main/monitor/session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { type ConnectorOptions, createConnector } from '../../src-main/redis/connector.ts'

export interface LiveOptions extends Partial<Omit<ConnectorOptions, 'clock'>> {
  readonly sentinels?: readonly Address[]
  readonly nodes?: readonly Address[]
  readonly groupName?: string
  readonly intervalMs?: number
  readonly oneShot?: boolean
  /** Without one the session only shows. */
  readonly judge?: Judge
  readonly clock?: Clock
}

/** A session on real servers, with its first picture taken; ends with the test. */
export async function liveSession(options: LiveOptions): Promise<Session> {
  const {
    sentinels = [],
    nodes = [],
    groupName,
    intervalMs,
    oneShot,
    judge,
    clock = systemClock,
    ...connection
  } = options
  const session = openSession({
    target: { sentinels, nodes, group: groupName },
    connector: {
      ...createConnector({ timeoutMs: 1000, node: {}, sentinel: {}, nat: [], ...connection, clock }),
      configFile: readLocalConfig,
    },
    clock,
    intervalMs,
    oneShot,
    judge,
  })
  onTestFinished(() => session.dispose())
  await session.firstPicture()
  return session
}

/** The only group of a session. */
export function onlyGroup(session: Session): GroupSnapshot {
  const groups = [...session.state().groups.values()]
  if (groups.length !== 1 || groups[0] === undefined) {
    throw new Error(
      `${groups.length} groups; phase ${session.state().phase}; ${JSON.stringify(session.state().failures)}`,
    )
  }
  return groups[0].snapshot
}
