import { describe, expect, it } from 'vitest'
import { minReplicasOf, simulateMinReplicas } from '../../../src-main/domain/failover/min-replicas.ts'
import { HEALTHY, healthyGroup, withLink, withNode } from '../../support/facts.ts'

const { master, replica1, replica2 } = HEALTHY

describe('the min-replicas simulator', () => {
  it('accepts writes while enough direct replicas acknowledge in time', () => {
    expect(simulateMinReplicas(healthyGroup(), { required: 2, maxLagSeconds: 10 })).toMatchObject({
      isEnabled: true,
      acceptedNow: true,
      goodReplicas: 2,
      isAttainable: true,
      isAttainableAfterFailover: false,
    })
    expect(simulateMinReplicas(healthyGroup(), { required: 1, maxLagSeconds: 10 }).isAttainableAfterFailover).toBe(true)
  })

  it('does not count the chained replica', () => {
    expect(simulateMinReplicas(healthyGroup(), { required: 3, maxLagSeconds: 10 })).toMatchObject({
      acceptedNow: false,
      isAttainable: false,
    })
  })

  it('counts an acknowledgement at the limit, and not beyond it', () => {
    const at = (ackAgeSeconds: number | undefined) =>
      simulateMinReplicas(withLink(healthyGroup(), replica1, { ackAgeSeconds }), { required: 2, maxLagSeconds: 3 })
        .acceptedNow
    expect(at(3)).toBe(true)
    expect(at(4)).toBe(false)
    expect(at(undefined)).toBe(false)
  })

  it('says which stall stops writes, and when', () => {
    const tight = simulateMinReplicas(healthyGroup(), { required: 2, maxLagSeconds: 10 })
    expect(tight.ifStalled).toEqual([
      { node: replica1, ackAgeSeconds: 0, isGood: true, stopsWrites: true, afterSeconds: 12 },
      { node: replica2, ackAgeSeconds: 1, isGood: true, stopsWrites: true, afterSeconds: 11 },
    ])
    const loose = simulateMinReplicas(healthyGroup(), { required: 1, maxLagSeconds: 10 })
    expect(loose.ifStalled.every((one) => !one.stopsWrites && one.afterSeconds === undefined)).toBe(true)
    const blocked = simulateMinReplicas(healthyGroup(), { required: 3, maxLagSeconds: 10 })
    expect(blocked.ifStalled.every((one) => !one.stopsWrites)).toBe(true)
  })

  it('is off when either value is 0', () => {
    for (const guard of [
      { required: 0, maxLagSeconds: 10 },
      { required: 3, maxLagSeconds: 0 },
    ])
      expect(simulateMinReplicas(healthyGroup(), guard)).toMatchObject({ isEnabled: false, acceptedNow: true })
  })

  it('does not know what a silent master accepts', () => {
    const silent = withNode(healthyGroup(), master, (node) => ({ ...node, info: undefined }))
    expect(simulateMinReplicas(silent, { required: 1, maxLagSeconds: 10 })).toMatchObject({
      acceptedNow: undefined,
      goodReplicas: undefined,
    })
  })
})

describe('the guard in a configuration', () => {
  it('is read under its new and its old names, and is unknown without CONFIG', () => {
    expect(
      minReplicasOf(
        new Map([
          ['min-replicas-to-write', '1'],
          ['min-replicas-max-lag', '5'],
        ]),
      ),
    ).toEqual({ required: 1, maxLagSeconds: 5 })
    expect(
      minReplicasOf(
        new Map([
          ['min-slaves-to-write', '2'],
          ['min-slaves-max-lag', '6'],
        ]),
      ),
    ).toEqual({ required: 2, maxLagSeconds: 6 })
    expect(minReplicasOf(new Map())).toBeUndefined()
    expect(minReplicasOf(undefined)).toBeUndefined()
  })
})
