import { ErrorCode, type TiRtcError } from '../errors/index.js';

/** What `tirtc` exits with. */
export enum ExitCode {
  /** Everything that was asked for happened. */
  Ok = 0,
  /** It could not be done: the message says why. */
  Failed = 1,
  /** The command line or a file was wrong. */
  Usage = 2,
  /** A token does not hold, the service refused a device, or the device a subscription. */
  Refused = 3,
  /** The service or the device could not be reached. */
  Unreachable = 4,
  /** Connected, but not everything came that was asked for. */
  Incomplete = 5,
  /** A scenario ran, and something was not as it says. */
  ScenarioFailed = 6,
}

const REFUSED: ReadonlySet<string> = new Set(['INVALID_LICENSE', 'REFUSED', 'TICKET', 'SUBSCRIBE_REFUSED']);
const UNREACHABLE: ReadonlySet<number> = new Set([
  ErrorCode.CONN_REMOTECLOSE,
  ErrorCode.CONN_TIMEOUTCLOSE,
  ErrorCode.CONN_OTHER_ERROR,
  ErrorCode.TIMEOUTED,
  ErrorCode.BUSY,
  ErrorCode.SERVER_ERROR,
]);

/** The exit code for an error of a start or a connect. */
export function exitCodeOf(error: TiRtcError): ExitCode {
  if (error.number === ErrorCode.INVALID_PARAMETER) return ExitCode.Usage;
  if (REFUSED.has(error.code) || error.code.startsWith('TOKEN_')) return ExitCode.Refused;
  const isNetwork = error.number < 0 && error.number > ErrorCode.NOT_INITIALIZED;
  return isNetwork || UNREACHABLE.has(error.number) ? ExitCode.Unreachable : ExitCode.Failed;
}
