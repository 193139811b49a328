import { WireError } from './protocol.js';
import { percentEncode } from './url_encoding.js';

const MAX_URL_BYTES = 512;
const MAX_HOST_BYTES = 253;
const MAX_PORT = 65535;

/** The parts of an endpoint (docs/wire.md section 1; the same rules as native/wire/url.h). */
export interface Endpoint {
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly hostIsIpv6: boolean;
  readonly port: number;
  /** The URL names no port, so `Host` has none. */
  readonly defaultPort: boolean;
  /** The path without trailing slashes: `` or `/a/b`. */
  readonly prefix: string;
}

export type LinkName = 'start' | 'connect' | 'accept';

const EXPECTED = 'use http(s):// or ws(s)://, host[:port] and an optional path, without user, query or fragment';

function refuse(problem: string): never {
  throw new WireError(`${problem}: ${EXPECTED}`);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

function isVisibleAscii(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

function readPort(text: string, secure: boolean): Pick<Endpoint, 'port' | 'defaultPort'> {
  if (text === '') return { port: secure ? 443 : 80, defaultPort: true };
  const port = /^:\d+$/.test(text) ? Number(text.slice(1)) : 0;
  if (port < 1 || port > MAX_PORT) refuse(`the port "${text}" is not a number from 1 to ${MAX_PORT}`);
  return { port, defaultPort: false };
}

/** Parses an endpoint URL. Throws a WireError that says what is wrong with it. */
export function parseEndpoint(url: string): Endpoint {
  if (utf8Length(url) > MAX_URL_BYTES) refuse(`the endpoint is longer than ${MAX_URL_BYTES} bytes`);
  const scheme = /^(http|https|ws|wss):\/\//i.exec(url);
  if (scheme === null) refuse('the endpoint has no valid scheme');
  if (/[?#]/.test(url)) refuse('the endpoint has a query or fragment');
  const secure = /^(https|wss):/i.test(scheme[0]);
  const rest = url.slice(scheme[0].length);
  const pathAt = rest.indexOf('/') < 0 ? rest.length : rest.indexOf('/');
  const path = rest.slice(pathAt);
  if (!isVisibleAscii(path)) refuse('the path of the endpoint has a character that must be percent-encoded');

  const authority = rest.slice(0, pathAt);
  if (authority.includes('@'))
    refuse('the endpoint names a user'); /* the text may hold a password, so it is not quoted */
  const hostIsIpv6 = authority.startsWith('[');
  const parts = hostIsIpv6 ? /^\[([0-9A-Fa-f.:]*)\](.*)$/s.exec(authority) : /^([^:]*)(.*)$/s.exec(authority);
  const [, host = '', portText = ''] = parts ?? [];
  const hostIsGood = hostIsIpv6 ? host.includes(':') : host !== '' && !/["#%/:<>?@[\\\]^`{|}]/.test(host);
  if (!hostIsGood || !isVisibleAscii(host) || host.length > MAX_HOST_BYTES) refuse('the endpoint has no valid host');
  return { secure, host, hostIsIpv6, ...readPort(portText, secure), prefix: path.replace(/\/+$/, '') };
}

/** Returns the value of `Host`: with brackets for IPv6, without a port when the URL has none. */
export function hostHeader(endpoint: Endpoint): string {
  const host = endpoint.hostIsIpv6 ? `[${endpoint.host}]` : endpoint.host;
  return endpoint.defaultPort ? host : `${host}:${endpoint.port}`;
}

/** Returns the request target of a link. `peer` is for `connect`. */
export function linkTarget(endpoint: Endpoint, link: LinkName, peer?: RemoteId): string {
  const suffix = peer === undefined || peer.suffix === '' ? '' : `&peer_suffix=${percentEncode(peer.suffix)}`;
  const query = peer === undefined ? '' : `?peer_id=${percentEncode(peer.deviceId)}${suffix}`;
  return `${endpoint.prefix}/v1/${link}${query}`;
}

/** Returns the URL for a WebSocket. */
export function linkUrl(endpoint: Endpoint, link: LinkName, peer?: RemoteId): string {
  return `${endpoint.secure ? 'wss' : 'ws'}://${hostHeader(endpoint)}${linkTarget(endpoint, link, peer)}`;
}

/** The most bytes of the suffix of a remote id. */
export const MAX_SUFFIX_BYTES = 255;

/** What a client connects to. */
export interface RemoteId {
  readonly deviceId: string;
  /** What follows the id in `whip://id?…` or `whip://id/…`, from the ? or / on; else empty. */
  readonly suffix: string;
}

/** Splits `id`, `device://id`, `whip://id` or `whips://id`. After whip(s):// the id ends at ? or /. Nothing is checked. */
export function splitRemoteId(remoteId: string): RemoteId {
  const [, whip, rest = ''] = /^(whips?:\/\/)?(?:device:\/\/)?(.*)$/s.exec(remoteId) ?? [];
  const end = whip === undefined ? -1 : rest.search(/[?/]/);
  return end < 0 ? { deviceId: rest, suffix: '' } : { deviceId: rest.slice(0, end), suffix: rest.slice(end) };
}

/** Returns the id of the device that a remote id names. */
export function bareRemoteId(remoteId: string): string {
  // Most ids have no scheme, and tokens are verified often.
  return remoteId.includes('://') ? splitRemoteId(remoteId).deviceId : remoteId;
}
