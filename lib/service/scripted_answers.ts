import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LinkName } from '../wire/index.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer to an upgrade instead of the normal one: an HTTP answer, a closed socket, or none at all. */
export type ScriptedAnswer = HttpAnswer | 'close' | 'hang';

const MAX_WAITING = 1000;

/** Answers that wait for the next upgrades of their link. */
export class ScriptedAnswers {
  readonly #waiting: Readonly<Record<LinkName, ScriptedAnswer[]>> = { start: [], connect: [], accept: [] };

  add(link: LinkName, answer: ScriptedAnswer): void {
    if (this.#waiting[link].length >= MAX_WAITING) throw new RangeError(`${MAX_WAITING} answers are waiting already`);
    this.#waiting[link].push(answer);
  }

  /** Remove and return the answer to the next upgrade of this link; undefined means the normal answer. */
  take(link: LinkName): ScriptedAnswer | undefined {
    return this.#waiting[link].shift();
  }
}

/** Answer an upgrade with a status instead of a link, and end its TCP connection. */
export function answerUpgrade(socket: Duplex, { status, headers = {}, body = '' }: HttpAnswer): void {
  const content = body === '' ? '' : `${body}\n`;
  const all: Readonly<Record<string, string>> = {
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(content)),
    ...(status === 426 ? { Upgrade: 'websocket' } : {}),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${head.join('')}\r\n${content}`);
}
