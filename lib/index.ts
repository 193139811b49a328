export type { MaybePromise } from './base/index.js';
export {
  Client,
  type ClientConnection,
  type ClientConnectTarget,
  type ClientNetwork,
  type ClientOptions,
  type ConnectOptions,
  connect,
  type Ticket,
} from './client/index.js';
export {
  type BitrateHandler,
  type BitrateRange,
  Device,
  type DeviceConnection,
  type DeviceEvents,
  type DeviceOptions,
  type DeviceState,
  type LentFrame,
  type LentFrames,
  type LinkMode,
  ServiceRequestError,
  type ServiceRequestOptions,
  type StartFailure,
  type StartOptions,
} from './device/index.js';
export { ErrorCode, type ErrorName, errorName, TiRtcError, type TiRtcErrorOptions } from './errors/index.js';
export { metrics } from './observe/index.js';
export {
  type BytesFromOptions,
  type BytesToOptions,
  bytesFrom,
  bytesTo,
  type FramesFromOptions,
  type FramesToOptions,
  framesFrom,
  framesTo,
} from './stream/index.js';
export {
  type ConnectTokenClaims,
  type ConnectTokenOptions,
  issueConnectToken,
  NonceStore,
  type NonceStoreOptions,
  type NonceUse,
  type SecretLookup,
  TokenError,
  type UsedNonces,
  type VerifiedToken,
  type VerifyOnceOptions,
  type VerifyTokenOptions,
  verifyConnectToken,
} from './token/index.js';
export type * from './types/index.js';
export {
  commandOf,
  isResponse,
  KEY_FRAME_FLAG,
  MEDIA,
  makeCommandWord,
  sequenceNumberOf,
} from './wire/index.js';
