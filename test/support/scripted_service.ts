import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { encodeControl, type Limits, SUBPROTOCOL } from '../../lib/wire/index.js';

export const LIMITS: Limits = { keepAliveMs: 4000, silenceMs: 12_000, maxMessageBytes: 4 * 1024 * 1024 };

/** A `ready` message for a client. */
export function readyMessage(limits: Partial<Limits> = {}, ticket?: Uint8Array): Uint8Array {
  const ready = {
    type: 'ready',
    ...LIMITS,
    ...limits,
    ticketLifetimeSeconds: ticket === undefined ? 0 : 3600,
  } as const;
  return encodeControl(ticket === undefined ? ready : { ...ready, ticket });
}

/** The service's side of one link. */
export class ScriptedLink {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly #messages: Uint8Array[] = [];
  readonly #waiting: ((message: Uint8Array) => void)[] = [];
  readonly closed: Promise<number>;

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.socket = socket;
    this.request = request;
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.on('message', (data: RawData) => {
      const message = Uint8Array.from(data as Buffer);
      const next = this.#waiting.shift();
      if (next === undefined) this.#messages.push(message);
      else next(message);
    });
  }

  /** The next message of the client. */
  next(): Promise<Uint8Array> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  send(...messages: Uint8Array[]): void {
    for (const message of messages) this.socket.send(message);
  }
}

export interface ScriptedService {
  readonly endpoint: string;
  readonly links: readonly ScriptedLink[];
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts a service that runs `onLink` for each link, until the test ends. */
export async function scriptedService(
  onLink: (link: ScriptedLink) => void,
  protocol: string | false = SUBPROTOCOL,
): Promise<ScriptedService> {
  const server = createServer();
  const links: ScriptedLink[] = [];
  const webSockets = new WebSocketServer({ server, handleProtocols: () => protocol });
  webSockets.on('connection', (socket, request) => {
    const link = new ScriptedLink(socket, request);
    links.push(link);
    onLink(link);
  });
  return { endpoint: await listen(server), links };
}

/** Starts a server that answers every upgrade with these raw bytes, or with undefined never answers. */
export async function rawServer(answer: string | undefined): Promise<string> {
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    if (answer !== undefined) socket.end(answer);
  });
  return await listen(server);
}
