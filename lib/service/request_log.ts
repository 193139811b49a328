import type { IncomingMessage } from 'node:http';
import { redactTokens } from '../errors/index.js';
import type { LinkName } from '../wire/index.js';
import type { ClientAddresses } from './client_addresses.js';
import type { ServiceMetrics } from './service_metrics.js';

/** A request that the service received, without credentials. */
export interface LoggedRequest {
  /** Counts up from 1. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly link: LinkName | 'none';
  /** The IP address of the client; that of its proxy if the proxy is not trusted. Empty if the network has no addresses. */
  readonly clientAddress: string;
  readonly method: string;
  /** Path and query, without the values of all parameters except `peer_id` and `peer_suffix`. */
  readonly target: string;
  /** The headers that cannot hold a credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** The outcome so far: `waiting`, `started`, `ready`, `403`, `bye(token_expired)`, `scripted`, and so on. */
  readonly outcome: string;
  /** The reason, if the request failed. */
  readonly explanation: string;
}

/** Sets the outcome of a request. */
export type Conclude = (outcome: string, explanation?: string) => void;

const SHOWN_HEADERS = [
  'host',
  'origin',
  'user-agent',
  'upgrade',
  'x-tg-device-id',
  'x-tg-platform',
  'x-tg-sdk-version',
  'x-tg-app-id',
  'x-tg-client-id',
  'x-tg-start-id',
];
const MAX_SHOWN_CHARACTERS = 256;

/** The last requests, oldest first. */
export class RequestLog {
  readonly #limit: number;
  readonly #requests = new Map<number, LoggedRequest>();
  readonly #metrics: ServiceMetrics;
  readonly #addresses: ClientAddresses;
  #count = 0;

  /** Keeps `limit` requests, and counts the outcomes of all in `metrics`. */
  constructor(limit: number, metrics: ServiceMetrics, addresses: ClientAddresses) {
    this.#limit = limit;
    this.#metrics = metrics;
    this.#addresses = addresses;
  }

  list(): readonly LoggedRequest[] {
    return [...this.#requests.values()];
  }

  add(request: IncomingMessage, link: LinkName | 'none', atMs: number): Conclude {
    const number = ++this.#count;
    this.#requests.set(number, {
      number,
      atMs,
      link,
      clientAddress: this.#addresses.ofRequest(request) ?? '',
      method: request.method ?? '',
      target: redactTarget(request.url ?? ''),
      headers: shownHeaders(request),
      outcome: 'waiting',
      explanation: '',
    });
    this.#requests.delete(number - this.#limit);
    return (outcome, explanation = '') => {
      this.#metrics.countRequest(link, outcome);
      const logged = this.#requests.get(number);
      if (logged !== undefined) this.#requests.set(number, { ...logged, outcome, explanation });
    };
  }
}

/** Removes credentials that were put into the wrong place of a URL. */
function redactTarget(target: string): string {
  const [path = '', query] = target.split('?', 2);
  if (query === undefined) return shorten(path);
  const pairs = query.split('&').map((pair) => (/^peer_(id|suffix)=/.test(pair) ? pair : `${pair.split('=', 1)[0]}=…`));
  return shorten(`${path}?${pairs.join('&')}`);
}

function shownHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const given = SHOWN_HEADERS.filter((name) => headers[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, shorten(String(headers[name]))]));
}

function shorten(text: string): string {
  const shown = redactTokens(text);
  return shown.length <= MAX_SHOWN_CHARACTERS ? shown : `${shown.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}
