export { Client, connect } from './client/browser.js';
export type { BrowserWebSocket, BrowserWebSocketConstructor } from './client/browser_socket.js';
export type { ClientConnection, Ticket } from './client/client_connection.js';
export type { ClientConnectTarget, ClientOptions, ConnectOptions } from './client/options.js';
export { ErrorCode, type ErrorName, errorName, TiRtcError, type TiRtcErrorOptions } from './errors/index.js';
export { issueConnectToken, verifyConnectToken } from './token/browser.js';
export type { ConnectTokenClaims } from './token/claims.js';
export { TokenError } from './token/error.js';
export type { ConnectTokenOptions } from './token/issue.js';
export type { NonceStore, NonceStoreOptions, NonceUse, UsedNonces } from './token/nonce_store.js';
export type { SecretLookup, VerifiedToken, VerifyOnceOptions, VerifyTokenOptions } from './token/verify.js';
export type * from './types/index.js';
export {
  commandOf,
  isResponse,
  KEY_FRAME_FLAG,
  MEDIA,
  makeCommandWord,
  sequenceNumberOf,
} from './wire/index.js';
