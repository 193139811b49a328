import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
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
  return createSecureServer({ ...timeouts, ...secureOptions(tls), handshakeTimeout: requestTimeoutMs });
}

/** Show another certificate in the handshakes from now on. Throws and changes nothing if it cannot be used. */
export function replaceTls(server: Server, tls: ServiceTls): void {
  if (!(server instanceof SecureServer)) {
    throw invalidParameter('the service has no TLS', 'create it with the option tls, then replace its certificate');
  }
  // The context has new keys for tickets, so that no client resumes a session with the old certificate.
  server.setSecureContext(secureOptions(tls));
}

/** Returns the options for this certificate after OpenSSL has accepted them. */
function secureOptions(tls: ServiceTls): SecureContextOptions {
  const options = { key: Buffer.from(tls.key as string), cert: Buffer.from(tls.cert as string), ...TLS_FLOOR };
  try {
    createSecureContext(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause); // from OpenSSL; it contains nothing of the key
    throw invalidParameter(`the option tls cannot be used (${why})`, adviceFor(why));
  }
  return options;
}

/** What to do, by the text of OpenSSL. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/values mismatch/, 'the key is not that of the certificate: give the key that belongs to the first one in cert'],
  [/key too small/, 'a key is too weak: use RSA of at least 2048 bits, or an elliptic curve of at least 256'],
  [/md too weak/, 'the certificate is signed with a hash that is too weak: get one that is signed with SHA-256'],
  [/bad decrypt|interrupted|password|passphrase/i, 'the key is encrypted: decrypt it with "openssl pkey" first'],
];

function adviceFor(why: string): string {
  return ADVICE.find(([pattern]) => pattern.test(why))?.[1] ?? TLS_ADVICE;
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
