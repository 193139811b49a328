export {
  type CommandBody,
  commandOf,
  decodeCommand,
  encodeCommand,
  FIRST_PROGRAM_WORD,
  isReservedCommandWord,
  isResponse,
  MAX_COMMAND,
  MAX_SEQUENCE_NUMBER,
  makeCommandWord,
  sequenceNumberOf,
  toRequestWord,
  toResponseWord,
} from './command.js';
export { type Control, type ControlType, decodeControl, encodeBye, encodeControl, type Limits } from './control.js';
export {
  bareRemoteId,
  type Endpoint,
  hostHeader,
  type LinkName,
  linkTarget,
  linkUrl,
  parseEndpoint,
} from './endpoint.js';
export {
  decodeFrame,
  encodeFrame,
  type FrameBody,
  type FrameHeader,
  KEY_FRAME_FLAG,
  MEDIA,
  type MediaClass,
  mediaClass,
} from './frame.js';
export * from './protocol.js';
export {
  decodeSdkCommand,
  encodePeerRequest,
  encodeProbe,
  encodeProbeEcho,
  encodeSubscribeAnswer,
  PEER_REQUESTS,
  type PeerRequest,
  PROBE_BYTES,
  PROBE_WORD,
  type SdkCommand,
  type SubscribeRequest,
} from './sdk_command.js';
export { base64UrlDecode, base64UrlEncode, percentDecode, percentEncode } from './text.js';
