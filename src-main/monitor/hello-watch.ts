import { type Address, formatAddress, type NodeId } from '../domain/address.ts'
import type { Clock, Connector, DataNodeReader } from './ports.ts'

/** Sentinels say hello every 2 s; longer than this nobody is waited for. One that answers names its peers, and ends it. */
const LISTEN_MS = 3000
const PAUSE_MS = 30_000

/** Finds Sentinels from data nodes alone, by listening to `__sentinel__:hello`. */
export class HelloWatch {
  /** Names under which the nodes listened on are monitored. */
  readonly groupNames = new Set<string>()
  /** Who said hello, by the node listened on. */
  readonly heard = new Map<NodeId, Map<NodeId, Address>>()
  private readonly connector: Connector
  private readonly clock: Clock
  private readonly onFound: (sentinel: Address) => void
  private readonly onDenied: (node: Address) => void
  private readonly onEnd: () => void
  private readonly live = new Map<NodeId, { readonly reader: DataNodeReader; readonly abort: AbortController }>()
  private readonly heardAt = new Map<NodeId, number>()
  private isDone = false

  constructor(options: {
    readonly connector: Connector
    readonly clock: Clock
    readonly onFound: (sentinel: Address) => void
    /** This user may not listen there. */
    readonly onDenied: (node: Address) => void
    readonly onEnd: () => void
  }) {
    this.connector = options.connector
    this.clock = options.clock
    this.onFound = options.onFound
    this.onDenied = options.onDenied
    this.onEnd = options.onEnd
  }

  get isListening(): boolean {
    return this.live.size > 0
  }

  get isWanted(): boolean {
    return !this.isDone
  }

  /** Listens once on this node; a node listened to before is not listened to again by this. */
  listen(address: Address): void {
    if (this.isDone || this.heardAt.has(formatAddress(address))) return
    this.begin(address)
  }

  /** Listens once more where the last time is a while ago. */
  listenAgain(address: Address): void {
    const last = this.heardAt.get(formatAddress(address)) ?? -Infinity
    if (!this.isDone && !this.live.has(formatAddress(address)) && this.clock.now() - last > PAUSE_MS)
      this.begin(address)
  }

  private begin(address: Address): void {
    const id = formatAddress(address)
    this.heardAt.set(id, this.clock.now())
    const reader = this.connector.dataNode(address)
    const abort = new AbortController()
    this.live.set(id, { reader, abort })
    const cancel = this.clock.after(LISTEN_MS, () => {
      abort.abort()
    })
    const listening = reader.listenHello((hello) => {
      if (this.isDone && !this.live.has(id)) return
      this.groupNames.add(hello.masterName)
      const known = this.heard.get(id) ?? new Map<NodeId, Address>()
      this.heard.set(id, known.set(formatAddress(hello.sentinel), hello.sentinel))
      this.onFound(hello.sentinel)
    }, abort.signal)
    void listening.then((result) => {
      if (!result.ok && result.failure.kind === 'not-permitted') this.onDenied(address)
      cancel()
      reader.dispose()
      if (this.live.delete(id)) this.onEnd()
    })
  }

  /** Ends the search, as when a Sentinel has answered. Idempotent. */
  dispose(): void {
    this.isDone = true
    for (const { abort } of this.live.values()) abort.abort()
  }
}
