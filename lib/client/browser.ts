import { NO_OBSERVER } from '../connection/index.js';
import { invalidParameter } from '../errors/index.js';
import { type BrowserWebSocketConstructor, browserSockets } from './browser_socket.js';
import { BaseClient, type Platform } from './client.js';
import type { ClientConnection } from './client_connection.js';
import { establish } from './handshake.js';
import { type ClientOptions, type ConnectOptions, checkClient, checkConnectKeys, checkTarget } from './options.js';

const browser: Platform = {
  /** The WebSocket class that was given, else the browser's. */
  chooseSockets: ({ WebSocket, clock, ca }) => {
    const found = WebSocket ?? (globalThis as { readonly WebSocket?: BrowserWebSocketConstructor }).WebSocket;
    if (found === undefined) throw invalidParameter('there is no WebSocket here', 'pass a WebSocket class');
    return browserSockets(found, clock, ca);
  },
  observe: ({ logger }) => {
    if (logger === undefined) return { ...NO_OBSERVER, opened: () => {}, refused: () => {} };
    throw invalidParameter('a logger was given', 'leave it out in a browser: listen to the events of the connection');
  },
};

/** Connect to a device from a browser. As `connect` of the Node entry, without it. */
export async function connect(options: ConnectOptions): Promise<ClientConnection> {
  checkConnectKeys(options);
  const client = checkClient(options);
  return await establish(client, checkTarget(options), browser.chooseSockets(client), browser.observe(client));
}

/** A client that keeps the tickets of whom it reached. */
export class Client extends BaseClient {
  constructor(options: ClientOptions) {
    super(options, browser);
  }
}
