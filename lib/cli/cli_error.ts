import { ErrorCode, type TiRtcError } from '../errors/index.js';

/** The exit codes of `tirtc`. */
export enum ExitCode {
  /** Everything that was asked for happened. */
  Ok = 0,
  /** The command failed; the message says why. */
  Failed = 1,
  /** The command line or a file is wrong. */
  Usage = 2,
  /** A token is invalid, the service refused a device, or the device refused a subscription. */
  Refused = 3,
  /** The service or the device cannot be reached. */
  Unreachable = 4,
  /** The connection was made, but something that was asked for did not arrive. */
  Incomplete = 5,
  /** A scenario ran, and an expectation of it failed. */
  ScenarioFailed = 6,
}

/** Ends the program with a message for a person and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Returns the error for a command line or a file that is wrong. */
export function usageError(message: string): CliError {
  return new CliError(ExitCode.Usage, message);
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

/** Returns the exit code for an error of a start or a connect. */
export function exitCodeOf(error: TiRtcError): ExitCode {
  if (error.number === ErrorCode.INVALID_PARAMETER) return ExitCode.Usage;
  if (REFUSED.has(error.code) || error.code.startsWith('TOKEN_')) return ExitCode.Refused;
  const isNetwork = error.number < 0 && error.number > ErrorCode.NOT_INITIALIZED;
  return isNetwork || UNREACHABLE.has(error.number) ? ExitCode.Unreachable : ExitCode.Failed;
}
