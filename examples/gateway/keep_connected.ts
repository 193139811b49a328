import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, TiRtcError } from 'tirtc-emulator';
import type { TargetDevice } from './program.js';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** Connects to a device repeatedly until the signal aborts. `use` gets each connection, and returns or throws when it
 *  ends. Throws errors that another attempt cannot fix: wrong keys, a refused stream, a full disk. */
export async function keepConnected(
  device: TargetDevice,
  subject: string,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  while (!signal.aborted) {
    try {
      await using connection = await connect({ ...device.target(subject), signal });
      console.error(`connected to ${device.deviceId}`);
      delayMs = FIRST_DELAY_MS;
      await closeOnAbort(signal, connection, use);
      if (connection.error !== undefined) console.error(connection.error.message);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TiRtcError && error.retryable)) throw error;
      console.error(error.message);
    }
    // Random, so that a thousand of these programs do not all reconnect at the same moment.
    await sleep(delayMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    delayMs = Math.min(2 * delayMs, MAX_DELAY_MS);
  }
}

async function closeOnAbort(
  signal: AbortSignal,
  connection: Connection,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const close = (): void => void connection.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    await use(connection);
  } finally {
    signal.removeEventListener('abort', close);
  }
}
