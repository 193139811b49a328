import { Buffer } from 'node:buffer';
import { checkInteger, checkWait } from '../base/index.js';
import { checkRemoteId, isEndpoint } from '../connection/index.js';
import { ErrorCode, inspectForError, invalidParameter, refuseUnknownKeys, TiRtcError } from '../errors/index.js';
import type { NativeStartOptions } from '../native/index.js';
import { checkLogger } from '../observe/index.js';
import type { ConnectTarget, Logger } from '../types/index.js';

/** The links that connections may use. All connections are relayed at present: with `direct-only`, connects fail. */
export type LinkMode = 'auto' | 'direct-only' | 'relay-only';

/** The identity of a device, its service, and its limits. An unknown key is an error that suggests the right one. */
export interface DeviceOptions {
  /** The id of this device: 1 to 63 bytes without control characters. Without an id it is a client, which can connect and
   *  cannot be called. */
  readonly deviceId?: string;
  /** 1 to 63 bytes; required with a deviceId. It is never logged or shown, and `close()` erases it. */
  readonly deviceSecretKey?: string;
  /** The http or ws URL of the service. `start()` refuses https, because devices in Node have no TLS. Default: the
   *  environment variable TIRTC_ENDPOINT. */
  readonly endpoint?: string;
  /** Sent to the service: 1 to 64 printable ASCII characters. */
  readonly clientId?: string;
  /** Sent to the service: 1 to 64 bytes. */
  readonly appId?: string;
  /** The most connections, open or being opened, in both directions: 1 to 4000. Default 16. */
  readonly maxConnections?: number;
  /** The most bytes that may wait for the network, per connection: 16384 to 1073741824. Default 524288. */
  readonly maxSendBufferBytes?: number;
  /** The longest time a connect may take, in ms. All times are 1 to 1073741824 ms (12 days). Default 10000. */
  readonly connectTimeoutMs?: number;
  /** The ping interval of connections, in ms. Default: the value of the service. */
  readonly keepAliveMs?: number;
  /** A connection on which nothing arrives for this many ms is dead. Default: the value of the service. */
  readonly silenceMs?: number;
  /** Whether to keep tickets, so that `connect()` works again without a token. Default true. */
  readonly connectCache?: boolean;
  /** The links that connections may use. Default `auto`. */
  readonly linkMode?: LinkMode;
  /** Sends return false above this many queued bytes; `drain` is emitted at a quarter of it. Default 262144. */
  readonly highWaterBytes?: number;
  /** Receives log lines about the device and its connections: pino, `console`, or any object with their four methods. */
  readonly logger?: Logger;
}

const MAX_CONNECTIONS = 4000;
const MIN_SEND_BUFFER_BYTES = 16_384;
const MAX_SEND_BUFFER_BYTES = 2 ** 30;
const MAX_MS = 2 ** 30;
const LINK_MODES: Readonly<Record<LinkMode, number>> = { auto: 0, 'direct-only': 1, 'relay-only': 2 };
const WHAT = 'new Device()';
const KEYS = [
  'deviceId',
  'deviceSecretKey',
  'endpoint',
  'clientId',
  'appId',
  'maxConnections',
  'maxSendBufferBytes',
  'connectTimeoutMs',
  'keepAliveMs',
  'silenceMs',
  'connectCache',
  'linkMode',
  'highWaterBytes',
  'logger',
] as const satisfies readonly (keyof DeviceOptions)[];

/** Options that are complete and valid. */
export interface CheckedOptions {
  readonly native: NativeStartOptions;
  readonly highWaterBytes: number | undefined;
  readonly logger: Logger | undefined;
}

/** Checks the options. Throws a TiRtcError that names the fault and never shows a secret. */
export function checkOptions(given: DeviceOptions, defaultEndpoint: string | undefined): CheckedOptions {
  refuseUnknownKeys(WHAT, given, KEYS);
  const deviceId = text('deviceId', given.deviceId, 63, false);
  const deviceSecretKey = text('deviceSecretKey', given.deviceSecretKey, 63, true);
  if (deviceId !== undefined && deviceSecretKey === undefined) {
    throw new TiRtcError({
      what: `${WHAT}: device ${JSON.stringify(deviceId)} has no deviceSecretKey`,
      number: ErrorCode.NO_SECRET_KEY,
      advice: 'give the secret that the service knows for this device id',
    });
  }
  const native = {
    endpoint: checkEndpoint(given.endpoint, defaultEndpoint),
    deviceId,
    deviceSecretKey,
    appId: text('appId', given.appId, 64, false),
    clientId: asciiText('clientId', given.clientId, 64),
    platform: 'node',
    maxConnections: integer('maxConnections', given.maxConnections, 1, MAX_CONNECTIONS),
    maxSendBufferBytes: integer(
      'maxSendBufferBytes',
      given.maxSendBufferBytes,
      MIN_SEND_BUFFER_BYTES,
      MAX_SEND_BUFFER_BYTES,
    ),
    connectTimeoutMs: integer('connectTimeoutMs', given.connectTimeoutMs, 1, MAX_MS),
    keepAliveMs: integer('keepAliveMs', given.keepAliveMs, 1, MAX_MS),
    silenceMs: integer('silenceMs', given.silenceMs, 1, MAX_MS),
    connectCache: flag('connectCache', given.connectCache, true),
    linkMode: LINK_MODES[checkLinkMode(given.linkMode)],
  };
  return {
    native,
    highWaterBytes: integer('highWaterBytes', given.highWaterBytes, 1, MAX_SEND_BUFFER_BYTES),
    logger: checkLogger(WHAT, given.logger),
  };
}

function checkEndpoint(given: string | undefined, fallback: string | undefined): string {
  const endpoint = given ?? (fallback === '' ? undefined : fallback);
  if (endpoint === undefined) {
    throw invalidParameter(
      `${WHAT}: neither the option "endpoint" nor the environment variable TIRTC_ENDPOINT is set`,
      'set one of them to the URL of the service, such as http://127.0.0.1:8080',
    );
  }
  const source = given === undefined ? 'TIRTC_ENDPOINT' : 'endpoint';
  if (typeof endpoint === 'string' && /[?#]|^[^/]*\/*[^/]*@/.test(endpoint)) {
    throw invalidParameter(
      `${WHAT}: ${source} has a user, a query or a fragment` /* not shown: it may hold a password or a key */,
      'give only scheme, host, port and path, such as http://127.0.0.1:8080/tirtc',
    );
  }
  if (typeof endpoint !== 'string' || !isEndpoint(endpoint) || !URL.canParse(endpoint)) {
    throw invalidParameter(
      `${WHAT}: ${source} is ${inspectForError(endpoint)}`,
      'give an http, https, ws or wss URL with a host, such as http://127.0.0.1:8080',
    );
  }
  return endpoint;
}

function text(key: string, value: string | undefined, maxBytes: number, secret: boolean): string | undefined {
  if (value === undefined) return undefined;
  const what = `${WHAT}: ${key} is ${secret ? 'invalid' : inspectForError(value)}`;
  if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > maxBytes) {
    throw invalidParameter(what, `give a string of 1 to ${maxBytes} bytes`);
  }
  if (hasControl(value)) throw invalidParameter(what, 'remove the control characters');
  return value;
}

function asciiText(key: string, value: string | undefined, maxBytes: number): string | undefined {
  const checked = text(key, value, maxBytes, false);
  if (checked !== undefined && /[^ -~]/.test(checked)) {
    throw invalidParameter(`${WHAT}: ${key} is ${inspectForError(checked)}`, 'give printable ASCII characters');
  }
  return checked;
}

function integer(key: string, value: number | undefined, min: number, max: number): number | undefined {
  return value === undefined ? undefined : checkInteger(`${WHAT}: ${key}`, value, min, max);
}

function checkLinkMode(value: LinkMode | undefined): LinkMode {
  if (value === undefined || Object.keys(LINK_MODES).includes(value)) return value ?? 'auto';
  throw invalidParameter(
    `${WHAT}: linkMode is ${inspectForError(value)}`,
    `use one of ${Object.keys(LINK_MODES).join(', ')}`,
  );
}

function flag(key: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalidParameter(`${WHAT}: ${key} is ${inspectForError(value)}`, 'give true or false');
  }
  return value ?? fallback;
}

function hasControl(value: string): boolean {
  return [...value].some((character) => character < ' ' || character === '\x7f');
}

/** Checks what connect() was given and returns the id of the device to call. */
export function checkTarget(target: ConnectTarget): string {
  checkWait('connect()', target, ['remoteId', 'token', 'timeoutMs', 'signal']);
  const { remoteId, token } = target;
  if (token !== undefined && (typeof token !== 'string' || token === '')) {
    throw invalidParameter('connect(): token must be a string that is not empty', 'give a token, or leave it out');
  }
  return checkRemoteId(remoteId).deviceId;
}

/** Returns the options without the secret, for a closed device. */
export function withoutSecret(options: CheckedOptions): CheckedOptions {
  return { ...options, native: { ...options.native, deviceSecretKey: undefined } };
}
