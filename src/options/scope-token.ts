/** A `scope-token` (RFC 6749 §3.3): printable ASCII without blanks, quotes and backslashes. @internal */
export const SCOPE_TOKEN: RegExp = /^[\x21\x23-\x5b\x5d-\x7e]+$/
