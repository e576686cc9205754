/**
 * Grid values of a logarithmic axis that still shows zero: 0, then powers of `base` (32: every second is a unit of bytes) up
 * to `max`, thinned so that at most `most` remain. Rising, always with 0.
 */
export function logSplits(max: number, most: number, base = 32): number[] {
  const powers: number[] = []
  for (let value = base; value <= max && powers.length < 20; value *= base) powers.push(value)
  const step = Math.max(1, Math.ceil(powers.length / Math.max(1, most - 1)))
  return [0, ...powers.filter((_, i) => (powers.length - 1 - i) % step === 0)]
}
