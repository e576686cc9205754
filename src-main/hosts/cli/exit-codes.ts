/** What the process tells its caller; part of the contract with scripts. */
export const EXIT = {
  done: 0,
  findings: 1,
  usage: 2,
  notConnected: 3,
  refused: 4,
  unverified: 5,
  internal: 6,
  /** Interrupted before it was done, as shells say it for SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
