import { invalidParameter } from '../errors/index.js';
import { type BrowserWebSocketConstructor, browserSockets } from './browser_socket.js';
import { BaseClient } from './client.js';
import type { ClientConnection } from './client_connection.js';
import { establish } from './handshake.js';
import type { OpenLinkSocket } from './link_socket.js';
import {
  type CheckedClient,
  type ClientOptions,
  type ConnectOptions,
  checkClient,
  checkConnectKeys,
  checkTarget,
} from './options.js';

/** The WebSocket class that was given, else the browser's. */
function chooseSockets({ WebSocket, clock }: CheckedClient): OpenLinkSocket {
  const found = WebSocket ?? (globalThis as { readonly WebSocket?: BrowserWebSocketConstructor }).WebSocket;
  if (found === undefined) throw invalidParameter('there is no WebSocket here', 'pass a WebSocket class');
  return browserSockets(found, clock);
}

/** Connect to a device from a browser. As `connect` of the Node entry, without it. */
export async function connect(options: ConnectOptions): Promise<ClientConnection> {
  checkConnectKeys(options);
  const client = checkClient(options);
  return await establish(client, checkTarget(options), chooseSockets(client));
}

/** A client that keeps the tickets of whom it reached. */
export class Client extends BaseClient {
  constructor(options: ClientOptions) {
    super(options, chooseSockets);
  }
}
