import { createHash, randomFillSync } from 'node:crypto';
import { backgroundClock, checkInteger } from '../base/index.js';
import { inspectForError, invalidParameter, refuseUnknownKeys } from '../errors/index.js';
import { checkLogger } from '../observe/index.js';
import { pooledRandomBytes } from '../token/index.js';
import type { Logger, WallClock } from '../types/index.js';
import { DEFAULT_MAX_MESSAGE_BYTES, MAX_DEVICE_ID_BYTES, MIN_MAX_MESSAGE_BYTES } from '../wire/index.js';
import type { ServiceNetwork } from './network.js';
import type { SecretSource } from './secret_keys.js';
import type { ServiceStore } from './store/store.js';

/** The key and certificate of a service, both in PEM. Intermediate certificates may follow the first one in `cert`. */
export interface ServiceTls {
  readonly key: string | Uint8Array;
  readonly cert: string | Uint8Array;
}

/** The options of a SimulatedService. All have defaults; starts and connects succeed only for the given devices and apps. */
export interface SimulatedServiceOptions {
  /** TCP port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen at. Default 127.0.0.1. */
  readonly host?: string;
  /** Names that plain HTTP requests may use for the service, besides `localhost`, `host` and all IP addresses. */
  readonly allowHosts?: readonly string[];
  /** Origins of web pages that may send plain HTTP requests, like `http://localhost:5173`; `*` for all. Default none. */
  readonly cors?: readonly string[];
  /** IP addresses and ranges of proxies, like `10.0.0.0/8`, which may name the addresses of their clients. Loopback addresses
   *  always may. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Path before `/v1/...`, like `/tirtc`. Default none. */
  readonly pathPrefix?: string;
  /** Key and certificate for an `https://` endpoint. */
  readonly tls?: ServiceTls;
  /** Device id to device secret key: an object, or a function that looks an id up and returns its secret key, undefined for
   *  an unknown id, or a promise. At most 64 look-ups run at once. */
  readonly devices?: SecretSource;
  /** Access id to secret key, likewise. */
  readonly apps?: SecretSource;
  /** Where used tokens, tickets and what setDevice() and setApp() registered are kept: in memory by default, in the SQLite
   *  file of this name, or in a store that you opened and that you close. */
  readonly store?: string | ServiceStore;
  /** Makes challenges, keys and tickets the same in each run. */
  readonly seed?: number | string;
  readonly clock?: WallClock;
  /** The network to listen on instead of TCP. */
  readonly network?: ServiceNetwork;
  /** Receives the events: pino, `console`, or an object with the same four methods. */
  readonly logger?: Logger;
  /** Whether a token opens one connection, or any number of them until it expires. Default `once`. */
  readonly tokenUse?: 'once' | 'until-expiry';
  /** Lifetime of a ticket. Default 3600. */
  readonly ticketLifetimeSeconds?: number;
  /** Largest message of a connection, channel byte included. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Ping interval of connections. Default 4000. */
  readonly keepAliveMs?: number;
  /** A link of a connection is ended when it was silent this long. Default 12000. */
  readonly silenceMs?: number;
  /** Ping interval of start links. Default 25000. */
  readonly startKeepAliveMs?: number;
  /** A start link is ended when it was silent this long. Default 60000. */
  readonly startSilenceMs?: number;
  /** Time for a plain request or upgrade to arrive, and for a TLS handshake. Default 10000. */
  readonly requestTimeoutMs?: number;
  /** Time for a device to prove itself. Default 10000. */
  readonly proofTimeoutMs?: number;
  /** Time for a device to accept a connection. Default 10000. */
  readonly acceptTimeoutMs?: number;
  /** Time for the other end to close a link after a bye. Default 5000. */
  readonly closeTimeoutMs?: number;
  /** Most start links without a proof at a time; further starts are answered with 503. While three quarters are taken, one
   *  network may have no more than a sixty-fourth. Default 4096. */
  readonly maxUnprovenLinks?: number;
  /** Most connections, waiting ones included; further ones are refused with `full`. Default 10000. */
  readonly maxConnections?: number;
  /** Most TCP connections, with the same share of one network. Default 60000. */
  readonly maxSockets?: number;
  /** Most bytes that wait for one reader; beyond this, the service stops reading from its writer. Default 1 MiB. */
  readonly maxQueuedBytes?: number;
  /** Number of requests that requestLog() keeps. Default 1000. */
  readonly maxSeen?: number;
}

export type ServiceSettings = Required<
  Omit<SimulatedServiceOptions, 'seed' | 'network' | 'logger' | 'tls' | 'store'>
> & {
  readonly tls: ServiceTls | undefined;
  readonly network: ServiceNetwork | undefined;
  readonly logger: Logger | undefined;
};

interface Range {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const HOUR_MS = 3_600_000;
const MANY = 1_000_000;

const NUMBERS = {
  port: { default: 0, min: 0, max: 65_535 },
  ticketLifetimeSeconds: { default: 3600, min: 1, max: 604_800 },
  maxMessageBytes: { default: DEFAULT_MAX_MESSAGE_BYTES, min: MIN_MAX_MESSAGE_BYTES, max: 64 * 1024 * 1024 },
  keepAliveMs: { default: 4000, min: 1, max: HOUR_MS },
  silenceMs: { default: 12_000, min: 1, max: HOUR_MS },
  startKeepAliveMs: { default: 25_000, min: 1, max: HOUR_MS },
  startSilenceMs: { default: 60_000, min: 1, max: HOUR_MS },
  requestTimeoutMs: { default: 10_000, min: 1, max: HOUR_MS },
  proofTimeoutMs: { default: 10_000, min: 1, max: HOUR_MS },
  acceptTimeoutMs: { default: 10_000, min: 1, max: HOUR_MS },
  closeTimeoutMs: { default: 5000, min: 1, max: HOUR_MS },
  maxUnprovenLinks: { default: 4096, min: 1, max: MANY },
  maxConnections: { default: 10_000, min: 1, max: MANY },
  maxSockets: { default: 60_000, min: 1, max: MANY },
  maxQueuedBytes: { default: 1024 * 1024, min: 1, max: 64 * 1024 * 1024 },
  maxSeen: { default: 1000, min: 1, max: MANY },
} as const satisfies Partial<Record<keyof SimulatedServiceOptions, Range>>;

type NumberName = keyof typeof NUMBERS;

const OTHERS = [
  'host',
  'allowHosts',
  'cors',
  'trustedProxies',
  'pathPrefix',
  'tls',
  'devices',
  'apps',
  'store',
  'seed',
  'clock',
  'network',
  'logger',
  'tokenUse',
] as const satisfies readonly Exclude<keyof SimulatedServiceOptions, NumberName>[];

/** The names of all options. */
export const SERVICE_OPTION_NAMES: readonly string[] = [...OTHERS, ...Object.keys(NUMBERS)];

/** Check the options and add the defaults. Throws a TiRtcError that names the option at fault. */
export function serviceSettings(options: SimulatedServiceOptions): ServiceSettings {
  refuseUnknownKeys('SimulatedService', options, SERVICE_OPTION_NAMES);
  const {
    host = '127.0.0.1',
    allowHosts = [],
    cors = [],
    trustedProxies = [],
    tokenUse = 'once',
    devices = {},
    apps = {},
    network,
  } = options;
  if (typeof host !== 'string' || host === '') {
    throw invalidParameter('the option host is empty', 'leave it out for 127.0.0.1');
  }
  if (tokenUse !== 'once' && tokenUse !== 'until-expiry') {
    throw invalidParameter(`the option tokenUse is ${inspectForError(tokenUse)}`, 'use "once" or "until-expiry"');
  }
  for (const [id, secret] of secretsOf('devices', devices)) checkDevice(id, secret);
  for (const [id, secret] of secretsOf('apps', apps)) checkApp(id, secret);
  const numbers = Object.fromEntries(
    (Object.keys(NUMBERS) as NumberName[]).map((name) => [name, checkedNumber(name, options[name])]),
  ) as Record<NumberName, number>;
  return {
    host,
    allowHosts,
    cors,
    trustedProxies,
    tokenUse,
    devices,
    apps,
    network,
    pathPrefix: checkedPrefix(options.pathPrefix ?? ''),
    tls: checkTlsOption(options.tls, network),
    clock: options.clock ?? backgroundClock,
    logger: checkLogger('SimulatedService', options.logger),
    ...numbers,
  };
}

export const TLS_ADVICE = 'give a key and its certificate, both in PEM';

function checkTlsOption(tls: ServiceTls | undefined, network: ServiceNetwork | undefined): ServiceTls | undefined {
  if (tls === undefined) return undefined;
  checkTls(tls);
  if (network !== undefined) throw invalidParameter('the options tls and network exclude each other', 'leave one out');
  return tls;
}

/** Check the form of a key and its certificate. The key is never part of an error. */
export function checkTls(tls: ServiceTls): void {
  if (typeof tls !== 'object' || tls === null) throw invalidParameter(`the option tls is ${tls}`, TLS_ADVICE);
  refuseUnknownKeys('the option tls of SimulatedService', tls, ['key', 'cert']);
  for (const name of ['key', 'cert'] as const) {
    const value: unknown = tls[name];
    if ((typeof value === 'string' || value instanceof Uint8Array) && value.length > 0) continue;
    throw invalidParameter(`the option tls has no ${name}`, TLS_ADVICE);
  }
}

/** Returns the ids and secrets. Throws for a Map or a list, which would be an object without ids. */
function secretsOf(name: string, given: SecretSource): readonly [string, string][] {
  if (typeof given === 'function') return [];
  const isObject = typeof given === 'object' && given !== null;
  if (isObject && !(Symbol.iterator in given)) return Object.entries(given);
  const what = isObject ? 'a Map or a list' : given === null ? 'null' : typeof given;
  throw invalidParameter(`the option ${name} is ${what}`, 'give an object of ids and secrets, as { "camera-1": "…" }');
}

function checkedNumber(name: NumberName, given: number | undefined): number {
  const { default: preset, min, max } = NUMBERS[name];
  return checkInteger(`the option ${name}`, given ?? preset, min, max, `use a whole number from ${min} to ${max}`);
}

function checkedPrefix(prefix: string): string {
  const trimmed = prefix.replace(/\/+$/, '');
  if (trimmed === '' || /^(\/[A-Za-z0-9._~-]+)+$/.test(trimmed)) return trimmed;
  throw invalidParameter(`the option pathPrefix is ${inspectForError(prefix)}`, 'use a path like "/tirtc" or "/a/b"');
}

const MAX_DEVICE_SECRET_BYTES = 63;

/** Check a device id and its secret key against the limits of the SDK. The secret is never part of an error. */
export function checkDevice(id: string, secret: string): void {
  const idBytes = Buffer.byteLength(id);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the check is for control characters
  if (idBytes < 1 || idBytes > MAX_DEVICE_ID_BYTES || /[\0-\x1f\x7f]/.test(id)) {
    throw invalidParameter(
      `the device id ${inspectForError(id)} cannot be used`,
      `use 1 to ${MAX_DEVICE_ID_BYTES} bytes without control characters`,
    );
  }
  const secretBytes = typeof secret === 'string' ? Buffer.byteLength(secret) : 0;
  if (secretBytes >= 1 && secretBytes <= MAX_DEVICE_SECRET_BYTES) return;
  throw invalidParameter(
    `the secret key of the device ${JSON.stringify(id)} cannot be used`,
    `use a string of 1 to ${MAX_DEVICE_SECRET_BYTES} bytes`,
  );
}

/** Check an access id and its secret key. */
export function checkApp(id: string, secret: string): void {
  if (id === '') throw invalidParameter('an access id is empty', 'give each app an id');
  if (typeof secret === 'string' && secret !== '') return;
  throw invalidParameter(
    `the secret key of the access id ${inspectForError(id)} cannot be used`,
    'use a string that is not empty',
  );
}

/** Returns this many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** Make a source of secure random bytes; or, with a seed, of the same bytes in each run, which are for tests only. */
export function randomSource(seed?: number | string): RandomBytes {
  if (seed === undefined) return pooledRandomBytes(randomFillSync);
  let counter = 0;
  return (size) => {
    const blocks: Buffer[] = [];
    for (let filled = 0; filled < size; filled += 32) {
      blocks.push(
        createHash('sha256')
          .update(`${typeof seed} ${seed} ${counter++}`)
          .digest(),
      );
    }
    return Buffer.concat(blocks, size);
  };
}
