import type { Connection } from '../types/index.js';

/** Hears what connections have to tell those who watch the whole process: logs, diagnostics, metrics. All of it is rare. */
export interface ConnectionObserver {
  /** A frame or command found no room, or a command no handler that was free; `stats()` has the count. */
  dropped(connection: Connection): void;
  /** A handler of the program failed. True when somebody was told, and so the console need not be. */
  handlerFailed(connection: Connection, error: unknown): boolean;
  /** The last of it. */
  closed(connection: Connection): void;
}

export const NO_OBSERVER: ConnectionObserver = {
  dropped: () => {},
  handlerFailed: () => false,
  closed: () => {},
};
