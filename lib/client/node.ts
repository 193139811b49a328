import type { ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import WebSocket from 'ws';
import { errorFromStatus } from '../errors/index.js';
import { ConnectionReporter, checkLogger } from '../observe/index.js';
import { CLIENT_TLS } from '../tls/index.js';
import { hostHeader, percentEncode, SUBPROTOCOL } from '../wire/index.js';
import { browserSockets } from './browser_socket.js';
import { BaseClient, connectOnce, type Platform } from './client.js';
import type { ClientConnection } from './client_connection.js';
import {
  brokenConnection,
  errorFromHandshake,
  type LinkRequest,
  type LinkSocket,
  type LinkSocketEvents,
} from './link_socket.js';
import type { ClientOptions, ConnectOptions } from './options.js';

/** Replaces TCP and the system's randomness under a client. */
export interface ClientNetwork {
  /** Returns a socket like one of `node:net`, with `bytesRead`; a failure is reported later. `key` is the random key that
   *  `ws` sends in its handshake. */
  connect(host: string, port: number, key: string): Duplex;
  randomBytes(size: number): Uint8Array;
}

interface SocketOptions {
  readonly network: ClientNetwork | undefined;
  readonly ca: string | undefined;
}

interface DrainRequest {
  readonly bytes: number;
  readonly callback: () => void;
}

class NodeLinkSocket implements LinkSocket {
  readonly #socket: WebSocket;
  #readSoFar = (): number => 0;
  #drainRequest: DrainRequest | undefined;
  #opened = false;
  #ended = false;

  constructor(request: LinkRequest, events: LinkSocketEvents, options: SocketOptions) {
    const { network, ca } = options;
    const host = new URL(request.url).host;
    this.#socket = new WebSocket(request.url, [SUBPROTOCOL], {
      headers: headersOf(request),
      maxPayload: request.maxMessageBytes,
      perMessageDeflate: false,
      followRedirects: false,
      ...(CLIENT_TLS as unknown as WebSocket.ClientOptions), // with the checkServerIdentity of node:tls, not of the types
      ...(network === undefined ? {} : optionsFor(network)),
      ...(ca === undefined ? {} : { ca }),
    });
    const end = (failure: Parameters<LinkSocketEvents['onEnd']>[0]): void => {
      if (this.#ended) return;
      this.#ended = true;
      events.onEnd(failure);
    };
    this.#socket
      .on('upgrade', (response) => {
        this.#readSoFar = () => response.socket.bytesRead;
      })
      .on('open', () => {
        this.#opened = true;
        if (!this.#ended) events.onOpen(this.#socket.protocol);
      })
      .on('message', (data: Buffer, isBinary) => {
        if (this.#ended) return;
        if (isBinary) events.onMessage(data);
        else events.onViolation('a text message');
      })
      .on('unexpected-response', (upgrade, response) => {
        const { statusCode = 0, headers } = response;
        upgrade.destroy();
        end(errorFromStatus(statusCode, `the upgrade at ${host}`, headers.location));
      })
      .on('error', (error) => {
        if (!this.#opened) end(errorFromHandshake(error, host));
        else if (isViolation(error)) events.onViolation(error.message);
        else end(brokenConnection(`the link to ${host} broke (${error.message})`, error));
      })
      .on('close', () => end(undefined));
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message, this.#sent);
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  whenBelow(bytes: number, callback: () => void): void {
    this.#drainRequest = { bytes, callback };
  }

  pause(isPaused: boolean): boolean {
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
    return true;
  }

  receivedBytes(): number {
    return this.#readSoFar();
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  close(code: number): void {
    this.#socket.resume(); // a paused reader must not delay the close
    this.#socket.close(code);
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.terminate();
  }

  readonly #sent = (): void => {
    const request = this.#drainRequest;
    if (request === undefined || this.#ended || this.bufferedBytes() > request.bytes) return;
    this.#drainRequest = undefined;
    request.callback();
  };
}

/** Returns whether `ws` reports that the other side broke the protocol. */
function isViolation(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('WS_ERR_');
}

function headersOf({ credential, appId, clientId, maxMessageBytes }: LinkRequest): Record<string, string> {
  return {
    Authorization: `${credential.scheme === 'bearer' ? 'Bearer' : 'Ticket'} ${credential.value}`,
    'X-Tg-Platform': 'node',
    'X-Tg-Max-Message-Bytes': String(maxMessageBytes),
    ...(appId === undefined ? {} : { 'X-Tg-App-Id': percentEncode(appId) }),
    ...(clientId === undefined ? {} : { 'X-Tg-Client-Id': percentEncode(clientId) }),
  };
}

function optionsFor(network: ClientNetwork): WebSocket.ClientOptions {
  const dial = ({ host, port, headers }: ClientRequestArgs): Duplex => {
    const { 'Sec-WebSocket-Key': key } = headers as Readonly<Record<string, string>>;
    return network.connect(host ?? '', Number(port), key ?? '');
  };
  return {
    // The types ask for a net.Socket; node:http takes any Duplex.
    createConnection: dial as unknown as NonNullable<WebSocket.ClientOptions['createConnection']>,
    generateMask: (mask) => mask.set(network.randomBytes(mask.length)),
  };
}

function platformOver(network?: ClientNetwork): Platform {
  return {
    /** Uses the WebSocket class of the options, else `ws`. */
    chooseSockets: ({ WebSocket: given, clock, ca }) =>
      given === undefined
        ? (request, events) => new NodeLinkSocket(request, events, { network, ca })
        : browserSockets(given, clock, ca),
    observe: ({ endpoint, logger }) => {
      const url = `${endpoint.secure ? 'https' : 'http'}://${hostHeader(endpoint)}${endpoint.prefix}`;
      return new ConnectionReporter({ endpoint: url }, checkLogger('a client', logger));
    },
  };
}

const node = platformOver();

/** Connect to a device. Resolves when commands and media can be sent; rejects with a TiRtcError that says why. */
export function connect(options: ConnectOptions): Promise<ClientConnection> {
  return connectOnce(options, node);
}

/** A client that keeps the tickets of the devices it has connected to. */
export class Client extends BaseClient {
  constructor(options: ClientOptions, network?: ClientNetwork) {
    super(options, network === undefined ? node : platformOver(network));
  }
}
