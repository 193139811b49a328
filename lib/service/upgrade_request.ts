import type { IncomingMessage } from 'node:http';
import {
  ACCEPT_KEY_BYTES,
  BEARER_SUBPROTOCOL_PREFIX,
  bareRemoteId,
  base64UrlDecode,
  type LinkName,
  MAC_BYTES,
  MIN_MAX_MESSAGE_BYTES,
  percentDecode,
  START_ID_BYTES,
  SUBPROTOCOL,
  TICKET_BYTES,
  TICKET_SUBPROTOCOL_PREFIX,
  WireError,
} from '../wire/index.js';

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'ticket'; readonly ticket: Uint8Array };

/** What a device or client asks for when it opens a link, docs/wire.md section 1. */
export type UpgradeRequest = StartRequest | ConnectRequest | AcceptRequest;

export interface StartRequest {
  readonly link: 'start';
  readonly deviceId: string;
  /** base64url, or undefined when the device sends none. */
  readonly startId: string | undefined;
  readonly clientId: string;
  readonly appId: string;
  /** As sent. */
  readonly target: string;
  readonly host: string;
}

export interface ConnectRequest {
  readonly link: 'connect';
  /** Without `device://`. */
  readonly peerId: string;
  readonly credential: Credential;
  /** The largest message the client takes, as far as it says so. */
  readonly maxMessageBytes: number;
}

export interface AcceptRequest {
  readonly link: 'accept';
  readonly deviceId: string;
  readonly key: Uint8Array;
  readonly mac: Uint8Array;
  /** The largest message the device takes, as far as it says so. */
  readonly maxMessageBytes: number;
}

/** The device that asks, or is asked for. */
export function deviceOf(request: UpgradeRequest): string {
  return request.link === 'connect' ? request.peerId : request.deviceId;
}

/** It is told as u32. */
const MAX_MESSAGE_LIMIT_BYTES = 0xffff_ffff;

/** A request that is answered with an HTTP status instead of a link. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const LINKS: readonly LinkName[] = ['start', 'connect', 'accept'];

/** Which link a request target names, whatever its query. */
export function linkOfTarget(target: string, pathPrefix: string): LinkName | undefined {
  const path = target.split('?', 1)[0];
  return LINKS.find((link) => path === `${pathPrefix}/v1/${link}`);
}

/** Why a path is not found, and what would be. */
export function explainPath(target: string, pathPrefix: string): string {
  const path = target.split('?', 1)[0] ?? '';
  const known = LINKS.map((link) => `${pathPrefix}/v1/${link}`).join(', ');
  const named = LINKS.find((link) => path.endsWith(`/${link}`));
  const hint = named === undefined ? '' : `; did you mean ${pathPrefix}/v1/${named}? Check the path of the endpoint`;
  return `nothing is served at this path: a link is one of ${known}${hint}`;
}

/** Read an upgrade request. Returns an HttpRefusal when it is malformed. */
export function readUpgrade(request: IncomingMessage, pathPrefix: string): UpgradeRequest | HttpRefusal {
  const target = request.url ?? '';
  const link = linkOfTarget(target, pathPrefix);
  if (link === undefined) return new HttpRefusal(404, explainPath(target, pathPrefix));
  const subprotocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  if (!isWebSocketUpgrade(request) || !subprotocols.includes(SUBPROTOCOL)) {
    return new HttpRefusal(426, `${target.split('?', 1)[0]} is for WebSockets with the subprotocol ${SUBPROTOCOL}`);
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(request.headers['sec-websocket-key'] ?? '')) {
    return new HttpRefusal(400, 'the header Sec-WebSocket-Key is missing or malformed');
  }
  try {
    if (link === 'start') return readStart(request, target);
    return link === 'connect' ? readConnect(request, target, subprotocols) : readAccept(request);
  } catch (error) {
    if (error instanceof HttpRefusal) return error;
    if (error instanceof WireError) return new HttpRefusal(400, error.message);
    throw error;
  }
}

function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-version'] === '13'
  );
}

function readStart(request: IncomingMessage, target: string): StartRequest {
  if (target.includes('?')) throw new HttpRefusal(400, 'a start takes no query');
  const startId = header(request, 'x-tg-start-id');
  if (startId !== '') fixedBytes(startId, START_ID_BYTES, 'X-Tg-Start-Id');
  return {
    link: 'start',
    deviceId: neededHeader(request, 'x-tg-device-id'),
    startId: startId === '' ? undefined : startId,
    clientId: header(request, 'x-tg-client-id'),
    appId: header(request, 'x-tg-app-id'),
    target,
    host: request.headers.host ?? '',
  };
}

function readConnect(request: IncomingMessage, target: string, subprotocols: readonly string[]): ConnectRequest {
  const [, query = '', ...more] = target.split('?');
  const peerIds = query.split('&').filter((pair) => pair.startsWith('peer_id='));
  const peerId = percentDecode(peerIds[0]?.slice('peer_id='.length) ?? '');
  if (more.length > 0 || peerIds.length !== 1 || bareRemoteId(peerId) === '') {
    throw new HttpRefusal(400, 'a connect names its device once, as ?peer_id=<percent-encoded id>');
  }
  const authorizations = headerValues(request, 'authorization');
  const credentials = [
    ...authorizations.map(credentialOfHeader),
    ...subprotocols.flatMap((subprotocol) => credentialOfSubprotocol(subprotocol)),
  ];
  const [credential] = credentials;
  if (credential === undefined) {
    throw new HttpRefusal(401, 'a connect carries "Authorization: Bearer <token>" or "Authorization: Ticket <ticket>"');
  }
  if (credentials.length > 1) throw new HttpRefusal(400, `a connect carries one credential, not ${credentials.length}`);
  return { link: 'connect', peerId: bareRemoteId(peerId), credential, maxMessageBytes: readLimit(request) };
}

function credentialOfHeader(value: string): Credential {
  const [, scheme, text] = /^(Bearer|Ticket) +([^ ]+)$/i.exec(value) ?? [];
  if (scheme === undefined || text === undefined) {
    throw new HttpRefusal(400, 'Authorization is neither "Bearer <token>" nor "Ticket <ticket>"');
  }
  return scheme.toLowerCase() === 'bearer' ? { kind: 'token', token: text } : ticketCredential(text);
}

function credentialOfSubprotocol(subprotocol: string): readonly Credential[] {
  if (subprotocol.startsWith(BEARER_SUBPROTOCOL_PREFIX)) {
    return [{ kind: 'token', token: subprotocol.slice(BEARER_SUBPROTOCOL_PREFIX.length) }];
  }
  if (subprotocol.startsWith(TICKET_SUBPROTOCOL_PREFIX)) {
    return [ticketCredential(subprotocol.slice(TICKET_SUBPROTOCOL_PREFIX.length))];
  }
  return [];
}

function ticketCredential(text: string): Credential {
  return { kind: 'ticket', ticket: fixedBytes(text, TICKET_BYTES, 'the ticket') };
}

/** What is missing or malformed proves nothing: 403, not 400. */
function readAccept(request: IncomingMessage): AcceptRequest {
  const maxMessageBytes = readLimit(request);
  try {
    return {
      link: 'accept',
      deviceId: neededHeader(request, 'x-tg-device-id'),
      key: fixedBytes(header(request, 'x-tg-accept-key'), ACCEPT_KEY_BYTES, 'X-Tg-Accept-Key'),
      mac: fixedBytes(header(request, 'x-tg-accept'), MAC_BYTES, 'X-Tg-Accept'),
      maxMessageBytes,
    };
  } catch (error) {
    throw new HttpRefusal(403, `an accept without a valid proof: ${(error as Error).message}`);
  }
}

function readLimit(request: IncomingMessage): number {
  const text = header(request, 'x-tg-max-message-bytes');
  if (text === '') return MAX_MESSAGE_LIMIT_BYTES;
  const bytes = Number(text);
  if (/^[0-9]{1,10}$/.test(text) && bytes >= MIN_MAX_MESSAGE_BYTES && bytes <= MAX_MESSAGE_LIMIT_BYTES) return bytes;
  const range = `a whole number from ${MIN_MAX_MESSAGE_BYTES} to ${MAX_MESSAGE_LIMIT_BYTES}`;
  throw new WireError(`X-Tg-Max-Message-Bytes is ${JSON.stringify(text.slice(0, 20))}, not ${range}`);
}

function neededHeader(request: IncomingMessage, name: string): string {
  const value = header(request, name);
  if (value === '') throw new HttpRefusal(400, `the header ${name} is missing`);
  return value;
}

function header(request: IncomingMessage, name: string): string {
  const values = headerValues(request, name);
  if (values.length > 1) throw new HttpRefusal(400, `the header ${name} is there ${values.length} times`);
  return percentDecode(values[0] ?? '');
}

function headerValues(request: IncomingMessage, name: string): readonly string[] {
  return request.headersDistinct[name] ?? [];
}

function fixedBytes(text: string, size: number, what: string): Uint8Array {
  const bytes = base64UrlDecode(text);
  if (bytes.length !== size) throw new WireError(`${what} is not ${size} bytes in base64url`);
  return bytes;
}
