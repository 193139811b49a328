import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { ErrorCode, invalidParameter, refuseUnknownKeys, TiRtcError } from '../errors/index.js';
import type { ServiceNetwork } from './network.js';

/** Who a service is to clients that verify it. Both in PEM; `cert` may hold intermediate certificates behind its own. */
export interface ServiceTls {
  readonly key: string | Uint8Array;
  readonly cert: string | Uint8Array;
}

const ADVICE = 'give a key and its certificate, both in PEM';

/** Check the option `tls`. Its key never gets into the error. */
export function checkTls(tls: ServiceTls | undefined, network: ServiceNetwork | undefined): ServiceTls | undefined {
  if (tls === undefined) return undefined;
  if (typeof tls !== 'object' || tls === null) throw invalidParameter(`the option tls is ${tls}`, ADVICE);
  refuseUnknownKeys('the option tls of SimulatedService', tls, ['key', 'cert']);
  for (const name of ['key', 'cert'] as const) {
    const value: unknown = tls[name];
    if ((typeof value === 'string' || value instanceof Uint8Array) && value.length > 0) continue;
    throw invalidParameter(`the option tls has no ${name}`, ADVICE);
  }
  if (network !== undefined) throw invalidParameter('the options tls and network exclude each other', 'leave one out');
  return tls;
}

/** The server of an `http://` endpoint, or with `tls` of an `https://` one. */
export function httpServer(options: ServerOptions, tls: ServiceTls | undefined): Server {
  if (tls === undefined) return createServer(options);
  try {
    const key = Buffer.from(tls.key as string);
    const cert = Buffer.from(tls.cert as string);
    const { headersTimeout: handshakeTimeout } = options;
    return createSecureServer({ ...options, key, cert, minVersion: 'TLSv1.2', handshakeTimeout });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause); // OpenSSL's; it shows nothing of a key
    throw invalidParameter(`the option tls cannot be used (${why})`, ADVICE);
  }
}

/** Why a server does not listen. */
export function listenError(host: string, port: number, cause: NodeJS.ErrnoException): TiRtcError {
  const advice =
    cause.code === 'EADDRINUSE'
      ? 'something listens there already; stop it, or choose another port (0 takes a free one)'
      : 'check host and port';
  const what = `the service cannot listen at ${host}:${port} (${cause.code})`;
  return new TiRtcError({ what, number: ErrorCode.HTTP_SOCKET, advice, retryable: false, cause });
}
