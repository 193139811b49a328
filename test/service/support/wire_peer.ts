import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import { BYE_REASONS, type ByeName } from '../../../lib/errors/index.js';
import { CHANNEL_CONTROL, type Control, decodeControl } from '../../../lib/wire/index.js';

/** What a link received: a control message, a message of another channel, or its end. */
export type Arrival =
  | Control
  | { readonly type: 'message'; readonly bytes: Buffer }
  | { readonly type: 'closed'; readonly code: number };

export interface OpenOptions extends ClientOptions {
  readonly subprotocols?: readonly string[];
}

/** The peer of a link, which sends raw messages. */
export class WirePeer {
  readonly ws: WebSocket;
  readonly #arrived: Arrival[] = [];
  readonly #wanted: ((arrival: Arrival) => void)[] = [];

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (bytes: Buffer) => this.#take(read(bytes)));
    ws.on('close', (code) => this.#take({ type: 'closed', code }));
    ws.on('error', () => {});
  }

  /** Open a link. Rejects with `HTTP <status>` when it is refused. */
  static async open(url: string, options: OpenOptions = {}): Promise<WirePeer> {
    const { subprotocols = ['tirtc.v1'], ...rest } = options;
    const ws = new WebSocket(url, [...subprotocols], { perMessageDeflate: false, ...rest });
    const peer = new WirePeer(ws);
    const refused = once(ws, 'unexpected-response').then(([, response]) => {
      ws.terminate();
      throw new Error(`HTTP ${(response as IncomingMessage).statusCode}`);
    });
    await Promise.race([once(ws, 'open'), refused]);
    refused.catch(() => {});
    return peer;
  }

  /** Resolves with what arrives next. */
  next(): Promise<Arrival> {
    const arrival = this.#arrived.shift();
    if (arrival !== undefined) return Promise.resolve(arrival);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }

  /** Resolves with the next control message, which must be of this type. */
  async nextControl<Type extends Control['type']>(type: Type): Promise<Extract<Control, { type: Type }>> {
    const arrival = await this.next();
    if (arrival.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(arrival)}`);
    return arrival as Extract<Control, { type: Type }>;
  }

  /** Resolves with the reason of the next message, which must be a bye. */
  async nextBye(): Promise<ByeName> {
    const { reason } = await this.nextControl('bye');
    return (Object.keys(BYE_REASONS) as ByeName[]).find((name) => BYE_REASONS[name] === reason) ?? 'other';
  }

  async nextMessage(): Promise<Buffer> {
    const arrival = await this.next();
    if (arrival.type !== 'message') throw new Error(`expected a message, got ${JSON.stringify(arrival)}`);
    return arrival.bytes;
  }

  async nextClosed(): Promise<number> {
    const arrival = await this.next();
    if (arrival.type !== 'closed') throw new Error(`expected the end, got ${JSON.stringify(arrival)}`);
    return arrival.code;
  }

  #take(arrival: Arrival | undefined): void {
    if (arrival === undefined) return;
    const wanted = this.#wanted.shift();
    if (wanted === undefined) this.#arrived.push(arrival);
    else wanted(arrival);
  }
}

function read(bytes: Buffer): Arrival | undefined {
  return bytes[0] === CHANNEL_CONTROL ? decodeControl(bytes.subarray(1)) : { type: 'message', bytes };
}
