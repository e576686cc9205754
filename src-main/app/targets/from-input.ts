import type { TargetInput } from '../../contract/calls.ts'
import type { Address } from '../../domain/address.ts'
import { formatAddress } from '../../domain/address.ts'
import { parseAddresses, parseNat, splitEntries } from './addresses.ts'
import type { ParsedTarget, TargetCredentials, TargetResult, TargetTls } from './model.ts'
import { accept, refuse } from './model.ts'
import { checkTls } from './tls.ts'
import type { TargetUrl } from './url.ts'
import { looksLikeUrl, parseUrl } from './url.ts'

/**
 * Reads what the connect form collected. Addresses may be a list, or one or several URLs; a URL's user and password
 * count as the node credentials where the form's own fields are empty.
 */
export function targetFromInput(input: TargetInput): TargetResult<ParsedTarget> {
  const typed = readTyped(input.addresses)
  if (!typed.ok) return typed
  const { addresses, url } = typed.value
  const group = blank(input.group) ?? url?.group
  const nat = parseNat([input.nat])
  if (!nat.ok) return nat
  const node = readCredentials(input.node, url)
  const isNodeTls = input.nodeTls.enabled || url?.isTls === true
  const isSentinelTls = input.sentinelTls.enabled || (url?.isTls === true && url.kind === 'sentinel')
  const nodeTls = isNodeTls ? readTls(input.nodeTls, 'nodes') : undefined
  if (nodeTls?.ok === false) return nodeTls
  const sentinelTls = isSentinelTls ? readTls(withFallback(input.sentinelTls, input.nodeTls), 'Sentinels') : undefined
  if (sentinelTls?.ok === false) return sentinelTls
  // redis:// names any server; only redis+sentinel:// says what it is. Asking costs one round trip.
  const kind = url?.kind === 'sentinel' ? 'sentinel' : input.kind
  return accept({
    sentinels: kind === 'sentinel' ? addresses : [],
    nodes: kind === 'node' ? addresses : [],
    undecided: kind === 'auto' ? addresses : [],
    group,
    access: {
      timeoutMs: input.timeoutMs,
      node,
      sentinel: readCredentials(input.sentinel, undefined),
      nat: nat.value,
      ...(nodeTls === undefined ? {} : { nodeTls: nodeTls.value }),
      ...(sentinelTls === undefined ? {} : { sentinelTls: sentinelTls.value }),
    },
  })
}

function readTyped(text: string): TargetResult<{ addresses: readonly Address[]; url: TargetUrl | undefined }> {
  if (text.trim() === '') return refuse('no address given', 'type HOST:PORT, several separated by commas, or a URL')
  if (!looksLikeUrl(text)) {
    const addresses = parseAddresses([text])
    return addresses.ok ? accept({ addresses: addresses.value, url: undefined }) : addresses
  }
  const texts = text.split('://').length > 2 ? splitEntries(text) : [text]
  return mergeUrls(texts)
}

/** Several pasted URLs are one target when they agree in everything but the hosts. */
function mergeUrls(texts: readonly string[]): TargetResult<{ addresses: readonly Address[]; url: TargetUrl }> {
  const byId = new Map<string, Address>()
  let first: TargetUrl | undefined
  for (const text of texts) {
    const url = parseUrl(text)
    if (!url.ok) return url
    first ??= url.value
    if (
      first.kind !== url.value.kind ||
      first.isTls !== url.value.isTls ||
      first.group !== url.value.group ||
      first.user !== url.value.user ||
      first.password !== url.value.password
    )
      return refuse('the URLs differ in more than their hosts', 'connect to one deployment at a time')
    for (const address of url.value.addresses) byId.set(formatAddress(address), address)
  }
  if (first === undefined) return refuse('no address given', 'type HOST:PORT, several separated by commas, or a URL')
  return accept({ addresses: [...byId.values()], url: first })
}

function readCredentials(typed: TargetInput['node'], url: TargetUrl | undefined): TargetCredentials {
  const user = blank(typed.user) ?? url?.user
  // A password is taken as it is: white space may be part of it.
  const password = typed.password === null || typed.password === '' ? url?.password : typed.password
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) }
}

/** A deployment has one CA as a rule: what is not given for Sentinels is taken from the nodes'. */
function withFallback(own: TargetInput['sentinelTls'], nodes: TargetInput['nodeTls']): TargetInput['sentinelTls'] {
  const hasOwnPair = blank(own.cert) !== undefined || blank(own.key) !== undefined
  return {
    ...own,
    ca: blank(own.ca) === undefined ? nodes.ca : own.ca,
    cert: hasOwnPair ? own.cert : nodes.cert,
    key: hasOwnPair ? own.key : nodes.key,
  }
}

function readTls(typed: TargetInput['nodeTls'], of: string): TargetResult<TargetTls> {
  const texts = { ca: blank(typed.ca), cert: blank(typed.cert), key: blank(typed.key) }
  const names = {
    ca: `the CA for ${of}`,
    cert: `the client certificate for ${of}`,
    key: `the client key for ${of}`,
  }
  const serverName = blank(typed.serverName)
  return checkTls(texts, names, { insecure: typed.insecure, ...(serverName === undefined ? {} : { serverName }) })
}

function blank(text: string | null): string | undefined {
  return text === null || text.trim() === '' ? undefined : text.trim()
}
