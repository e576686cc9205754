// The line between a test and the process that runs with the double: requests in, answers and events out.

/** Tells the test what happened. */
export function tell(event) {
  process.send?.(event)
}

/** Carries out what the test asks, one handler an operation. */
export function control(handlers) {
  process.on('message', ({ id, op, ...params }) => {
    Promise.resolve()
      .then(() => handlers[op](params))
      .then(
        (value) => tell({ id, value }),
        (error) => tell({ id, error: String(error) }),
      )
  })
  process.on('disconnect', () => process.exit(1))
}
