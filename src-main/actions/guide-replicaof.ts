import { formatAddress } from '../domain/address.ts'
import type { Guide } from './guide.ts'
import { infoNow } from './read-now.ts'

/** Re-pointing: done when the node itself says whom it follows, with the link up. */
export const replicaofGuide: Guide = {
  verify: async (context) => {
    const { node = '', to = '' } = context.plan.particulars
    const own = (await infoNow(context, node))?.replication
    const { role, masterHost: host, masterPort: port, masterLink } = own ?? {}
    const whom = host === undefined || port === undefined ? 'nobody' : formatAddress({ host, port })
    const isSo = to === 'no-one' ? role === 'master' : role === 'replica' && whom === to && masterLink === 'up'
    return [
      {
        what: to === 'no-one' ? `${node} follows nobody` : `${node} follows ${to}, linked`,
        isSo: role === undefined ? undefined : isSo,
        evidence: role === 'replica' ? `replica of ${whom}, link ${masterLink ?? '?'}` : (role ?? 'no answer'),
      },
    ]
  },
}
