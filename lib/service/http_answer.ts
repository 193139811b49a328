import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
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
