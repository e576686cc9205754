import type { Failure } from '../domain/failure.ts'
import { describeFailure, failureCode } from '../domain/failure.ts'
import type { ContractFailure } from './calls.ts'

/** A failure as it travels: `code` from the closed set with its cause after a dot, `message` one line for people. */
export function toContractFailure(failure: Failure): ContractFailure {
  return { code: failureCode(failure), message: oneLine(describeFailure(failure)) }
}

/** Server texts may carry anything; a message is one line whatever they carry. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
}
