/** What one benchmark has to say: a table with its heading, how to run it again, and what a reader must know of it. */
export interface BenchTable {
  readonly title: string
  readonly command: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly notes: readonly string[]
}
