import type { ConnectionObserver } from '../connection/index.js';
import type { Connection, Logger } from '../types/index.js';
import { type Level, Reporter } from './reporter.js';
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
    totals.connectionOpened(connection);
    const text = subject === undefined ? `connected to "${connection.remoteId}"` : `"${subject}" connected`;
    this.#report('info', 'opened', connection, text, { direction: subject === undefined ? 'out' : 'in' });
  }

  /** Reports a failed connect. */
  refused(remoteId: string, error: unknown): void {
    this.#reporter.report('warn', 'refused', `no connection to "${remoteId}"`, { remoteId, err: error });
  }

  dropped(connection: Connection): void {
    const { droppedFrames, droppedCommands } = connection.stats();
    const text = `"${connection.remoteId}" sends faster than it is read, so frames or commands are dropped`;
    this.#report('warn', 'dropped', connection, text, { droppedFrames, droppedCommands });
  }

  handlerFailed(connection: Connection, error: unknown): boolean {
    this.#report('error', 'handlerFailed', connection, `a handler for "${connection.remoteId}" failed`, { err: error });
    return this.#reporter.hasLogger;
  }

  closed(connection: Connection): void {
    const { remoteId, error } = connection;
    totals.connectionClosed(connection);
    const facts = error === undefined ? {} : { err: error, code: error.code };
    const level = error === undefined || error.code === 'PEER_CLOSED' ? 'info' : 'warn';
    this.#report(level, 'closed', connection, `the connection to "${remoteId}" ended`, facts);
  }

  #report(level: Level, event: string, connection: Connection, text: string, facts: object): void {
    this.#reporter.report(level, event, text, { remoteId: connection.remoteId, ...facts }, { connection });
  }
}
