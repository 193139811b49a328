export { ErrorCode, type ErrorName, TiRtcError, type TiRtcErrorOptions } from '../errors/index.js';
export {
  commandOf as getCmd,
  isReservedCommandWord as isReservedCmdw,
  KEY_FRAME_FLAG,
  MEDIA,
  makeCommandWord as makeCmdw,
  sequenceNumberOf as getSn,
} from '../wire/index.js';
export {
  connect,
  connGetStats,
  connGetUserData,
  connSetUserData,
  disconnect,
  getSendBufferUsed,
  serviceRequest,
  whipAccept,
  whipConnect,
} from './connections.js';
export { Event, LinkMode, LogLevel, Option, RESPONSE_BIT } from './constants.js';
export { logConfig, logSetCallback, logSetLevel } from './log.js';
export { init, setOption, start, stop, uninit } from './sdk.js';
export {
  atomicGetCmdSn,
  connSetVideoBitrateParams,
  connSetVideoBitrateRequestCallback,
  requestKeyFrame,
  sendAudioStream,
  sendCommand,
  sendMessageStream,
  sendReq,
  sendReqWithSn,
  sendResp,
  sendVideoStream,
  subscribeAudio,
  subscribeVideo,
  unsubscribeAudio,
  unsubscribeVideo,
} from './sending.js';
export type {
  BitrateCallback,
  Bytes,
  Callbacks,
  ConnectCallback,
  ConnStats,
  FrameInfo,
  Handle,
  LogCallback,
  RetryInfo,
  ServiceRequestCallback,
} from './types.js';
export { getBuildInfo, getErrorStr, getVersion } from './version.js';
