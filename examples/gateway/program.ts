import process from 'node:process';
import { issueConnectToken } from 'tirtc-emulator';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The arguments or the environment of the program are wrong. */
export class UsageError extends Error {}

/** Runs a program until it ends, or until Ctrl-C or SIGTERM aborts its signal; a second one terminates it at once. Exit
 *  code 0: success, also when stopped; 1: failure; 2: wrong arguments or environment. */
export async function runProgram(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const abort = (): void => {
    for (const name of SIGNALS) process.off(name, abort);
    stop.abort();
  };
  for (const name of SIGNALS) process.on(name, abort);
  try {
    await main(stop.signal);
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return;
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

export function requireVariable(name: string, what: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new UsageError(`${name} is not set: set it to ${what}`);
}

/** Parses a whole number, with a default. `name` is used in the message. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value >= min && value <= max && text !== '') return value;
  throw new UsageError(`${name} "${text}" is invalid: use a whole number from ${min} to ${max}`);
}

/** The device to connect to, and the keys. `tirtc serve --demo` writes a file that sets all five variables. */
export class TargetDevice {
  readonly endpoint = requireVariable('TIRTC_ENDPOINT', 'the URL of the service, such as http://127.0.0.1:8080');
  readonly deviceId = requireVariable('TIRTC_DEVICE_ID', 'the id of the device to connect to');
  readonly #accessId = requireVariable('TIRTC_ACCESS_KEY_ID', 'the access id of your app');
  readonly #secretKey = requireVariable('TIRTC_SECRET_KEY_ID', 'the secret key of your app');
  readonly #deviceSecretKey = requireVariable('TIRTC_DEVICE_SECRET_KEY', 'the secret key of the device');

  /** Returns the options of `connect()`. A token opens one connection, so each call issues a new one. Only programs
   *  that may have the keys can do this; others request a token from their backend. */
  target(subject: string): { readonly endpoint: string; readonly remoteId: string; readonly token: string } {
    const token = issueConnectToken({
      accessId: this.#accessId,
      secretKey: this.#secretKey,
      remoteId: this.deviceId,
      deviceSecretKey: this.#deviceSecretKey,
      subject,
    });
    return { endpoint: this.endpoint, remoteId: this.deviceId, token };
  }
}
