/**
 * Asks again and again until the answer is neither undefined, false nor an exception; gives that answer. Fails after
 * `deadlineMs` with `what` and the last answer or error. A deadline is a limit, not an expectation: be generous.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { readonly what: string; readonly deadlineMs?: number; readonly everyMs?: number },
): Promise<Exclude<T, false | undefined | null>> {
  const deadlineMs = options.deadlineMs ?? 30_000
  const until = performance.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      const answer = await condition()
      if (answer !== undefined && answer !== null && answer !== false)
        return answer as Exclude<T, false | undefined | null>
      last = answer
    } catch (error) {
      last = error
    }
    if (performance.now() > until)
      throw new Error(`after ${deadlineMs} ms still waiting for ${options.what}; last: ${show(last)}`)
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 25))
  }
}

function show(value: unknown): string {
  return value instanceof Error ? value.message : String(JSON.stringify(value))
}
