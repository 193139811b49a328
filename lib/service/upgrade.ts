import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import type { ByeName } from '../errors/index.js';
import type { Link } from './link.js';
import type { LinkRegistry } from './link_registry.js';
import type { Conclude } from './request_log.js';
import { answerUpgrade } from './scripted_answers.js';
import type { UpgradeRequest } from './upgrade_request.js';

/** An upgrade as `node:http` reports it, and the parts of the service that answer it. */
export interface UpgradeOptions {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that arrived after the head of the request. */
  readonly head: Buffer;
  readonly request: UpgradeRequest;
  readonly webSockets: WebSocketServer;
  readonly links: LinkRegistry;
  readonly conclude: Conclude;
  /** The address of a client that has only a share of the limits, else undefined. */
  readonly limitedAddress: string | undefined;
}

/** A well-formed upgrade request, and the ways to answer it. It is refused with an HTTP status, or accepted and then
 *  perhaps ended with a bye (docs/decisions/0001). */
export class Upgrade {
  readonly request: UpgradeRequest;
  /** Writes the outcome into the request log; a later outcome replaces an earlier one. */
  readonly conclude: Conclude;
  readonly limitedAddress: string | undefined;
  readonly #options: UpgradeOptions;
  #link: Link | undefined;

  constructor(options: UpgradeOptions) {
    this.request = options.request;
    this.conclude = options.conclude;
    this.limitedAddress = options.limitedAddress;
    this.#options = options;
  }

  /** Upgrade to a WebSocket and return its link. Returns undefined if ws refused the handshake, or the client closed its
   *  socket; that is the outcome then. */
  accept(): Link | undefined {
    const { webSockets, message, socket, head, links, request } = this.#options;
    webSockets.handleUpgrade(message, socket, head, (ws) => {
      socket.off('error', ignoreError);
      this.#link = links.open(request, ws, socket);
    });
    if (this.#link === undefined) {
      if (socket.destroyed) this.conclude('closed', 'the client closed its socket before the upgrade');
      else this.conclude('400', 'the header Sec-WebSocket-Protocol is malformed');
    }
    return this.#link;
  }

  /** Answer with an HTTP status instead of a link. */
  refuse(status: number, explanation: string): void {
    answerUpgrade(this.#options.socket, { status, body: explanation });
    this.conclude(String(status), explanation);
  }

  /** End the accepted link with a bye. `explanation` is logged; `text`, by default the same, is sent. */
  bye(reason: ByeName, explanation: string, text = explanation): void {
    this.conclude(`bye(${reason})`, explanation);
    this.#link?.bye(reason, text);
  }
}

/** Listens to the errors of a socket until ws does: a reset that no one listens to would end the process. */
export function ignoreError(): void {}
