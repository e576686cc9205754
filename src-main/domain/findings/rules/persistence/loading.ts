import { describeBytes, describeSeconds } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer } from './disk.ts'

/** A dataset is being loaded, from disk or after a sync. */
export const loading: Rule = {
  code: 'loading',
  section: 'persistence',
  severities: ['info', 'warning'],
  fires: 'loading is 1; warning for a master, and where it will take longer than a minute.',
  matters: 'Reads and writes get LOADING. Sentinel takes a loading master for alive.',
  advice: 'Wait; do not restart it.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { persistence } = info
      const isAsync = persistence.asyncLoading === true
      if (persistence.loading !== true && !isAsync) return undefined
      const { id } = node
      const { loadingPercent: percent, loadingEtaSeconds: eta, loadingLoadedBytes: loaded } = persistence
      const isMaster = info.replication.role === 'master'
      const isLong = eta !== undefined && eta > context.thresholds.loadingWarnSeconds
      const progress = [
        ...(percent === undefined ? [] : [`${Math.floor(percent)} %`]),
        ...(loaded === undefined ? [] : [`${describeBytes(loaded)} read`]),
        ...(eta === undefined ? [] : [`${describeSeconds(eta)} to go`]),
      ]
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: !isAsync && (isMaster || isLong) ? 'warning' : 'info',
        title: `${id} is loading its dataset${progress.length === 0 ? '' : `: ${progress.join(', ')}`}`,
        evidence: [
          evidence(context, id, isAsync ? 'async_loading' : 'loading', 1),
          evidence(context, id, 'loading_loaded_perc', percent),
          evidence(context, id, 'loading_loaded_bytes', loaded),
          evidence(context, id, 'loading_eta_seconds', eta),
        ],
        why: isAsync
          ? 'It serves the old data until the new is loaded.'
          : isMaster
            ? 'Clients get LOADING for reads and writes. Sentinel sees a loading master as alive: no failover comes to help.'
            : 'Reads on it get LOADING; it does not count as a good replica meanwhile.',
        remedy: [
          `Wait. ${cli(id, 'INFO persistence')}   # loading_eta_seconds`,
          'Do not restart it: the load would begin again.',
        ],
      }
    }),
}
