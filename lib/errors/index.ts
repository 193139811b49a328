export { inspectForError, refuseUnknownKeys, suggest } from './arguments.js';
export { BYE_REASONS, type ByeInfo, type ByeLink, type ByeName, byeInfo, errorFromBye } from './bye.js';
export { ERROR_ADVICE, ErrorCode } from './error_codes.generated.js';
export { errorFromRedirect, errorFromStatus, isTlsFailure, tlsAdvice } from './http_error.js';
export {
  type ErrorName,
  errorFromNumber,
  errorName,
  invalidParameter,
  redactTokens,
  TiRtcError,
  type TiRtcErrorOptions,
} from './tirtc_error.js';
