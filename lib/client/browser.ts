import { NO_OBSERVER } from '../connection/index.js';
import { invalidParameter } from '../errors/index.js';
import { type BrowserWebSocketConstructor, browserSockets } from './browser_socket.js';
import { BaseClient, connectOnce, type Platform } from './client.js';
import type { ClientConnection } from './client_connection.js';
import type { ClientOptions, ConnectOptions } from './options.js';

const browser: Platform = {
  /** Uses the WebSocket class of the options, else the browser's. */
  chooseSockets: ({ WebSocket, clock, ca }) => {
    const found = WebSocket ?? (globalThis as { readonly WebSocket?: BrowserWebSocketConstructor }).WebSocket;
    if (found === undefined)
      throw invalidParameter('this environment has no WebSocket class', 'pass one in the option WebSocket');
    return browserSockets(found, clock, ca);
  },
  observe: ({ logger }) => {
    if (logger === undefined) return { ...NO_OBSERVER, opened: () => {}, refused: () => {} };
    throw invalidParameter(
      'logger cannot be used in a browser',
      'leave it out and listen to the events of the connection',
    );
  },
};

/** Connect to a device from a browser; the same as `connect()` of the Node entry. */
export function connect(options: ConnectOptions): Promise<ClientConnection> {
  return connectOnce(options, browser);
}

/** A client that keeps the tickets of the devices it has connected to. */
export class Client extends BaseClient {
  constructor(options: ClientOptions) {
    super(options, browser);
  }
}
