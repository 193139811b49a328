import process from 'node:process';
import { issueConnectToken } from 'tirtc-emulator';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The program was called in a way that cannot work. */
export class UsageError extends Error {}

/** Run a program until it ends, or until Ctrl-C or SIGTERM aborts its signal; a second one ends it at once. Exit code 0: all
 *  went well, also when it was stopped; 1: it could not go on; 2: it was called wrongly. */
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

export function neededVariable(name: string, what: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new UsageError(`${name} is not set; set it to ${what}`);
}

/** A whole number, with a default. `name` is for the message. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value >= min && value <= max && text !== '') return value;
  throw new UsageError(`${name} is "${text}"; give a whole number from ${min} to ${max}`);
}

/** A device, and what it takes to call it. `tirtc serve --demo` writes a file that sets all five variables. */
export class CalledDevice {
  readonly endpoint = neededVariable('TIRTC_ENDPOINT', 'the URL of the service, such as http://127.0.0.1:8080');
  readonly deviceId = neededVariable('TIRTC_DEVICE_ID', 'the id of the device to call');
  readonly #accessId = neededVariable('TIRTC_ACCESS_KEY_ID', 'the access id of your app');
  readonly #secretKey = neededVariable('TIRTC_SECRET_KEY_ID', 'the secret key of your app');
  readonly #deviceSecretKey = neededVariable('TIRTC_DEVICE_SECRET_KEY', 'the secret key of the device');

  /** What `connect()` needs: a token opens one connection, so each call gets its own. Only a program that may hold the keys
   *  does this by itself; others ask their backend for a token. */
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
