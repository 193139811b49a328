import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, TiRtcError } from 'tirtc-emulator';
import type { CalledDevice } from './program.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Call a device again and again until the signal aborts. `use` has each connection until it is over: it returns or throws
 *  when the connection ends. Throws what another attempt cannot mend: wrong keys, a stream that is refused, a full disk. */
export async function keepConnected(
  device: CalledDevice,
  subject: string,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      await using connection = await connect({ ...device.target(subject), signal });
      console.error(`connected to ${device.deviceId}`);
      pauseMs = FIRST_PAUSE_MS;
      await hangUpOn(signal, connection, use);
      if (connection.error !== undefined) console.error(connection.error.message);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TiRtcError && error.retryable)) throw error;
      console.error(error.message);
    }
    // A random part, so that a thousand of these do not all come back in the same moment.
    await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

async function hangUpOn(
  signal: AbortSignal,
  connection: Connection,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const hangUp = (): void => void connection.close();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    await use(connection);
  } finally {
    signal.removeEventListener('abort', hangUp);
  }
}
