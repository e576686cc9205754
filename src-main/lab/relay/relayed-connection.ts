import { connect, type Socket } from 'node:net'
import type { Address } from '../../domain/address.ts'
import type { LinkEnd, LinkRules } from './link-rules.ts'
import { Pump } from './pump.ts'
import { reset } from './reset.ts'

/**
 * A connection that somebody opened to a process of the lab. It is dialled onward from the caller's own address, so the
 * process sees who calls. While either way is cut it is not: the caller has a connection on which nothing ever comes.
 */
export class RelayedConnection {
  readonly #caller: Socket
  readonly #to: Address
  readonly #isOpen: () => boolean
  readonly #onward: Pump
  readonly #back: () => Pump
  #pumps: Pump[]
  #callee: Socket | undefined
  #isEnded = false
  readonly #onEnded: () => void

  constructor(
    caller: Socket,
    ends: { readonly from: LinkEnd; readonly to: LinkEnd; readonly address: Address },
    rules: LinkRules,
    onEnded: () => void,
  ) {
    this.#caller = caller
    this.#to = ends.address
    this.#onEnded = onEnded
    const onward = () => rules.between(ends.from, ends.to)
    const back = () => rules.between(ends.to, ends.from)
    this.#isOpen = () => !onward().isCut && !back().isCut
    caller.unref()
    this.#onward = new Pump(caller, onward, () => this.#hangUp())
    this.#back = () => new Pump(this.#callee ?? caller, back, () => undefined)
    this.#pumps = [this.#onward]
    caller.on('close', () => this.#endWhenBothAre())
  }

  /** Dials onward when it may; called at first, and after every change of the rules. */
  update(): void {
    if (this.#isEnded) return
    if (this.#callee === undefined && this.#isOpen()) this.#dial()
    for (const pump of this.#pumps) pump.update()
  }

  /** Ends both sides without a word. Idempotent. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    for (const pump of this.#pumps) pump.dispose()
    this.#caller.destroy()
    this.#callee?.destroy()
    this.#onEnded()
  }

  #dial(): void {
    const localAddress = this.#caller.remoteAddress
    // It has hung up meanwhile, and its address went with it.
    if (localAddress === undefined) return this.end()
    const callee = connect({ ...this.#to, localAddress, allowHalfOpen: true, noDelay: true })
    callee.unref()
    this.#callee = callee
    const refused = () => {
      reset(this.#caller)
      this.end()
    }
    callee.once('error', refused)
    callee.once('connect', () => {
      callee.off('error', refused)
      if (this.#isEnded) return void callee.destroy()
      const back = this.#back()
      this.#pumps = [this.#onward, back]
      callee.on('close', () => this.#endWhenBothAre())
      back.attach(this.#caller)
      this.#onward.attach(callee)
    })
  }

  /** The caller has given up before anybody was dialled: there is nobody to tell, now or later. */
  #hangUp(): void {
    if (this.#callee === undefined) this.end()
  }

  #endWhenBothAre(): void {
    if (this.#caller.destroyed && (this.#callee?.destroyed ?? true)) this.end()
  }
}
