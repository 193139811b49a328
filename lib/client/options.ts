import { checkInteger, systemClock } from '../base/index.js';
import { checkRemoteId } from '../connection/index.js';
import {
  BYE_REASONS,
  ErrorCode,
  errorFromBye,
  inspectForError,
  invalidParameter,
  TiRtcError,
} from '../errors/index.js';
import type { Clock, ConnectTarget, Logger } from '../types/index.js';
import { type Endpoint, MIN_MAX_MESSAGE_BYTES, parseEndpoint, WireError } from '../wire/index.js';
import type { BrowserWebSocketConstructor } from './browser_socket.js';
import type { LinkCredential } from './link_socket.js';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_SEND_BUFFER_BYTES = 512 * 1024;
const MIN_SEND_BUFFER_BYTES = 16_384;
const MAX_CLIENT_ID_LENGTH = 64;

/** The options that all connects of a client share. */
export interface ClientOptions {
  /** The http, https, ws or wss URL of the service. */
  readonly endpoint: string;
  /** The longest time a connect may take, in ms. Default 10000. */
  readonly connectTimeoutMs?: number;
  /** The most bytes that may wait for the network, per connection: at least 16384. Default 512 KiB. */
  readonly maxSendBufferBytes?: number;
  /** The largest message to accept. It is announced to the peer, except by a browser. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Sent to the service, for its log: 1 to 64 printable ASCII characters. Not sent by a browser. */
  readonly appId?: string;
  /** The same as `appId`. */
  readonly clientId?: string;
  /** The certificates of the authorities to trust for an https or wss endpoint, in PEM, instead of Node's own and those of
   *  NODE_EXTRA_CA_CERTS. It cannot be used in a browser or with a WebSocket class. */
  readonly ca?: string;
  /** The WebSocket class. Default: in Node the class of `ws`, elsewhere `globalThis.WebSocket`. */
  readonly WebSocket?: BrowserWebSocketConstructor;
  /** The clock, for tests. Default: the system's. */
  readonly clock?: Clock;
  /** Receives log lines about connections: pino, `console`, or any object with their four methods. Not in a browser. */
  readonly logger?: Logger;
}

/** The device to connect to, with a token or a ticket. */
export interface ClientConnectTarget extends ConnectTarget {
  /** The value of `ticket` of an earlier connection to the same remote id, instead of a token. */
  readonly ticket?: string;
}

/** The options of `connect()`: those of a client and the target. */
export interface ConnectOptions extends Omit<ClientOptions, 'connectTimeoutMs'>, ClientConnectTarget {}

export type CheckedClient = ReturnType<typeof checkClient>;
export type CheckedTarget = ReturnType<typeof checkTarget>;

/** Those of connect(), too. */
export const CLIENT_KEYS: readonly string[] = [
  'endpoint',
  'maxSendBufferBytes',
  'maxMessageBytes',
  'appId',
  'clientId',
  'ca',
  'WebSocket',
  'clock',
  'logger',
];
export const TARGET_KEYS: readonly string[] = ['remoteId', 'token', 'ticket', 'signal', 'timeoutMs'];

function checkEndpoint(endpoint: unknown): Endpoint {
  if (typeof endpoint !== 'string' || endpoint === '') {
    throw invalidParameter(
      endpoint === undefined || endpoint === '' ? 'endpoint is missing' : `endpoint is ${inspectForError(endpoint)}`,
      'set endpoint to the URL of the service, such as http://127.0.0.1:8080',
    );
  }
  try {
    return parseEndpoint(endpoint);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw invalidParameter(error.message, 'correct the endpoint');
  }
}

function checkText(name: string, value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && /^[ -~]{1,64}$/.test(value))) return value;
  throw invalidParameter(`${name} is invalid`, `use 1 to ${MAX_CLIENT_ID_LENGTH} printable ASCII characters`);
}

function checkAuthorities(ca: unknown): string | undefined {
  if (ca === undefined || (typeof ca === 'string' && ca.includes('-----BEGIN CERTIFICATE-----'))) return ca;
  throw invalidParameter('ca is not a certificate in PEM', 'give the text of a certificate file, not its name');
}

function checkWebSocket(given: BrowserWebSocketConstructor | undefined): BrowserWebSocketConstructor | undefined {
  if (given === undefined || typeof given === 'function') return given;
  throw invalidParameter('WebSocket must be a class', 'give a class like that of a browser, or leave it out');
}

function checkClock(clock: Clock): Clock {
  if (typeof clock?.nowMs === 'function' && typeof clock.startTimer === 'function') return clock;
  throw invalidParameter('clock must be an object with nowMs() and startTimer()', 'correct it, or leave it out');
}

export function checkClient(options: ClientOptions) {
  const { maxSendBufferBytes, maxMessageBytes, appId, clientId, WebSocket, clock = systemClock } = options;
  return {
    endpoint: checkEndpoint(options.endpoint),
    connectTimeoutMs: checkInteger('connectTimeoutMs', options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS, 1),
    maxSendBufferBytes: checkInteger(
      'maxSendBufferBytes',
      maxSendBufferBytes ?? DEFAULT_SEND_BUFFER_BYTES,
      MIN_SEND_BUFFER_BYTES,
    ),
    maxMessageBytes: checkInteger('maxMessageBytes', maxMessageBytes ?? 4 * 1024 * 1024, MIN_MAX_MESSAGE_BYTES),
    appId: checkText('appId', appId),
    clientId: checkText('clientId', clientId),
    ca: checkAuthorities(options.ca),
    WebSocket: checkWebSocket(WebSocket),
    clock: checkClock(clock),
    logger: options.logger,
  };
}

/** Checks that the token or ticket, which is opaque, can be sent in a header or subprotocol. */
function checkCredential(remoteId: string, token: string | undefined, ticket: string | undefined): LinkCredential {
  if (token !== undefined && ticket !== undefined) {
    throw invalidParameter(`both a token and a ticket were given for "${remoteId}"`, 'pass only one of them');
  }
  const value = token ?? ticket;
  if (value === undefined) {
    const what = `there is neither a token nor a ticket for "${remoteId}"`;
    throw new TiRtcError({ what, number: ErrorCode.CACHE_EXPIRED });
  }
  if (typeof value === 'string' && /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(value)) {
    return { scheme: token === undefined ? 'ticket' : 'bearer', value };
  }
  throw errorFromBye(token === undefined ? BYE_REASONS.ticket : BYE_REASONS.token_form, `no connect to "${remoteId}"`);
}

export function checkTarget(target: ClientConnectTarget) {
  const { remoteId, token, ticket, signal, timeoutMs } = target;
  const { deviceId, suffix } = checkRemoteId(remoteId);
  return { remoteId: deviceId, suffix, credential: checkCredential(deviceId, token, ticket), signal, timeoutMs };
}
