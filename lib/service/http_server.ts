import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { invalidParameter } from '../errors/index.js';
import { type ServiceTls, TLS_ADVICE } from './options.js';

const HEAD_TIMEOUT_MS = 10_000;

/** Make the server of an `http://` endpoint, or with `tls` of an `https://` one. */
export function makeHttpServer(tls: ServiceTls | undefined): Server {
  const timeouts = { headersTimeout: HEAD_TIMEOUT_MS, requestTimeout: HEAD_TIMEOUT_MS };
  if (tls === undefined) return createServer(timeouts);
  try {
    const key = Buffer.from(tls.key as string);
    const cert = Buffer.from(tls.cert as string);
    return createSecureServer({ ...timeouts, key, cert, minVersion: 'TLSv1.2', handshakeTimeout: HEAD_TIMEOUT_MS });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause); // from OpenSSL; it contains nothing of the key
    throw invalidParameter(`the option tls cannot be used (${why})`, TLS_ADVICE);
  }
}
