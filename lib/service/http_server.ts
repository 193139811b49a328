import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { invalidParameter } from '../errors/index.js';
import { TLS_FLOOR } from '../tls/index.js';
import { type ServiceTls, TLS_ADVICE } from './options.js';

const MAX_CHECK_INTERVAL_MS = 1000;

/** Make the server of an `http://` endpoint, or with `tls` of an `https://` one. A socket that has not sent a whole request
 *  after `requestTimeoutMs` is closed at most a second later. */
export function makeHttpServer(tls: ServiceTls | undefined, requestTimeoutMs: number): Server {
  const timeouts = {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Node looks for expired requests only this often; its default is 30 s.
    connectionsCheckingInterval: Math.min(MAX_CHECK_INTERVAL_MS, requestTimeoutMs),
  };
  if (tls === undefined) return createServer(timeouts);
  try {
    const key = Buffer.from(tls.key as string);
    const cert = Buffer.from(tls.cert as string);
    return createSecureServer({ ...timeouts, key, cert, ...TLS_FLOOR, handshakeTimeout: requestTimeoutMs });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause); // from OpenSSL; it contains nothing of the key
    throw invalidParameter(`the option tls cannot be used (${why})`, TLS_ADVICE);
  }
}

/** Call `admit` with each new socket of a server, which receives it only when `admit` calls `serve`. */
export function admitSockets(server: Server, admit: (socket: Socket, serve: () => void) => void): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    admit(socket, () => {
      for (const listener of listeners) listener.call(server, socket);
    });
  });
}
