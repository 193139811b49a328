import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { inspectForError, invalidParameter } from '../errors/index.js';

/** Who may send plain HTTP requests (docs/decisions/0022-who-may-send-requests.md). */
export interface HttpAccessRules {
  /** The address that the server listens at. Its name is allowed in `Host`. */
  readonly host: string;
  /** Further names that are allowed in `Host`. IP addresses and `localhost` always are. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Origins of other sites whose web pages may send requests, `null`, or `*` for all. */
  readonly cors?: readonly string[] | undefined;
  /** The methods that web pages may use, as in `Access-Control-Allow-Methods`. */
  readonly methods: string;
}

/** What to do with a request, and the headers that its answer needs in each case. */
export type HttpVerdict = { readonly headers: Readonly<Record<string, string>> } & (
  | { readonly kind: 'allowed' }
  /** Answer with 204. */
  | { readonly kind: 'preflight' }
  /** Answer with 403 and the explanation. */
  | { readonly kind: 'refused'; readonly reason: 'host' | 'origin'; readonly explanation: string }
);

const PREFLIGHT_SECONDS = 600;

/** Keeps web pages of other sites away from the plain HTTP of a server (Fetch standard, "CORS protocol"; RFC 6454). */
export class HttpAccess {
  readonly #names: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #methods: string;

  /** Throws INVALID_PARAMETER for an entry of `allowHosts` or `cors` that is malformed. */
  constructor({ host, allowHosts = [], cors = [], methods }: HttpAccessRules) {
    this.#names = new Set(['localhost', host.toLowerCase(), ...listed('allowHosts', allowHosts).map(checkedName)]);
    this.#origins = new Set(listed('cors', cors).map(checkedOrigin));
    this.#methods = methods;
  }

  check(request: IncomingMessage): HttpVerdict {
    const { host = '', origin } = request.headers;
    const vary = this.#origins.size > 0 ? { Vary: 'Origin' } : {};
    const refuse = (reason: 'host' | 'origin', explanation: string) =>
      ({ kind: 'refused', reason, explanation, headers: vary }) as const;
    if (!this.#isAllowedHost(host)) return refuse('host', explainHost(host));
    if (origin === undefined || origin === ownOrigin(request, host)) return { kind: 'allowed', headers: vary };
    const allowed = ['*', origin].find((entry) => this.#origins.has(entry));
    if (allowed === undefined) return refuse('origin', explainOrigin(origin));
    const headers = { 'Access-Control-Allow-Origin': allowed, ...vary };
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    return isPreflight
      ? { kind: 'preflight', headers: { ...headers, ...this.#grants() } }
      : { kind: 'allowed', headers };
  }

  #grants(): Readonly<Record<string, string>> {
    return {
      'Access-Control-Allow-Methods': this.#methods,
      'Access-Control-Allow-Headers': 'Authorization, Content-Type',
      'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    };
  }

  /** A page that an attacker's name was rebound for still sends that name, so an address or a known name is safe. */
  #isAllowedHost(host: string): boolean {
    const [, bracketed, name = ''] = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host) ?? [];
    if (bracketed !== undefined) return isIPv6(bracketed);
    const plain = name.toLowerCase().replace(/\.$/, '');
    return isIPv4(plain) || this.#names.has(plain);
  }
}

/** Returns the origin of a page that this server itself would serve. */
function ownOrigin({ socket }: IncomingMessage, host: string): string | undefined {
  const url = `${'encrypted' in socket ? 'https' : 'http'}://${host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

function explainHost(host: string): string {
  const what = `the header Host is ${inspectForError(host)}, which is not an IP address, localhost or an allowed name`;
  return `${what}: use one of these, or allow the name with --allow-host NAME (option allowHosts)`;
}

function explainOrigin(origin: string): string {
  const what = `a web page of another origin, ${inspectForError(origin)}, sent the request`;
  return `${what}: if it is yours, allow it with --cors ORIGIN (option cors)`;
}

function listed(option: string, given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given;
  throw invalidParameter(`the option ${option} is ${inspectForError(given)}`, 'give a list of strings');
}

function checkedName(name: unknown): string {
  const isName = typeof name === 'string' && /^[^\s:/?#@[\]%*]+$/.test(name);
  const ascii = isName ? domainToASCII(name).replace(/\.$/, '') : '';
  if (ascii !== '') return ascii;
  const advice = 'write a name like tirtc.test, without scheme, port or wildcard; IP addresses are always allowed';
  throw invalidParameter(`the allowed host ${inspectForError(name)} is not a host name`, advice);
}

function checkedOrigin(origin: unknown): string {
  if (origin === '*' || origin === 'null') return origin;
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined;
  const isOrigin =
    url !== undefined && url.host !== '' && url.href.replace(/\/$/, '') === `${url.protocol}//${url.host}`;
  if (isOrigin) return `${url.protocol}//${url.host}`;
  const advice = 'write scheme, host and port, as in http://localhost:5173';
  throw invalidParameter(`the CORS origin ${inspectForError(origin)} is not an origin`, advice);
}
