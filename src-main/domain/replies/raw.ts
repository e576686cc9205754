/**
 * A decoded RESP value as the redis adapter hands it to the parsers: strings already decoded, RESP3 maps either as a
 * `Map`, as a plain record, or as a flat array (RESP2). Anything may come; parsers must never throw on it.
 */
export type RawReply =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly RawReply[]
  | ReadonlyMap<RawReply, RawReply>
  | { readonly [key: string]: RawReply }

/** A reply that could not be read: what was wrong, bounded to one short line. */
export interface Unreadable {
  readonly detail: string
}

/** What every parser of `replies/` returns. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Unreadable }
