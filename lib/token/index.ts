export type { ConnectTokenClaims } from './claims.js';
export { TokenError } from './error.js';
export type { ConnectTokenOptions } from './issue.js';
export {
  issueConnectToken,
  parseConnectToken,
  pooledRandomBytes,
  readConnectToken,
  signConnectToken,
  verifyConnectToken,
  verifyParsedToken,
} from './node.js';
export {
  KEEP_EXPIRED_SECONDS,
  NonceStore,
  type NonceStoreOptions,
  type NonceUse,
  SECONDS_BETWEEN_SWEEPS,
  type UsedNonces,
} from './nonce_store.js';
export { useNonce } from './use_nonce.js';
export type { ParsedToken, SecretLookup, VerifiedToken, VerifyOnceOptions, VerifyTokenOptions } from './verify.js';
