export { ErrorCode, type ErrorName, TiRtcError, type TiRtcErrorOptions } from '../errors/index.js';
export {
  commandOf as getCmd,
  isReservedCommandWord as isReservedCmdw,
  KEY_FRAME_FLAG,
  MEDIA,
  makeCommandWord as makeCmdw,
  sequenceNumberOf as getSn,
} from '../wire/index.js';
export * from './connection_functions.js';
export * from './interface.js';
export { logConfig, logSetCallback, logSetLevel } from './log.js';
export { init, setOption, start, stop, uninit } from './sdk.js';
export * from './sending.js';
