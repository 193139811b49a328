import type { ConnectionObserver } from '../connection/index.js';
import type { Connection } from '../types/index.js';
import type { OpenLinkSocket } from './link_socket.js';
import type { CheckedClient } from './options.js';

/** Hears how the connects of a client end, and of its connections. */
export interface ClientObserver extends ConnectionObserver {
  opened(connection: Connection): void;
  refused(remoteId: string, error: unknown): void;
}

/** What is different in Node and in a browser. */
export interface Platform {
  readonly chooseSockets: (client: CheckedClient) => OpenLinkSocket;
  readonly observe: (client: CheckedClient) => ClientObserver;
}
