import { type MasterSample, type ReplicaSample, toMasterSample, toReplicaSample } from '../domain/lag/byte-lag.ts'
import { addOffset, NO_OFFSETS, type OffsetRing } from '../domain/lag/offset-age.ts'
import { addRateSample, NO_RATE, type RateState, toRateSample, writeRate } from '../domain/lag/write-rate.ts'
import type { DirectAnswer } from '../domain/topology/facts.ts'
import { keptText } from '../domain/text.ts'
import type { WriteRate } from '../domain/topology/model.ts'

const MASTER_SAMPLES = 8
const REPLICA_SAMPLES = 3
/** Two looks at a sync further apart than this give its rate. */
const EARLIER_MS = 1000

/** What is remembered of one data node between answers: short rings of constant size. */
export class NodeMemory {
  /** Oldest first. */
  samples: readonly MasterSample[] = []
  /** Newest first. */
  replicaSamples: readonly ReplicaSample[] = []
  ages: OffsetRing = NO_OFFSETS
  earlier: DirectAnswer | undefined
  private rate: RateState = NO_RATE
  private latest: DirectAnswer | undefined

  get writeRate(): WriteRate | undefined {
    return writeRate(this.rate)
  }

  add(answer: DirectAnswer): void {
    const { info } = answer
    const { offset } = info.replication
    const last = this.samples.at(-1)
    const texts = {
      replid: keptText(last?.replid, info.replication.replid),
      replid2: keptText(last?.replid2, info.replication.replid2),
    }
    const runId = keptText(last?.runId, info.server.runId)
    this.samples = [...this.samples, { ...toMasterSample(info, answer), ...texts, runId }].slice(-MASTER_SAMPLES)
    if (info.replication.role === 'replica') {
      const sample = { ...toReplicaSample(info, answer), ...texts }
      this.replicaSamples = [sample, ...this.replicaSamples].slice(0, REPLICA_SAMPLES)
    } else this.replicaSamples = []
    this.rate = addRateSample(this.rate, { ...toRateSample(info, answer.receivedAt), runId, replid: texts.replid })
    if (offset !== undefined && info.replication.role === 'master') {
      this.ages = addOffset(this.ages, { at: answer.receivedAt, offset, runId, replid: texts.replid })
    }
    if (this.latest === undefined || answer.receivedAt - this.latest.receivedAt >= EARLIER_MS) {
      this.earlier = this.latest
      this.latest = answer
    }
  }
}
