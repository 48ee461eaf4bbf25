/**
 * What happens to one request on its way. `forwarded` says whether the server gets it all the same, so that it may
 * have done what was asked although the client cannot know.
 */
export type Fault =
  | { readonly kind: 'none' }
  /** The request is on its way for so long, and arrives even if the client has given up. */
  | { readonly kind: 'delayRequest'; readonly ms: number }
  /** The answer is on its way for so long. */
  | { readonly kind: 'delayResponse'; readonly ms: number }
  | { readonly kind: 'reset'; readonly forwarded: boolean }
  /** A half-open connection: no answer ever comes. */
  | { readonly kind: 'silence'; readonly forwarded: boolean }
  /** Bytes that are no HTTP. */
  | { readonly kind: 'garbage'; readonly forwarded: boolean }
  /** A well-formed answer of nonsense. */
  | { readonly kind: 'nonsense'; readonly status: number; readonly forwarded: boolean }
  /** The answer breaks off. */
  | { readonly kind: 'truncate' }
  /** The server refuses for now: it did nothing. */
  | { readonly kind: 'refuse'; readonly status: number };
