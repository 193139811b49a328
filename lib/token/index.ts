export type { ConnectTokenClaims } from './claims.js';
export { TokenError } from './error.js';
export type { ConnectTokenOptions } from './issue.js';
export {
  issueConnectToken,
  pooledRandomBytes,
  readConnectToken,
  signConnectToken,
  verifyConnectToken,
} from './node.js';
export { NonceStore, type NonceStoreOptions, type NonceUse } from './nonce_store.js';
export type { SecretLookup, VerifiedToken, VerifyTokenOptions } from './verify.js';
