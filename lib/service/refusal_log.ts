import type { IncomingMessage } from 'node:http';

/** A request that was refused before anything looked at its content. */
export interface RequestRefusal {
  /** The IP address of the client. */
  readonly address: string;
  /** `host` and `origin`: a web page of another site may have sent it. `not_a_link`: it is not the WebSocket that its path
   *  is for. `no_route`: its method and path have no route. */
  readonly reason: 'host' | 'origin' | 'not_a_link' | 'no_route';
  readonly detail: string;
}

const MAX_REMEMBERED = 1000;

/** Reports refused requests, for each client and reason only the first one as far as is remembered. */
export class RefusalLog {
  readonly #report: (refusal: RequestRefusal) => void;
  readonly #addressOf: (request: IncomingMessage) => string | undefined;
  readonly #known = new Set<string>();

  /** `addressOf` returns the address of the client that sent a request. */
  constructor(
    report: (refusal: RequestRefusal) => void,
    addressOf: (request: IncomingMessage) => string | undefined = ({ socket }) => socket.remoteAddress,
  ) {
    this.#report = report;
    this.#addressOf = addressOf;
  }

  add(request: IncomingMessage, reason: RequestRefusal['reason'], detail: string): void {
    const address = this.#addressOf(request) ?? 'an unknown address';
    const key = `${reason} ${address}`;
    if (this.#known.has(key)) return;
    const [oldest] = this.#known;
    if (oldest !== undefined && this.#known.size >= MAX_REMEMBERED) this.#known.delete(oldest);
    this.#known.add(key);
    this.#report({ address, reason, detail });
  }
}
