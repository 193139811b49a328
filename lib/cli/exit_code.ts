/** What `tirtc` exits with. */
export enum ExitCode {
  Ok = 0,
  /** It could not be done: the message says why. */
  Failed = 1,
  /** The command line or a file was wrong. */
  Usage = 2,
  /** `token verify`: the token does not hold. */
  Refused = 3,
}
