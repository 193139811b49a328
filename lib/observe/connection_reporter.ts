import type { ConnectionObserver } from '../connection/index.js';
import type { Connection, Logger } from '../types/index.js';
import { Reporter } from './reporter.js';
import { totals } from './totals.js';

/** Reports the connections of one device or client. */
export class ConnectionReporter implements ConnectionObserver {
  readonly #reporter: Reporter;

  /** `facts` describe the owner of the connections. */
  constructor(facts: object, logger: Logger | undefined) {
    this.#reporter = new Reporter({ scope: 'connection', facts, logger, counters: totals.connectionEvents });
  }

  /** `subject` is from the token of the peer, if the peer connected to us. */
  opened(connection: Connection, subject?: string): void {
    const { remoteId } = connection;
    totals.connectionOpened(connection);
    const text = subject === undefined ? `connected to "${remoteId}"` : `"${subject}" connected`;
    this.#reporter.report(
      'info',
      'opened',
      text,
      { remoteId, direction: subject === undefined ? 'out' : 'in' },
      { connection },
    );
  }

  /** Reports a failed connect. */
  refused(remoteId: string, error: unknown): void {
    this.#reporter.report('warn', 'refused', `no connection to "${remoteId}"`, { remoteId, err: error });
  }

  dropped(connection: Connection): void {
    const { remoteId } = connection;
    const { droppedFrames, droppedCommands } = connection.stats();
    const facts = { remoteId, droppedFrames, droppedCommands };
    this.#reporter.report(
      'warn',
      'dropped',
      `"${remoteId}" sends faster than it is read, so frames or commands are dropped`,
      facts,
      {
        connection,
      },
    );
  }

  handlerFailed(connection: Connection, error: unknown): boolean {
    const { remoteId } = connection;
    const text = `a handler for "${remoteId}" failed`;
    this.#reporter.report('error', 'handlerFailed', text, { remoteId, err: error }, { connection });
    return this.#reporter.hasLogger;
  }

  closed(connection: Connection): void {
    const { remoteId, error } = connection;
    totals.connectionClosed(connection);
    const facts = { remoteId, ...(error === undefined ? {} : { err: error, code: error.code }) };
    const level = error === undefined || error.code === 'PEER_CLOSED' ? 'info' : 'warn';
    this.#reporter.report(level, 'closed', `the connection to "${remoteId}" ended`, facts, { connection });
  }
}
