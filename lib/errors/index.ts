export { inspectForError, refuseUnknownKeys, suggest } from './arguments.js';
export { type ByeLink, errorFromBye } from './bye_error.js';
export { ERROR_ADVICE, ErrorCode } from './error_codes.generated.js';
export { errorFromRedirect } from './redirect_error.js';
export { errorFromStatus } from './status_error.js';
export {
  type ErrorName,
  errorFromNumber,
  errorName,
  invalidParameter,
  TiRtcError,
  type TiRtcErrorOptions,
} from './tirtc_error.js';
export { isTlsFailure, tlsAdvice } from './tls_failure.js';
