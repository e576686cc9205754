import { onTestFinished } from 'vitest'
import type { Address } from '../../src-main/domain/address.ts'
import type { GroupSnapshot } from '../../src-main/domain/topology/model.ts'
import { openSession } from '../../src-main/monitor/open-session.ts'
import type { Session } from '../../src-main/monitor/session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { type ConnectorOptions, createConnector } from '../../src-main/redis/connector.ts'

export interface LiveOptions extends Partial<Omit<ConnectorOptions, 'clock'>> {
  readonly sentinels?: readonly Address[]
  readonly nodes?: readonly Address[]
  readonly groupName?: string
  readonly intervalMs?: number
  readonly oneShot?: boolean
}

/** A session on real servers, with its first picture taken; ends with the test. */
export async function liveSession(options: LiveOptions): Promise<Session> {
  const { sentinels = [], nodes = [], groupName, intervalMs, oneShot, ...connection } = options
  const session = openSession({
    target: { sentinels, nodes, group: groupName },
    connector: createConnector({
      timeoutMs: 1000,
      node: {},
      sentinel: {},
      nat: [],
      ...connection,
      clock: systemClock,
    }),
    clock: systemClock,
    intervalMs,
    oneShot,
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
